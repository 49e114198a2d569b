//! A store, a queue, a clock and the workers on it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::SignedDuration;
use thaiyyal_commands::{
    callbacks::Callbacks,
    publish::{self, Publisher},
    signals::Delivery,
};
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::{Ephemeral, Live, MemoryEphemeral};
use thaiyyal_model::{
    ApiKeyId, Clock, DefinitionHash, ExecutionId, ExecutionStatus, Hint, Limits, MockClock, OutboxId, Priority, Record, Seq, SystemClock,
    TenantId, TenantScope, Timestamp, Trigger, UserId, journal,
};
use thaiyyal_objects::{Objects, Shelf};
use thaiyyal_queue::{MemoryQueue, Queue};
use thaiyyal_store::{
    Storage,
    directory::Bootstrap,
    dispatch::{Accept, NewExecution, Target},
    tenant::{Cancel, Execution},
};
use thaiyyal_store_sqlite::SqliteStorage;
use thaiyyal_worker::{Keeping, Settings, Worker, WorkerDeps};
use tokio::runtime::Runtime;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    connector::{PATIENCE, World},
    spy::Spy,
};

/// What a test has.
pub(crate) struct Stage {
    pub(crate) storage: Storage,
    pub(crate) spy: Arc<Spy>,
    pub(crate) queue: Arc<MemoryQueue>,
    pub(crate) ephemeral: Arc<MemoryEphemeral>,
    /// The time of database and workers; stands still unless the test moves it.
    pub(crate) clock: Arc<MockClock>,
    pub(crate) world: World,
    pub(crate) scope: TenantScope,
    pub(crate) owner: UserId,
    pub(crate) publisher: Publisher,
    pub(crate) limits: Limits,
    pub(crate) objects: Objects,
    connectors: Connectors,
    folder: Folder,
}

/// A worker in a runtime of its own, so that it can be killed.
pub(crate) struct Running {
    pub(crate) id: thaiyyal_model::WorkerId,
    pub(crate) stop: CancellationToken,
    pub(crate) abort: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
    runtime: Option<Runtime>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let folder = Folder::new();
        let clock = Arc::new(MockClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        let mut storage =
            SqliteStorage::open(folder.path.join("thaiyyal.db"), &thaiyyal_store_sqlite::Settings::default(), clock.clone()).unwrap();
        storage.admin.migrate().await.unwrap();
        let (scope, owner) = tenant(&storage, clock.as_ref()).await;
        let spy = Arc::new(Spy::new(Arc::clone(&storage.dispatch)));
        storage.dispatch = spy.clone();
        let queue = Arc::new(MemoryQueue::default());
        let (world, connectors) = World::new();
        let publisher = Publisher::spawn(&TaskTracker::new(), queue.clone(), spy.clone(), &publish::Settings::default());
        Self {
            storage,
            spy,
            queue,
            ephemeral: Arc::new(MemoryEphemeral::default()),
            clock,
            world,
            scope,
            owner,
            publisher,
            limits: Limits::default(),
            objects: Objects::folder(&folder.path.join("objects")).unwrap(),
            connectors,
            folder,
        }
    }

    /// Settings whose heartbeats come often; leases run out by the stage's clock only, and trust as good as never.
    pub(crate) fn settings() -> Settings {
        Settings { heartbeat_ms: 20, lease_ttl_ms: 3_600_000, compare_every: 1, ..Settings::default() }
    }

    /// A worker that runs now.
    pub(crate) fn worker(&self) -> Running {
        self.worker_with(Self::settings())
    }

    /// A worker that runs now, with these settings.
    pub(crate) fn worker_with(&self, settings: Settings) -> Running {
        let worker = Worker::new(WorkerDeps {
            storage: self.storage.clone(),
            queue: self.queue.clone(),
            ephemeral: self.ephemeral.clone(),
            catalog: Arc::new(Catalog::new(self.connectors.descriptions())),
            connectors: self.connectors.clone(),
            keeping: Some(Keeping { objects: self.objects.clone(), journal_bytes: 64 << 10 }),
            limits: Arc::new(self.limits.clone()),
            clock: self.clock.clone(),
            publisher: self.publisher.clone(),
            settings,
            callbacks: Arc::new(Callbacks::new(Some("http://thaiyyal.test"))),
            host: "test".to_owned(),
        });
        let (id, stop, abort) = (worker.id(), CancellationToken::new(), CancellationToken::new());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let ended = runtime.handle().spawn(worker.run(stop.clone(), abort.clone()));
        Running { id, stop, abort, ended, runtime: Some(runtime) }
    }

    /// Accepts executions of a definition and tells the broker.
    pub(crate) async fn accept(&self, definition: &str, count: usize) -> Vec<ExecutionId> {
        let (executions, hints) = self.accept_silently(definition, count).await;
        self.publisher.publish(hints);
        executions
    }

    /// Accepts one execution and tells the broker.
    pub(crate) async fn accept_one(&self, definition: &str) -> ExecutionId {
        self.accept(definition, 1).await[0]
    }

    /// Accepts executions without telling the broker.
    pub(crate) async fn accept_silently(&self, definition: &str, count: usize) -> (Vec<ExecutionId>, Vec<Hint>) {
        let batch: Vec<_> = (0..count).map(|number| self.request(definition, number)).collect();
        self.accept_batch(&batch).await
    }

    pub(crate) async fn accept_batch(&self, batch: &[NewExecution]) -> (Vec<ExecutionId>, Vec<Hint>) {
        let accepted = self.storage.dispatch.accept(batch).await.unwrap();
        assert!(accepted.outcomes.iter().all(|outcome| matches!(outcome, Accept::New(_))), "{:?}", accepted.outcomes);
        (batch.iter().map(|new| new.id).collect(), accepted.hints)
    }

    pub(crate) fn request(&self, definition: &str, number: usize) -> NewExecution {
        let text = definition.as_bytes().to_vec();
        NewExecution {
            id: ExecutionId::mint(self.clock.as_ref()),
            scope: self.scope,
            target: Target::Inline { hash: DefinitionHash::of(&text), text },
            trigger: Trigger::Api,
            priority: Priority::Normal,
            input: format!("{{\"number\":{number}}}").into_bytes(),
            labels: None,
            concurrency_key: None,
            created_at: self.clock.now(),
            start_at: None,
            deadline: None,
            idempotency: None,
            parent: None,
            trace: None,
        }
    }

    /// Moves the time of database and workers.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    /// Frees what workers silent for 30 s hold, after that time has passed for all that do not beat.
    pub(crate) async fn reap(&self) -> Vec<ExecutionId> {
        let reaped = self.storage.dispatch.reap(Duration::from_secs(30), 5, 100).await.unwrap();
        self.publisher.publish(reaped.hints);
        reaped.freed
    }

    /// Fires the timers that are due.
    pub(crate) async fn fire_timers(&self) -> usize {
        let hints = self.storage.dispatch.wake_due(1_000).await.unwrap();
        let count = hints.iter().map(|hint| hint.executions.len()).sum();
        self.publisher.publish(hints);
        count
    }

    /// Delivers signals that were posted.
    pub(crate) async fn deliver(&self) -> u64 {
        let delivery = Delivery::new(Arc::clone(&self.storage.dispatch), self.publisher.clone(), self.ephemeral.clone());
        delivery.deliver().await.unwrap()
    }

    pub(crate) async fn execution(&self, id: ExecutionId) -> Execution {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        tx.find_execution(id).await.unwrap().expect("the execution was accepted")
    }

    /// Waits until an execution stands there.
    pub(crate) async fn reached(&self, id: ExecutionId, status: ExecutionStatus) -> Execution {
        let mut signals = self.ephemeral.subscribe();
        let reached = async {
            loop {
                let execution = self.execution(id).await;
                if execution.summary.status == status {
                    return execution;
                }
                assert!(!execution.summary.status.is_terminal(), "ended as {}: {:?}", execution.summary.status, error(&execution));
                // Some changes of state send no hint; looking again now and then costs little.
                drop(tokio::time::timeout(Duration::from_millis(20), signals.recv()).await);
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("execution {id} never became {status}"))
    }

    /// Waits for the end of an execution, which has to be a success; its output.
    pub(crate) async fn output(&self, id: ExecutionId) -> String {
        let execution = self.reached(id, ExecutionStatus::Succeeded).await;
        String::from_utf8(execution.output.expect("a success has an output")).unwrap()
    }

    /// Waits for the failure of an execution; its code.
    pub(crate) async fn failure(&self, id: ExecutionId) -> String {
        let execution = self.reached(id, ExecutionStatus::Failed).await;
        error(&execution).expect("a failure has an error")
    }

    /// The objects of an execution.
    pub(crate) fn shelf(&self, id: ExecutionId) -> Shelf {
        self.objects.of(&self.scope, id)
    }

    /// The folder of the objects of the tenant.
    pub(crate) fn objects_folder(&self) -> PathBuf {
        self.folder.path.join("objects").join(self.scope.tenant().to_string())
    }

    pub(crate) async fn journal(&self, id: ExecutionId) -> Vec<Record> {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let segments = tx.journal(id, Seq(0)).await.unwrap();
        segments.iter().flat_map(|segment| journal::decode(&segment.bytes).unwrap().records).collect()
    }

    /// Nothing unfinished stands nowhere, and no queue row is left.
    pub(crate) async fn is_clean(&self) {
        assert_eq!(self.storage.dispatch.violations(100).await.unwrap(), []);
        let backlog = self.storage.dispatch.backlog().await.unwrap();
        assert_eq!((backlog.ready, backlog.leased, backlog.timers), (0, 0, 0));
    }

    /// Asks for the end of an execution, as the API does.
    pub(crate) async fn cancel(&self, id: ExecutionId) -> Cancel {
        let cancel = self.cancel_silently(id).await;
        self.ephemeral.publish(&[Live::Cancel { tenant: self.scope.tenant(), execution: id }]).await;
        cancel
    }

    /// Asks for the end of an execution without a live hint.
    pub(crate) async fn cancel_silently(&self, id: ExecutionId) -> Cancel {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let cancel = tx.cancel_execution(id, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        cancel
    }

    /// Waits until something is so.
    pub(crate) async fn until<F: Future<Output = bool>>(&self, what: &str, mut is_so: impl FnMut() -> F) {
        let wait = async {
            while !is_so().await {
                self.spy.called().await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("never: {what}"));
    }

    pub(crate) async fn published(&self, hints: &[Hint]) {
        assert!(self.queue.publish(hints).await.iter().all(Result::is_ok));
    }
}

/// Code of the failure.
fn error(execution: &Execution) -> Option<String> {
    let error: serde_json::Value = serde_json::from_slice(execution.summary.error.as_deref()?).unwrap();
    Some(error["code"].as_str().unwrap().to_owned())
}

async fn tenant(storage: &Storage, clock: &dyn Clock) -> (TenantScope, UserId) {
    let (tenant, user) = (TenantId::mint(clock), UserId::mint(clock));
    let new = Bootstrap {
        tenant,
        tenant_name: "Tenant".to_owned(),
        user,
        email: "owner@example.test".to_owned(),
        name: "Owner".to_owned(),
        password: "$argon2id$none".to_owned(),
        api_key: ApiKeyId::mint(clock),
        api_key_secret: [1; 32],
        created_at: clock.now(),
    };
    storage.directory.create_tenant(&new).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test stands in for the authentication extractor")]
    let scope = TenantScope::assume(tenant);
    (scope, user)
}

impl Running {
    /// Ends it as SIGKILL would: nothing of it runs any more, nothing is given back.
    pub(crate) async fn kill(mut self, stage: &Stage) {
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE)).await.unwrap();
        // A write of it may have been on its way; it was before this one.
        stage.storage.dispatch.confirm(&[OutboxId::mint(stage.clock.as_ref())]).await.unwrap();
    }

    /// Waits until it ended by itself.
    pub(crate) async fn ended(mut self) {
        tokio::time::timeout(PATIENCE, &mut self.ended).await.expect("the worker ends").unwrap();
    }

    /// Stops it and waits until it has ended.
    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        self.ended().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// `{"nodes": […], "edges": […]}` of nodes in a row, given as `id:type` or `id:type{settings}`.
pub(crate) fn row(nodes: &[&str]) -> String {
    let parts: Vec<_> = nodes
        .iter()
        .map(|node| {
            let (head, data) = node.split_once('{').map_or((*node, "{}".to_owned()), |(head, data)| (head, format!("{{{data}")));
            let (id, node_type) = head.split_once(':').unwrap();
            (id, node_type, data)
        })
        .collect();
    let list: Vec<_> = parts.iter().map(|(id, node_type, data)| format!(r#"{{"id":"{id}","type":"{node_type}","data":{data}}}"#)).collect();
    let edges: Vec<_> = parts.windows(2).map(|pair| format!(r#"{{"source":"{}","target":"{}"}}"#, pair[0].0, pair[1].0)).collect();
    format!(r#"{{"nodes":[{}],"edges":[{}]}}"#, list.join(","), edges.join(","))
}

/// So many milliseconds from now.
pub(crate) fn later(clock: &MockClock, ms: i64) -> Timestamp {
    clock.now().saturating_add(SignedDuration::from_millis(ms)).unwrap()
}

struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(ExecutionId::mint(&SystemClock).to_string());
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind lies below the target directory.
        drop(fs::remove_dir_all(&self.path));
    }
}
