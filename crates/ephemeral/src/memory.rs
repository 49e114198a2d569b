use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use moka::Expiry;
use moka::future::Cache;
use serde::Deserialize;
use thaiyyal_model::Timestamp;
use tokio::sync::broadcast;

use crate::passes::Passes;
use crate::{CacheKey, Ephemeral, Error, Live, Pass, PassKey, Rate, Signal, metrics};

/// How much to keep.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemorySettings {
    /// Bytes of all cached values and their keys; the least used go first.
    pub cache_bytes: u64,
    /// Bytes of one cached value; larger ones are not cached.
    pub max_value_bytes: usize,
    /// Hints that a subscriber may lag behind before it misses some.
    pub backlog: usize,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self { cache_bytes: 32 << 20, max_value_bytes: 1 << 20, backlog: 4_096 }
    }
}

/// Live hints, caches and limits of a single process.
pub struct MemoryEphemeral {
    signals: broadcast::Sender<Signal>,
    cache: Cache<CacheKey, Entry>,
    max_value_bytes: usize,
    places: Places,
}

/// The passes of many keys in the memory of one process.
pub(crate) struct Places(Cache<PassKey, Arc<Mutex<Passes>>>);

/// The most keys; the least used go first.
const MOST_KEYS: u64 = 100_000;
/// A key that nobody asked about for so long begins anew.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

impl Places {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST_KEYS).time_to_idle(IDLE).build())
    }

    pub(crate) async fn take(&self, key: &PassKey, rate: Rate, name: &str, now: Timestamp) -> Pass {
        let passes = self.0.get_with_by_ref(key, async { Arc::default() }).await;
        // A panic elsewhere leaves nothing half done that matters.
        let mut passes = passes.lock().unwrap_or_else(PoisonError::into_inner);
        passes.take(name, rate, now)
    }
}

#[derive(Clone)]
struct Entry {
    value: Bytes,
    ttl: Duration,
}

impl MemoryEphemeral {
    /// An empty one.
    #[must_use]
    pub fn new(settings: &MemorySettings) -> Self {
        let cache = Cache::builder().max_capacity(settings.cache_bytes).weigher(weigh).expire_after(OwnTtl).build();
        Self {
            signals: broadcast::Sender::new(settings.backlog.max(1)),
            cache,
            max_value_bytes: settings.max_value_bytes,
            places: Places::new(),
        }
    }
}

impl Default for MemoryEphemeral {
    fn default() -> Self {
        Self::new(&MemorySettings::default())
    }
}

#[async_trait]
impl Ephemeral for MemoryEphemeral {
    async fn publish(&self, hints: &[Live]) {
        for hint in hints {
            // Nobody listening is no failure.
            let _ = self.signals.send(Signal::Live(*hint));
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    async fn get(&self, key: &CacheKey) -> Option<Bytes> {
        let entry = self.cache.get(key).await;
        metrics::looked_up(entry.is_some());
        entry.map(|entry| entry.value)
    }

    async fn put(&self, key: &CacheKey, value: Bytes, ttl: Duration) {
        if value.len() <= self.max_value_bytes {
            self.cache.insert(key.clone(), Entry { value, ttl }).await;
        }
    }

    async fn forget(&self, key: &CacheKey) {
        self.cache.invalidate(key).await;
    }

    async fn pass(&self, key: &PassKey, rate: Rate, name: &str, now: Timestamp) -> Pass {
        self.places.take(key, rate, name, now).await
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }
}

fn weigh(key: &CacheKey, entry: &Entry) -> u32 {
    let bytes = size_of::<CacheKey>() + size_of::<Entry>() + key.id.len() + entry.value.len();
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Each entry lives as long as whoever put it said; a new value starts over.
struct OwnTtl;

impl Expiry<CacheKey, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &CacheKey, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(&self, _: &CacheKey, entry: &Entry, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(entry.ttl)
    }
}
