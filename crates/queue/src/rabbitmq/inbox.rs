use std::collections::VecDeque;
use std::sync::Mutex;

use thaiyyal_model::Hint;
use tokio::sync::Notify;

use super::acks::{AckSender, Settled};
use crate::turns::Turns;

/// What the broker delivered and nobody took yet, by class.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
    arrived: Notify,
    /// Rung when somebody asks for a message.
    asked: Notify,
}

#[derive(Debug, Default)]
struct State {
    classes: [VecDeque<Arrived>; 3],
    turns: Turns,
    closed: bool,
    /// How many ask for a message right now.
    asking: usize,
    /// Whether somebody stopped asking since [`Inbox::is_neglected`] was last called.
    asked: bool,
}

/// A decoded message on the channel it came over.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) hint: Hint,
    pub(super) redelivered: bool,
    pub(super) tag: u64,
    pub(super) acks: AckSender,
}

impl Inbox {
    pub(super) fn put(&self, class: usize, arrived: Arrived) {
        self.state().classes[class].push_back(arrived);
        self.arrived.notify_one();
    }

    /// Forgets everything: the connection is gone, and the broker will deliver it again.
    pub(super) fn clear(&self) {
        self.state().classes.iter_mut().for_each(VecDeque::clear);
    }

    /// Whether messages wait and nobody asked for one since this was last called.
    pub(super) fn is_neglected(&self) -> bool {
        let mut state = self.state();
        let asked = std::mem::take(&mut state.asked);
        state.asking == 0 && !asked && state.classes.iter().any(|class| !class.is_empty())
    }

    /// Gives everything back to the broker.
    pub(super) fn give_back(&self) {
        for arrived in self.state().classes.iter_mut().flat_map(std::mem::take) {
            // Without its channel it went back by itself.
            let _ = arrived.acks.send(Settled::GivenBack(arrived.tag));
        }
    }

    /// Waits until somebody asks for a message.
    pub(super) async fn wait_until_asked(&self) {
        loop {
            let asked = self.asked.notified();
            if self.is_asked() {
                return;
            }
            asked.await;
        }
    }

    fn is_asked(&self) -> bool {
        let state = self.state();
        state.asking > 0 || state.asked
    }

    /// Nothing will arrive any more.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.arrived.notify_one();
    }

    /// The next message whose channel is still there; `None` once closed. Cancel-safe.
    pub(super) async fn take(&self) -> Option<Arrived> {
        let _asking = Asking::new(self);
        loop {
            let arrived = self.arrived.notified();
            {
                let mut state = self.state();
                if let Some(arrived) = state.take() {
                    return Some(arrived);
                }
                if state.closed {
                    return None;
                }
            }
            arrived.await;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock can panic")
    }
}

impl State {
    fn take(&mut self) -> Option<Arrived> {
        loop {
            let waiting = [0, 1, 2].map(|class: usize| !self.classes[class].is_empty());
            let class = self.turns.next(waiting)?;
            let arrived = self.classes[class].pop_front()?;
            if !arrived.acks.is_closed() {
                return Some(arrived);
            }
        }
    }
}

/// Somebody asks, until this is dropped.
struct Asking<'a>(&'a Inbox);

impl<'a> Asking<'a> {
    fn new(inbox: &'a Inbox) -> Self {
        inbox.state().asking += 1;
        inbox.asked.notify_one();
        Self(inbox)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.asking -= 1;
        state.asked = true;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use thaiyyal_model::{Priority, Shard};
    use tokio::sync::mpsc;

    use super::*;

    fn arrived(acks: &AckSender) -> Arrived {
        let hint = Hint { outbox: None, shard: Shard(0), priority: Priority::Normal, executions: Vec::new() };
        Arrived { hint, redelivered: false, tag: 7, acks: acks.clone() }
    }

    #[tokio::test]
    async fn messages_are_neglected_only_when_nobody_asked_for_a_while() {
        let inbox = Inbox::default();
        let (acks, mut settling) = mpsc::unbounded_channel();
        assert!(!inbox.is_neglected(), "nothing waits");
        let mut asking = Box::pin(inbox.take());
        assert!(asking.as_mut().now_or_never().is_none());
        inbox.put(1, arrived(&acks));
        assert!(!inbox.is_neglected() && !inbox.is_neglected(), "somebody asks");
        drop(asking);
        assert!(!inbox.is_neglected(), "somebody asked a moment ago");
        assert!(inbox.is_neglected());
        inbox.give_back();
        assert_eq!(settling.recv().await, Some(Settled::GivenBack(7)));
        assert!(!inbox.is_neglected());
    }

    #[tokio::test]
    async fn messages_of_a_channel_that_is_gone_are_skipped() {
        let inbox = Inbox::default();
        let (gone, settling) = mpsc::unbounded_channel();
        let (acks, _settling) = mpsc::unbounded_channel();
        inbox.put(0, arrived(&gone));
        inbox.put(1, Arrived { tag: 8, ..arrived(&acks) });
        drop(settling);
        assert_eq!(inbox.take().await.map(|arrived| arrived.tag), Some(8));
        inbox.close();
        assert!(inbox.take().await.is_none());
    }
}
