use std::sync::Arc;

use thaiyyal_commands::{batch::Batcher, callbacks::Callbacks};
use thaiyyal_connectors::Connectors;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_model::{Clock, WorkerId};
use thaiyyal_store::{Dispatch, Error};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Settings,
    children::Children,
    heavy::Heavy,
    held::{Held, Ticket},
    keeping::Keeping,
    metrics::Meters,
    plans::PlanCache,
    slots::Slots,
    tiers::Tiers,
    trust::Trust,
    writes::Writes,
};

/// What the parts of one worker share.
pub(crate) struct Core {
    pub(crate) id: WorkerId,
    /// Name of the machine or pod, for people.
    pub(crate) host: String,
    pub(crate) settings: Settings,
    pub(crate) dispatch: Arc<dyn Dispatch>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) connectors: Connectors,
    /// Where large values go; without it they stay in the journal.
    pub(crate) keeping: Option<Keeping>,
    pub(crate) children: Arc<Children>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tiers: Tiers,
    /// Where executions are called back.
    pub(crate) callbacks: Arc<Callbacks>,
    pub(crate) plans: PlanCache,
    pub(crate) trust: Arc<Trust>,
    pub(crate) held: Held,
    pub(crate) slots: Arc<Slots>,
    pub(crate) heavy: Heavy,
    pub(crate) writes: Writes,
    /// Rung when there is a signal to deliver.
    pub(crate) deliveries: Batcher<(), (), Error>,
    pub(crate) meters: Meters,
    /// Claims and slices.
    pub(crate) tracker: TaskTracker,
    /// Take no new work, hand back what can be handed back.
    pub(crate) stop: CancellationToken,
    /// Drop everything.
    pub(crate) abort: CancellationToken,
}

impl Core {
    /// Tells whether it makes sense for whoever works under a lease to wait for a store that is away.
    pub(crate) fn may_wait(self: &Arc<Self>, ticket: &Arc<Ticket>) -> impl Fn() -> bool + Send + Sync + use<> {
        let (core, ticket) = (Arc::clone(self), Arc::clone(ticket));
        move || !ticket.is_lost() && core.trust.is_good() && !core.stop.is_cancelled()
    }

    /// Tells whoever waits for executions that have ended here. When that fails, the scheduler does it.
    pub(crate) fn deliver_end_of<'a>(&self, ended: impl IntoIterator<Item = &'a Ticket>) {
        if ended.into_iter().any(|ticket| ticket.is_child) {
            drop(self.deliveries.offer(vec![()]));
        }
    }

    /// Runs a task of this worker until it ends or the worker is aborted.
    pub(crate) fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let abort = self.abort.clone();
        self.tracker.spawn(async move {
            abort.run_until_cancelled_owned(task).await;
        });
    }
}
