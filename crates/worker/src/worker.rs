use std::{sync::Arc, time::Duration};

use thaiyyal_commands::{
    batch::{Batcher, Shape},
    callbacks::Callbacks,
    executions::{AcceptSettings, Accepting},
    publish::Publisher,
    signals::Delivery,
};
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_model::{Clock, Limits, WorkerId};
use thaiyyal_queue::Queue;
use thaiyyal_store::{Admin, Storage, dispatch::Release};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Settings,
    backoff::Backoff,
    cancels,
    children::Children,
    comparison, consume,
    core::Core,
    heartbeat,
    heavy::Heavy,
    held::Held,
    keeping::Keeping,
    metrics::Meters,
    plans::{PlanCache, Sources},
    slots::Slots,
    supervise,
    tiers::Tiers,
    trust::Trust,
    writes::{Outlets, Writes},
};

/// How long a worker that is about to end waits for the database to take note of it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Ends that one delivery covers at most; more are covered by the next.
const DELIVERIES_AT_ONCE: usize = 1_024;

/// What a worker works with.
#[derive(Clone)]
pub struct WorkerDeps {
    /// Where executions are.
    pub storage: Storage,
    /// Where hints come from.
    pub queue: Arc<dyn Queue>,
    /// Live hints and cached definitions.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Node types this worker can run.
    pub catalog: Arc<Catalog>,
    /// Those of them that touch the world.
    pub connectors: Connectors,
    /// Where values go that are too large for memory or the journal; none when there is no object store.
    pub keeping: Option<Keeping>,
    /// What one execution may use.
    pub limits: Arc<Limits>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How hints of executions handed back get to the broker.
    pub publisher: Publisher,
    /// Numbers.
    pub settings: Settings,
    /// Where executions are called back.
    pub callbacks: Arc<Callbacks>,
    /// Name of the machine or pod, for people.
    pub host: String,
}

/// One worker: an identity of its own, leases, and everything it runs under them.
pub struct Worker {
    id: WorkerId,
    deps: WorkerDeps,
}

impl Worker {
    /// A worker with a fresh identity. Identities are never used again, so what an earlier process of this pod held is not its own.
    #[must_use]
    pub fn new(deps: WorkerDeps) -> Self {
        Self { id: WorkerId::mint(deps.clock.as_ref()), deps }
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// Claims and runs executions until `stop`; then takes no new ones, suspends what waits, hands back what has no call under way,
    /// and lets calls end. `abort` drops those too. Returns when everything is given back, as far as the database can be reached;
    /// what could not be given back is freed by the reaper when the lease has run out.
    pub async fn run(self, stop: CancellationToken, abort: CancellationToken) {
        let id = self.id;
        let queue = Arc::clone(&self.deps.queue);
        let (callbacks, admin) = (Arc::clone(&self.deps.callbacks), Arc::clone(&self.deps.storage.admin));
        let writers = TaskTracker::new();
        let stop = stop.child_token();
        let core = Arc::new(self.into_core(&writers, stop.clone(), abort.clone()));
        tracing::info!(worker.id = %id, "Worker {id} begins");

        let (loops, over) = (TaskTracker::new(), CancellationToken::new());
        loops.spawn(alive("heartbeat", Arc::clone(&core), over.clone(), heartbeat::run));
        loops.spawn(alive("trust", Arc::clone(&core), over.clone(), heartbeat::watch));
        loops.spawn(alive("comparison", Arc::clone(&core), over.clone(), comparison::run));
        loops.spawn(alive("cancels", Arc::clone(&core), over.clone(), cancels::run));
        loops.spawn(follow(abort, stop.clone(), over.clone()));
        stop.run_until_cancelled(learn(&callbacks, admin.as_ref())).await;
        supervise::alive("consume", &stop, || consume::run(&core, queue.as_ref())).await;

        core.tracker.close();
        core.tracker.wait().await;
        hand_back(&core).await;
        over.cancel();
        loops.close();
        loops.wait().await;
        core.trust.end();
        if !matches!(tokio::time::timeout(LAST_WORDS, core.dispatch.retire(id)).await, Ok(Ok(()))) {
            tracing::warn!(worker.id = %id, "Could not sign worker {id} off, the reaper will");
        }
        drop(core);
        writers.close();
        writers.wait().await;
        tracing::info!(worker.id = %id, "Worker {id} ended");
    }

    fn into_core(self, writers: &TaskTracker, stop: CancellationToken, abort: CancellationToken) -> Core {
        let Self { id, deps } = self;
        let WorkerDeps { storage, ephemeral, catalog, connectors, keeping, limits, clock, publisher, settings, callbacks, host, queue: _ } =
            deps;
        let trust = Arc::new(Trust::new());
        // Only executions that start others use it.
        let accepting = Accepting::spawn(writers, &storage, publisher.clone(), &AcceptSettings::default());
        let children = Children::new(accepting, Arc::clone(&storage.store), Arc::clone(&clock), Arc::clone(&trust));
        let delivery = Delivery::new(Arc::clone(&storage.dispatch), publisher.clone(), Arc::clone(&ephemeral));
        let deliver = move |rings: Vec<()>| {
            let delivery = delivery.clone();
            async move { delivery.deliver().await.map(|_| rings) }
        };
        let deliveries = Batcher::spawn(writers, "deliver", Shape::sequential(DELIVERIES_AT_ONCE), deliver);
        let outlets =
            Outlets { dispatch: Arc::clone(&storage.dispatch), ephemeral: Arc::clone(&ephemeral), publisher, trust: Arc::clone(&trust) };
        let sources = Sources { store: storage.store, ephemeral: Arc::clone(&ephemeral), catalog };
        Core {
            id,
            host,
            dispatch: storage.dispatch,
            ephemeral,
            connectors,
            tiers: Tiers::new(limits, keeping.is_some()),
            keeping,
            children: Arc::new(children),
            clock,
            callbacks,
            plans: PlanCache::new(sources, settings.plans_bytes, settings.definition_ttl()),
            trust,
            held: Held::default(),
            slots: Slots::new(settings.slots.max(1)),
            heavy: Heavy::new(settings.heavy_bytes, settings.heavy_slots),
            writes: Writes::spawn(writers, &settings, &outlets),
            deliveries,
            meters: Meters::new(),
            tracker: TaskTracker::new(),
            stop,
            abort,
            settings,
        }
    }
}

/// Learns what addresses are made with, before anything is run that may tell one.
async fn learn(callbacks: &Callbacks, admin: &dyn Admin) {
    let mut backoff = Backoff::for_outage();
    while let Err(error) = callbacks.learn(admin).await {
        tracing::debug!(error = &error as &dyn std::error::Error, "Could not read the secret of the installation, trying again");
        tokio::time::sleep(backoff.next()).await;
    }
}

/// A loop beside the work, which lives until all work is over.
async fn alive<F>(name: &'static str, core: Arc<Core>, over: CancellationToken, run: fn(Arc<Core>, CancellationToken) -> F)
where
    F: Future<Output = ()>,
{
    supervise::alive(name, &over, || run(Arc::clone(&core), over.clone())).await;
}

/// Whoever aborts means to stop as well.
async fn follow(abort: CancellationToken, stop: CancellationToken, over: CancellationToken) {
    if over.run_until_cancelled(abort.cancelled()).await.is_some() {
        stop.cancel();
    }
}

/// Gives back what was dropped by an abort, so that others need not wait until the leases run out.
async fn hand_back(core: &Core) {
    let releases: Vec<_> = core.held.all().into_iter().map(|lease| Release { lease, segment: None }).collect();
    if releases.is_empty() {
        return;
    }
    let count = releases.len();
    if matches!(tokio::time::timeout(LAST_WORDS, core.writes.release_all(releases)).await, Ok(Ok(_))) {
        tracing::info!(leases = count, "Handed back {count} executions that were interrupted");
    } else {
        tracing::warn!(leases = count, "Could not hand back {count} executions that were interrupted, the reaper will");
    }
}
