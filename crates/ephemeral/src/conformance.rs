//! What every [`Ephemeral`] does while its store is there, as tests: `conformance!(with_ephemeral)` in a test file of its own, where
//! `async fn with_ephemeral(case: impl AsyncFnOnce(&dyn Ephemeral))` runs a case on a fresh one with the default limits.

use std::time::Duration;

use bytes::Bytes;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, TenantId, Timestamp};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::{CacheKey, Ephemeral, Live, Pass, PassKey, Rate, Signal, Window};

/// One test per case, each on an instance of its own.
#[macro_export]
macro_rules! conformance {
    ($with_ephemeral:path) => {
        $crate::conformance!($with_ephemeral =>
            every_subscriber_hears_every_hint_in_order,
            a_subscriber_hears_nothing_from_before,
            hints_without_subscribers_are_no_failure,
            a_cached_value_is_found_until_it_is_forgotten,
            keys_differ_in_each_of_their_parts,
            a_cached_value_does_not_outlive_its_time,
            values_are_bytes_of_any_kind_up_to_the_limit,
            passes_are_spaced_as_their_window_says,
            passes_are_counted_within_their_window,
            whoever_asks_again_keeps_his_place,
            keys_of_passes_differ_in_each_of_their_parts,
            it_answers,
        );
    };
    ($with_ephemeral:path => $($case:ident,)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                $with_ephemeral(async |ephemeral: &dyn $crate::Ephemeral| $crate::conformance::$case(ephemeral).await).await;
            }
        )+
    };
}

const LONG: Duration = Duration::from_secs(60);

fn tenant(number: u128) -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(number))
}

fn key(id: &str) -> CacheKey {
    CacheKey { tenant: tenant(1), kind: "thing", id: id.to_owned() }
}

fn progress(number: u64) -> Live {
    Live::Progress { tenant: tenant(1), execution: ExecutionId::from_uuid(Uuid::from_u128(2)), seq: Seq(number) }
}

async fn hear(subscriber: &mut broadcast::Receiver<Signal>) -> Signal {
    let signal = tokio::time::timeout(Duration::from_secs(10), subscriber.recv()).await;
    signal.expect("a published hint is heard").expect("nothing was missed")
}

fn pass_key(owner: u128, id: &str) -> PassKey {
    PassKey { tenant: tenant(owner), id: id.to_owned() }
}

/// So many in a second.
fn rate(window: Window, most: u32) -> Rate {
    Rate { window, most, period: Duration::from_secs(1) }
}

/// A time of ours, in the middle of today's range.
fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("the time is in range")
}

#[expect(missing_docs, reason = "the names of the cases say what they check")]
mod cases {
    use super::*;

    pub async fn every_subscriber_hears_every_hint_in_order(ephemeral: &dyn Ephemeral) {
        let (mut one, mut other) = (ephemeral.subscribe(), ephemeral.subscribe());
        let execution = ExecutionId::from_uuid(Uuid::from_u128(3));
        let mut hints: Vec<_> = (0..1_500).map(progress).collect();
        hints.push(Live::Status { tenant: tenant(2), execution, status: ExecutionStatus::TimedOut });
        hints.push(Live::Cancel { tenant: tenant(2), execution });
        hints.push(Live::Signalled { tenant: tenant(2), execution });
        for hints in hints.chunks(100) {
            ephemeral.publish(hints).await;
        }
        for subscriber in [&mut one, &mut other] {
            for hint in &hints {
                assert_eq!(hear(subscriber).await, Signal::Live(*hint));
            }
        }
    }

    pub async fn a_subscriber_hears_nothing_from_before(ephemeral: &dyn Ephemeral) {
        ephemeral.publish(&[progress(1)]).await;
        let mut late = ephemeral.subscribe();
        ephemeral.publish(&[progress(2)]).await;
        assert_eq!(hear(&mut late).await, Signal::Live(progress(2)));
    }

    pub async fn hints_without_subscribers_are_no_failure(ephemeral: &dyn Ephemeral) {
        ephemeral.publish(&[]).await;
        ephemeral.publish(&[progress(1)]).await;
    }

    pub async fn a_cached_value_is_found_until_it_is_forgotten(ephemeral: &dyn Ephemeral) {
        assert_eq!(ephemeral.get(&key("a")).await, None);
        ephemeral.put(&key("a"), Bytes::from_static(b"one"), LONG).await;
        assert_eq!(ephemeral.get(&key("a")).await.as_deref(), Some(&b"one"[..]));
        ephemeral.put(&key("a"), Bytes::from_static(b"two"), LONG).await;
        assert_eq!(ephemeral.get(&key("a")).await.as_deref(), Some(&b"two"[..]));
        ephemeral.forget(&key("a")).await;
        assert_eq!(ephemeral.get(&key("a")).await, None);
        ephemeral.forget(&key("a")).await;
    }

    pub async fn keys_differ_in_each_of_their_parts(ephemeral: &dyn Ephemeral) {
        ephemeral.put(&key("a"), Bytes::from_static(b"mine"), LONG).await;
        for other in [CacheKey { tenant: tenant(2), ..key("a") }, CacheKey { kind: "other", ..key("a") }, key("b")] {
            assert_eq!(ephemeral.get(&other).await, None, "{other:?}");
        }
    }

    pub async fn a_cached_value_does_not_outlive_its_time(ephemeral: &dyn Ephemeral) {
        ephemeral.put(&key("none"), Bytes::from_static(b"x"), Duration::ZERO).await;
        assert_eq!(ephemeral.get(&key("none")).await, None);
        ephemeral.put(&key("short"), Bytes::from_static(b"x"), LONG).await;
        ephemeral.put(&key("short"), Bytes::from_static(b"x"), Duration::from_millis(1)).await;
        let gone = async {
            while ephemeral.get(&key("short")).await.is_some() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the value goes when its time is over");
    }

    pub async fn values_are_bytes_of_any_kind_up_to_the_limit(ephemeral: &dyn Ephemeral) {
        let all: Bytes = (0..=255).cycle().take(1 << 20).collect();
        for value in [Bytes::new(), all.clone()] {
            ephemeral.put(&key("fits"), value.clone(), LONG).await;
            assert_eq!(ephemeral.get(&key("fits")).await, Some(value));
        }
        let mut larger = all.to_vec();
        larger.push(0);
        ephemeral.put(&key("larger"), larger.into(), LONG).await;
        assert_eq!(ephemeral.get(&key("larger")).await, None);
    }

    pub async fn passes_are_spaced_as_their_window_says(ephemeral: &dyn Ephemeral) {
        for (window, most, asked, expected) in [
            (Window::Sliding, 2, &[0, 100, 200, 300, 5000][..], &[0, 100, 1000, 1100, 5000][..]),
            (Window::Sliding, 1, &[0, 0, 0, 10_000], &[0, 1000, 2000, 10_000]),
            (Window::Fixed, 2, &[0, 900, 950, 1100, 1200], &[0, 900, 1000, 1100, 2000]),
            (Window::Fixed, 2, &[0, 0, 0, 5000, 5000, 5000], &[0, 0, 1000, 5000, 5000, 6000]),
            (Window::Bucket, 2, &[0, 0, 0, 0, 9000, 9000], &[0, 0, 500, 1000, 9000, 9000]),
        ] {
            let id = format!("{window:?} {most} {asked:?}");
            let mut got = Vec::new();
            for (nth, ms) in asked.iter().enumerate() {
                let pass = ephemeral.pass(&pass_key(1, &id), rate(window, most), &nth.to_string(), at(*ms)).await;
                got.push(pass.at);
            }
            assert_eq!(got, expected.iter().map(|ms| at(*ms)).collect::<Vec<_>>(), "{id}");
        }
    }

    pub async fn passes_are_counted_within_their_window(ephemeral: &dyn Ephemeral) {
        for (window, expected) in [(Window::Fixed, [1, 2, 3, 1, 2]), (Window::Sliding, [1, 2, 3, 1, 2]), (Window::Bucket, [1, 2, 3, 3, 3])]
        {
            let mut counts = Vec::new();
            for name in ["a", "b", "c", "d", "e"] {
                counts.push(ephemeral.pass(&pass_key(1, &format!("{window:?}")), rate(window, 3), name, at(0)).await.count);
            }
            assert_eq!(counts, expected, "{window:?}");
        }
    }

    pub async fn whoever_asks_again_keeps_his_place(ephemeral: &dyn Ephemeral) {
        for window in [Window::Fixed, Window::Sliding, Window::Bucket] {
            let key = pass_key(1, &format!("again {window:?}"));
            let first = ephemeral.pass(&key, rate(window, 1), "a", at(0)).await;
            let second = ephemeral.pass(&key, rate(window, 1), "b", at(10)).await;
            assert_eq!((first.at, second.at), (at(0), at(1000)), "{window:?}");
            assert_eq!(ephemeral.pass(&key, rate(window, 1), "b", at(900)).await, second, "{window:?}");
            assert_eq!(ephemeral.pass(&key, rate(window, 1), "a", at(900)).await, first, "{window:?}");
            assert_eq!(ephemeral.pass(&key, rate(window, 1), "c", at(900)).await.at, at(2000), "{window:?}");
        }
    }

    pub async fn keys_of_passes_differ_in_each_of_their_parts(ephemeral: &dyn Ephemeral) {
        for key in [pass_key(1, "x"), pass_key(2, "x"), pass_key(1, "y"), pass_key(1, "x}")] {
            assert_eq!(ephemeral.pass(&key, rate(Window::Sliding, 1), "a", at(0)).await, Pass { at: at(0), count: 1 }, "{key:?}");
        }
    }

    pub async fn it_answers(ephemeral: &dyn Ephemeral) {
        ephemeral.ping().await.expect("a store that is there answers");
    }
}

pub use cases::*;
