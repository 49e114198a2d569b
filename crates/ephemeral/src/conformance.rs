//! What every [`Ephemeral`] does while its store is there, as tests: `conformance!(with_ephemeral)` in a test file of its own, where
//! `async fn with_ephemeral(case: impl AsyncFnOnce(&dyn Ephemeral))` runs a case on a fresh one with the default limits.

use std::time::Duration;

use bytes::Bytes;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, TenantId};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::{CacheKey, Ephemeral, Live, Signal};

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

    pub async fn it_answers(ephemeral: &dyn Ephemeral) {
        ephemeral.ping().await.expect("a store that is there answers");
    }
}

pub use cases::*;
