//! Workers and schedulers over the servers of a cluster: PostgreSQL of `DATABASE_URL`, RabbitMQ of `AMQP_URL`.
#![expect(clippy::unwrap_used, reason = "what goes wrong in a test fails it, also outside of the test function")]

#[expect(dead_code, reason = "the other tests of this crate use the rest")]
#[path = "worker/connector.rs"]
mod connector;

use std::{collections::HashMap, sync::Arc};

use connector::{Asked, PATIENCE, World};
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::publish::{self, Publisher};
use thaiyyal_commands::signals::Delivery;
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::{Ephemeral, MemoryEphemeral};
use thaiyyal_model::{
    ApiKeyId, Clock, DefinitionHash, ExecutionId, ExecutionStatus, Limits, Priority, SystemClock, TenantId, TenantScope, Trigger, UserId,
};
use thaiyyal_queue::RabbitQueue;
use thaiyyal_store::{
    Storage,
    directory::Bootstrap,
    dispatch::{NewExecution, Target},
    signals::{NewSignal, Posted},
};
use thaiyyal_testkit::{database::Database, eventually, queues::Queues, server_url};
use thaiyyal_worker::{
    Settings, Worker, WorkerDeps,
    scheduler::{self, SchedulerDeps},
};
use tokio::runtime::Runtime;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const PURE: &str = r#"{"nodes":[{"id":"a","type":"number","data":{"value":20}},{"id":"b","type":"number","data":{"value":22}},
    {"id":"sum","type":"operation","data":{"op":"add"}}],"edges":[{"source":"a","target":"sum"},{"source":"b","target":"sum"}]}"#;
const CALLS: &str = r#"{"nodes":[{"id":"n","type":"number","data":{"value":1}},{"id":"a","type":"ask","data":{}},{"id":"b","type":"ask","data":{}},
    {"id":"c","type":"ask","data":{}}],"edges":[{"source":"n","target":"a"},{"source":"a","target":"b"},{"source":"b","target":"c"}]}"#;
const WAIT: &str = r#"{"nodes":[{"id":"n","type":"number","data":{"value":1}},{"id":"w","type":"wait","data":{"for":"signal","name":"paid"}},
    {"id":"a","type":"ask","data":{}}],"edges":[{"source":"n","target":"w"},{"source":"w","target":"a"}]}"#;
const DELAY: &str = r#"{"nodes":[{"id":"n","type":"number","data":{"value":1}},{"id":"d","type":"delay","data":{"duration":"1500ms"}}],
    "edges":[{"source":"n","target":"d"}]}"#;

#[tokio::test(flavor = "multi_thread")]
async fn everything_accepted_ends_although_a_worker_is_killed() {
    let stage = Stage::new().await;
    let _scheduler = stage.scheduler();
    let first = stage.worker();
    let mut executions = stage.accept(CALLS, 60).await;
    executions.extend(stage.accept(PURE, 200).await);
    executions.extend(stage.accept(DELAY, 20).await);

    // Calls of step and execution → with which keys, one for each time.
    let mut calls: HashMap<(ExecutionId, String), Vec<String>> = HashMap::new();
    let mut seen = |asked: &Asked| {
        let call = &asked.call;
        calls.entry((call.execution, call.step.to_string())).or_default().push(call.idempotency_key.clone());
    };
    let mut under_way = Vec::new();
    for _ in 0..60 {
        let asked = stage.world.asked().await;
        seen(&asked);
        match asked.node() {
            // Some go on, the others are under way when the worker dies.
            "a" if asked.call.execution.uuid().as_u128() % 3 == 0 => asked.done(0),
            _ => under_way.push(asked),
        }
    }
    first.kill().await;
    drop(under_way);
    let _second = stage.worker();
    let answers = async {
        loop {
            let asked = stage.world.next().await;
            seen(&asked);
            asked.done(0);
        }
    };
    tokio::select! {
        () = stage.ended(executions.len()) => {}
        () = answers => {}
    }

    let repeated = calls.values().filter(|keys| keys.len() > 1).count();
    assert!(repeated > 0, "the kill hit calls under way");
    assert!(calls.values().all(|keys| keys.iter().all(|key| key == &keys[0])));
    assert_eq!(calls.len(), 180);
    for execution in executions {
        assert_eq!(stage.status(execution).await, ExecutionStatus::Succeeded);
    }
    assert_eq!(stage.storage.dispatch.violations(10).await.unwrap(), []);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_worker_hands_over_without_a_scheduler() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let executions = stage.accept(CALLS, 5).await;
    let mut calls = Vec::new();
    for _ in &executions {
        calls.push(stage.world.asked().await);
    }
    first.stop.cancel();
    calls.into_iter().for_each(|call| call.done(0));
    first.ended().await;

    let _second = stage.worker();
    for _ in 0..10 {
        let call = stage.world.asked().await;
        assert_ne!(call.node(), "a", "what is recorded is not repeated");
        call.done(0);
    }
    stage.ended(5).await;
    stage.close().await;
}

/// 1 000 executions wait without a lease, every worker dies, each is sent two signals by two senders at once, of whom one dies before it
/// delivers; each goes on once.
#[tokio::test(flavor = "multi_thread")]
async fn executions_that_wait_outlive_every_worker_and_each_goes_on_once() {
    const COUNT: usize = 1_000;
    let stage = Stage::new().await;
    let _scheduler = stage.scheduler();
    let first = stage.worker();
    let executions = stage.accept(WAIT, COUNT).await;
    eventually("all executions to wait", PATIENCE, || async {
        let waiting = stage.database.count("SELECT count(*) FROM executions WHERE status = 'waiting'").await.unwrap();
        (usize::try_from(waiting).unwrap() == COUNT).then_some(())
    })
    .await;
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 0);
    first.kill().await;

    for executions in executions.chunks(50) {
        let sends = executions.iter().map(|execution| async {
            tokio::join!(stage.send(*execution, true), stage.send(*execution, false));
        });
        futures_util::future::join_all(sends).await;
    }
    let _second = stage.worker();
    let mut calls: HashMap<ExecutionId, usize> = HashMap::new();
    let answers = async {
        loop {
            let asked = stage.world.next().await;
            *calls.entry(asked.call.execution).or_default() += 1;
            asked.done(0);
        }
    };
    tokio::select! {
        () = stage.ended(COUNT) => {}
        () = answers => {}
    }
    assert_eq!(calls.len(), COUNT);
    assert!(calls.values().all(|count| *count == 1));
    assert_eq!(stage.storage.dispatch.violations(10).await.unwrap(), []);
    // What the second sender sent was not needed, and went with the end.
    assert_eq!(stage.database.count("SELECT count(*) FROM signals WHERE is_told").await.unwrap(), 0);
    stage.close().await;
}

struct Stage {
    storage: Storage,
    queue: Arc<RabbitQueue>,
    ephemeral: Arc<dyn Ephemeral>,
    world: World,
    connectors: Connectors,
    publisher: Publisher,
    scope: TenantScope,
    database: Database,
    _queues: Queues,
}

/// A worker in a runtime of its own, so that it can be killed.
struct Running {
    stop: CancellationToken,
    ended: tokio::task::JoinHandle<()>,
    runtime: Option<Runtime>,
}

impl Stage {
    async fn new() -> Self {
        let database = Database::create("worker").await.unwrap();
        let settings = thaiyyal_store_postgres::Settings { url: database.url().into(), ..Default::default() };
        let storage = thaiyyal_store_postgres::connect(&settings).unwrap();
        storage.admin.migrate().await.unwrap();
        let prefix = format!("test-{}", ExecutionId::mint(&SystemClock));
        let queues = Queues::new(&server_url("AMQP_URL"), &prefix, 2);
        let settings = thaiyyal_queue::Settings { url: server_url("AMQP_URL").into(), prefix, shards: 2, ..Default::default() };
        let queue = Arc::new(RabbitQueue::connect(settings).await.unwrap());
        let publisher = Publisher::spawn(&TaskTracker::new(), queue.clone(), Arc::clone(&storage.dispatch), &publish::Settings::default());
        let (world, connectors) = World::new();
        let scope = tenant(&storage).await;
        Self {
            storage,
            queue,
            ephemeral: Arc::new(MemoryEphemeral::default()),
            world,
            connectors,
            publisher,
            scope,
            database,
            _queues: queues,
        }
    }

    fn worker(&self) -> Running {
        let worker = Worker::new(WorkerDeps {
            storage: self.storage.clone(),
            queue: self.queue.clone(),
            ephemeral: Arc::clone(&self.ephemeral),
            catalog: Arc::new(Catalog::new(self.connectors.descriptions())),
            connectors: self.connectors.clone(),
            keeping: None,
            limits: Arc::new(Limits::default()),
            clock: Arc::new(SystemClock),
            publisher: self.publisher.clone(),
            settings: Settings { slots: 64, prefetch: 4, ..Settings::impatient() },
            callbacks: Arc::new(Callbacks::new(None)),
            host: "test".to_owned(),
        });
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let ended = runtime.handle().spawn(worker.run(stop.clone(), CancellationToken::new()));
        Running { stop, ended, runtime: Some(runtime) }
    }

    fn scheduler(&self) -> tokio_util::sync::DropGuard {
        let stop = CancellationToken::new();
        let deps = SchedulerDeps {
            storage: self.storage.clone(),
            queue: self.queue.clone(),
            ephemeral: Arc::clone(&self.ephemeral),
            publisher: self.publisher.clone(),
            settings: scheduler::Settings::impatient(),
        };
        TaskTracker::new().spawn(scheduler::run(deps, stop.clone()));
        stop.drop_guard()
    }

    async fn accept(&self, definition: &str, count: usize) -> Vec<ExecutionId> {
        let text = definition.as_bytes().to_vec();
        let new = |_| NewExecution {
            id: ExecutionId::mint(&SystemClock),
            scope: self.scope,
            target: Target::Inline { hash: DefinitionHash::of(&text), text: text.clone() },
            trigger: Trigger::Api,
            priority: Priority::Normal,
            input: b"null".to_vec(),
            labels: None,
            concurrency_key: None,
            created_at: SystemClock.now(),
            start_at: None,
            deadline: None,
            idempotency: None,
            parent: None,
            trace: None,
        };
        let batch: Vec<_> = (0..count).map(new).collect();
        let accepted = self.storage.dispatch.accept(&batch).await.unwrap();
        self.publisher.publish(accepted.hints);
        batch.into_iter().map(|new| new.id).collect()
    }

    /// Sends a signal, and delivers it or leaves that to the scheduler.
    async fn send(&self, execution: ExecutionId, delivers: bool) {
        let signal = NewSignal { execution, name: "paid".to_owned(), payload: b"1".to_vec(), most_pending: 10 };
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        assert_eq!(tx.post_signal(&signal, SystemClock.now()).await.unwrap(), Posted::Yes);
        tx.commit().await.unwrap();
        if delivers {
            let delivery = Delivery::new(Arc::clone(&self.storage.dispatch), self.publisher.clone(), Arc::clone(&self.ephemeral));
            delivery.deliver().await.unwrap();
        }
    }

    /// Waits until so many executions have ended.
    async fn ended(&self, count: usize) {
        eventually("all executions to end", PATIENCE, || async {
            let ended = self.database.count("SELECT count(*) FROM executions WHERE finished_at IS NOT NULL").await.unwrap();
            (usize::try_from(ended).unwrap() == count).then_some(())
        })
        .await;
    }

    async fn status(&self, execution: ExecutionId) -> ExecutionStatus {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        tx.find_execution(execution).await.unwrap().unwrap().summary.status
    }

    async fn close(self) {
        self.queue.close().await;
        drop(self.storage);
    }
}

async fn tenant(storage: &Storage) -> TenantScope {
    let tenant = TenantId::mint(&SystemClock);
    let new = Bootstrap {
        tenant,
        tenant_name: "Tenant".to_owned(),
        user: UserId::mint(&SystemClock),
        email: "owner@example.test".to_owned(),
        name: "Owner".to_owned(),
        password: "$argon2id$none".to_owned(),
        api_key: ApiKeyId::mint(&SystemClock),
        api_key_secret: [1; 32],
        created_at: SystemClock.now(),
    };
    storage.directory.create_tenant(&new).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test stands in for the authentication extractor")]
    TenantScope::assume(tenant)
}

impl Running {
    /// Ends it as SIGKILL would: nothing of it runs any more, nothing is given back.
    async fn kill(mut self) {
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE)).await.unwrap();
    }

    /// Waits until it ended by itself.
    async fn ended(mut self) {
        tokio::time::timeout(PATIENCE, &mut self.ended).await.unwrap().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
