//! Waiting for something to happen to one execution: one subscription per process serves everyone who waits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use thaiyyal_ephemeral::{Ephemeral, Live, Signal};
use thaiyyal_model::ExecutionId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Who waits for which execution.
#[derive(Default)]
pub(crate) struct Watchers {
    waiting: Mutex<HashMap<ExecutionId, watch::Sender<Seen>>>,
}

/// What was heard of an execution since someone began to wait for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// It ended.
    pub ended: bool,
    /// Something may have been missed.
    pub gap: bool,
    /// How often something was heard.
    pub times: u64,
}

/// A wait for one execution; ends when dropped.
pub(crate) struct Watch {
    execution: ExecutionId,
    seen: Option<watch::Receiver<Seen>>,
    watchers: Arc<Watchers>,
}

impl Watchers {
    /// Begins to wait: nothing that is heard from now on is missed.
    pub(crate) fn watch(self: &Arc<Self>, execution: ExecutionId) -> Watch {
        let mut waiting = self.waiting.lock().expect("no holder of this lock can panic");
        let seen = waiting.entry(execution).or_insert_with(|| watch::channel(Seen::default()).0).subscribe();
        Watch { execution, seen: Some(seen), watchers: Arc::clone(self) }
    }

    /// Hands on what the subscription hears until `stop`.
    pub(crate) async fn listen(self: Arc<Self>, ephemeral: Arc<dyn Ephemeral>, stop: CancellationToken) {
        let mut signals = ephemeral.subscribe();
        while let Some(signal) = stop.run_until_cancelled(signals.recv()).await {
            match signal {
                Ok(Signal::Live(Live::Status { execution, status, .. })) => self.tell(execution, status.is_terminal()),
                Ok(Signal::Live(Live::Progress { execution, .. })) => self.tell(execution, false),
                Ok(Signal::Live(Live::Cancel { .. } | Live::Signalled { .. })) => {}
                Ok(Signal::Gap) | Err(RecvError::Lagged(_)) => self.tell_all(),
                Err(RecvError::Closed) => break,
            }
        }
    }

    fn tell(&self, execution: ExecutionId, ended: bool) {
        let waiting = self.waiting.lock().expect("no holder of this lock can panic");
        if let Some(sender) = waiting.get(&execution) {
            sender.send_modify(|seen| *seen = Seen { ended: seen.ended || ended, gap: seen.gap, times: seen.times + 1 });
        }
    }

    fn tell_all(&self) {
        let waiting = self.waiting.lock().expect("no holder of this lock can panic");
        for sender in waiting.values() {
            sender.send_modify(|seen| *seen = Seen { ended: seen.ended, gap: true, times: seen.times + 1 });
        }
    }

    fn leave(&self, execution: ExecutionId) {
        let mut waiting = self.waiting.lock().expect("no holder of this lock can panic");
        if waiting.get(&execution).is_some_and(|sender| sender.receiver_count() == 0) {
            waiting.remove(&execution);
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}

impl Watch {
    /// Waits until something new was heard.
    pub(crate) async fn changed(&mut self) -> Seen {
        let heard = match &mut self.seen {
            Some(seen) => seen.changed().await.is_ok().then(|| *seen.borrow_and_update()),
            None => None,
        };
        match heard {
            Some(seen) => seen,
            // The sender lives as long as any receiver, so this is never reached; waiting for ever leaves it to the caller's other timers.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.seen = None;
        self.watchers.leave(self.execution);
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::SystemClock;

    use super::*;

    #[tokio::test]
    async fn everyone_who_waits_hears_and_the_last_one_cleans_up() {
        let watchers = Arc::new(Watchers::default());
        let execution = ExecutionId::mint(&SystemClock);
        let (mut one, mut other) = (watchers.watch(execution), watchers.watch(execution));
        watchers.tell(execution, false);
        watchers.tell(ExecutionId::mint(&SystemClock), true);
        assert_eq!(one.changed().await, Seen { ended: false, gap: false, times: 1 });
        watchers.tell(execution, true);
        watchers.tell_all();
        assert_eq!(one.changed().await, Seen { ended: true, gap: true, times: 3 });
        assert_eq!(other.changed().await, Seen { ended: true, gap: true, times: 3 });
        drop(one);
        assert_eq!(watchers.count(), 1);
        drop(other);
        assert_eq!(watchers.count(), 0);
    }
}
