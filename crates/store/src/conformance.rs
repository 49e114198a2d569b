//! What every back end must do, as test cases: one function per case, named as a sentence.
//!
//! A back end's `tests/conformance.rs` is one line, `thaiyyal_store::conformance!(fresh_store);`, beside a function
//! `async fn fresh_store() -> (Storage, G)` that gives an empty, migrated store of its own to every test; dropping `G` removes it.
//!
//! A case is a `pub async fn` over a [`Fixture`], named in the list of its part: `conformance/dispatch.rs` or `conformance/tenant.rs`.
//! A case that no list names fails a test of this crate.

mod abandoned;
pub mod dispatch;
pub mod fixture;
pub mod tenant;

pub use fixture::Fixture;

/// Runs every conformance case against the stores that `$fresh` makes, each in a `#[tokio::test]` of its own.
#[macro_export]
macro_rules! conformance {
    ($fresh:ident) => {
        $crate::conformance_dispatch!($fresh);
        $crate::conformance_tenant!($fresh);
    };
}

/// The tests of one file of cases: `conformance_cases!(fresh_store, accept in dispatch::accept: [a_case, another_case])`.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_cases {
    ($fresh:ident, $name:ident in $part:ident :: $file:ident : [$($case:ident),+ $(,)?]) => {
        mod $name {
            $(
                #[tokio::test]
                async fn $case() {
                    let (storage, guard) = super::$fresh().await;
                    $crate::conformance::$part::$file::$case($crate::conformance::Fixture::new(storage)).await;
                    drop(guard);
                }
            )+
        }
    };
}

#[cfg(test)]
mod tests;
