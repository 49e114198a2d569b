//! Keys that programs present instead of a person.

mod create;
mod key;

pub use create::{Create, Created, create};
pub use key::{MintedKey, PresentedKey};
