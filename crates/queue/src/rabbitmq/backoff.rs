use std::time::Duration;

use tokio_util::sync::CancellationToken;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);

/// Growing, jittered pauses between attempts, so that a broker that comes back is not met by every process at once.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    /// Starts over after a success.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Waits before the next attempt; `None` when told to stop.
    pub(super) async fn pause(&mut self, stop: &CancellationToken) -> Option<()> {
        let pause = self.next.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.next = LONGEST.min(self.next * 2);
        stop.run_until_cancelled(tokio::time::sleep(pause)).await
    }
}
