use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

/// Until when this worker may believe that its leases are its own, by its own monotonic clock.
///
/// Past that time somebody else may run what it holds, so it starts nothing and writes nothing.
pub(crate) struct Trust {
    origin: Instant,
    /// Microseconds after `origin`.
    until: AtomicU64,
    /// Tells those who wait for it; `until` alone decides.
    standing: watch::Sender<bool>,
}

/// The worker's leases can no longer be trusted: drop what was about to be done.
#[derive(Debug, thiserror::Error)]
#[error("the leases of this worker may have been given to others")]
pub(crate) struct Lapsed;

impl Trust {
    /// No trust yet: it begins with the first answered sign of life.
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now(), until: AtomicU64::new(0), standing: watch::Sender::new(false) }
    }

    /// A sign of life that was sent at `sent` was answered.
    pub(crate) fn renew(&self, sent: Instant, trusted_for: Duration) {
        self.until.store(self.micros(sent + trusted_for), Ordering::Release);
        self.standing.send_replace(true);
    }

    /// Withdraws it; used when it has run out, and when the worker ends.
    pub(crate) fn end(&self) {
        self.until.store(0, Ordering::Release);
        self.standing.send_replace(false);
    }

    pub(crate) fn is_good(&self) -> bool {
        self.micros(Instant::now()) < self.until.load(Ordering::Acquire)
    }

    pub(crate) fn check(&self) -> Result<(), Lapsed> {
        if self.is_good() { Ok(()) } else { Err(Lapsed) }
    }

    /// When it runs out unless it is renewed.
    pub(crate) fn until(&self) -> Instant {
        self.origin + Duration::from_micros(self.until.load(Ordering::Acquire))
    }

    /// Waits until it is good.
    pub(crate) async fn good(&self) {
        let mut standing = self.standing.subscribe();
        while !self.is_good() {
            // The sender lives as long as `self`.
            drop(standing.changed().await);
        }
    }

    fn micros(&self, instant: Instant) -> u64 {
        u64::try_from(instant.saturating_duration_since(self.origin).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn trust_counts_from_the_moment_of_sending_and_runs_out_by_itself() {
        let trust = Trust::new();
        assert!(!trust.is_good());
        let sent = Instant::now();
        tokio::time::advance(Duration::from_secs(2)).await;
        trust.renew(sent, Duration::from_secs(10));
        assert!(trust.is_good());
        tokio::time::advance(Duration::from_millis(7_999)).await;
        assert!(trust.is_good());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!trust.is_good());
        assert!(trust.check().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_trust_is_woken_by_its_renewal() {
        let trust = Trust::new();
        let (renewed, waited) = tokio::join!(
            async {
                tokio::task::yield_now().await;
                trust.renew(Instant::now(), Duration::from_secs(1));
                true
            },
            async {
                trust.good().await;
                trust.is_good()
            }
        );
        assert!(renewed && waited);
    }
}
