//! The conformance suite on the memory store, and what only it does.

use std::time::Duration;

use bytes::Bytes;
use thaiyyal_ephemeral::{CacheKey, Ephemeral, MemoryEphemeral, MemorySettings};
use thaiyyal_model::TenantId;
use uuid::Uuid;

async fn with_memory(case: impl AsyncFnOnce(&dyn Ephemeral)) {
    case(&MemoryEphemeral::default()).await;
}

thaiyyal_ephemeral::conformance!(with_memory);

#[tokio::test]
async fn the_cache_stays_within_its_bytes() {
    let ephemeral = MemoryEphemeral::new(&MemorySettings { cache_bytes: 100_000, ..MemorySettings::default() });
    let keys = (0..1_000).map(|n| CacheKey { tenant: TenantId::from_uuid(Uuid::from_u128(1)), kind: "thing", id: n.to_string() });
    let keys: Vec<_> = keys.collect();
    for key in &keys {
        ephemeral.put(key, Bytes::from(vec![0; 1_000]), Duration::from_secs(60)).await;
    }
    // Evicting happens a little later, with the use of the cache.
    let kept = async {
        loop {
            let mut kept = 0;
            for key in &keys {
                kept += usize::from(ephemeral.get(key).await.is_some());
            }
            if kept < 100 {
                return kept;
            }
        }
    };
    let kept = tokio::time::timeout(Duration::from_secs(10), kept).await.expect("the cache shrinks to its size");
    assert!(kept > 0);
}
