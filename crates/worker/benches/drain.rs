//! What one worker drains from a SQLite file, every claim and end durable: a backlog of pure five-node executions, and one of five calls
//! in a row that answer at once (each journalled before and after).
//!
//! Prints one JSON object per workload.
#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report an error to")]

use std::{fs, path::Path, sync::Arc};

use async_trait::async_trait;
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::publish::{self, Publisher};
use thaiyyal_connectors::{Call, Connector, Connectors, Outcome};
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::{Ephemeral, Live, MemoryEphemeral, MemorySettings, Signal};
use thaiyyal_model::{
    ApiKeyId, Category, Clock, DefinitionHash, ExecutionId, Limits, NodeDescription, Ports, Priority, Purity, SystemClock, TenantId,
    TenantScope, Trigger, UserId, Value,
};
use thaiyyal_queue::MemoryQueue;
use thaiyyal_store::{
    Storage,
    directory::Bootstrap,
    dispatch::{NewExecution, Target},
};
use thaiyyal_store_sqlite::{Settings, SqliteStorage};
use thaiyyal_worker::{Worker, WorkerDeps};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PURE: &str = r#"{"nodes":[
    {"id":"a","type":"number","data":{"value":20}},
    {"id":"b","type":"number","data":{"value":22}},
    {"id":"sum","type":"operation","data":{"op":"add"}},
    {"id":"twice","type":"expression","data":{"expression":"input * 2"}},
    {"id":"show","type":"visualization","data":{"mode":"text"}}
],"edges":[{"source":"a","target":"sum"},{"source":"b","target":"sum"},{"source":"sum","target":"twice"},{"source":"twice","target":"show"}]}"#;

const CALLS: &str = r#"{"nodes":[
    {"id":"n","type":"number","data":{"value":1}},
    {"id":"a","type":"answer","data":{}},{"id":"b","type":"answer","data":{}},{"id":"c","type":"answer","data":{}},
    {"id":"d","type":"answer","data":{}},{"id":"e","type":"answer","data":{}}
],"edges":[{"source":"n","target":"a"},{"source":"a","target":"b"},{"source":"b","target":"c"},{"source":"c","target":"d"},{"source":"d","target":"e"}]}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(drain("pure", PURE, 20_000));
    runtime.block_on(drain("calls", CALLS, 4_000));
}

async fn drain(workload: &str, definition: &str, count: usize) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(ExecutionId::mint(clock.as_ref()).to_string());
    fs::create_dir_all(&folder).unwrap();
    let storage = SqliteStorage::open(folder.join("bench.db"), &Settings::default(), Arc::clone(&clock)).unwrap();
    storage.admin.migrate().await.unwrap();
    let scope = tenant(&storage, clock.as_ref()).await;
    let (queue, tracker) = (Arc::new(MemoryQueue::default()), TaskTracker::new());
    let publisher = Publisher::spawn(&tracker, queue.clone(), Arc::clone(&storage.dispatch), &publish::Settings::default());
    let text = definition.as_bytes().to_vec();
    let accepting = Instant::now();
    for _ in 0..count.div_ceil(200) {
        let new = |_| NewExecution {
            id: ExecutionId::mint(clock.as_ref()),
            scope,
            target: Target::Inline { hash: DefinitionHash::of(&text), text: text.clone() },
            trigger: Trigger::Api,
            priority: Priority::Normal,
            input: br#"{"customer":"c-1","amount":12.5}"#.to_vec(),
            labels: None,
            concurrency_key: None,
            created_at: clock.now(),
            start_at: None,
            deadline: None,
            idempotency: None,
            parent: None,
            trace: None,
        };
        let batch: Vec<_> = (0..200).map(new).collect();
        publisher.publish(storage.dispatch.accept(&batch).await.unwrap().hints);
    }
    let accepted = accepting.elapsed();

    let ephemeral = Arc::new(MemoryEphemeral::new(&MemorySettings { backlog: 1 << 17, ..MemorySettings::default() }));
    let connectors = Connectors::of([Arc::new(AnswersAtOnce) as Arc<dyn Connector>]);
    let (mut signals, stop) = (ephemeral.subscribe(), CancellationToken::new());
    let worker = Worker::new(WorkerDeps {
        storage: storage.clone(),
        queue,
        ephemeral,
        catalog: Arc::new(Catalog::new(connectors.descriptions())),
        connectors,
        keeping: None,
        limits: Arc::new(Limits::default()),
        clock: Arc::clone(&clock),
        publisher,
        settings: thaiyyal_worker::Settings::default(),
        callbacks: Arc::new(Callbacks::new(None)),
        host: String::new(),
    });
    let (begun, cpu) = (Instant::now(), cpu_ms());
    let running = tracker.spawn(worker.run(stop.clone(), CancellationToken::new()));
    let mut ended = 0;
    while ended < count {
        if let Signal::Live(Live::Status { status, .. }) = signals.recv().await.unwrap() {
            ended += usize::from(status.is_terminal());
        }
    }
    let (took, cpu) = (begun.elapsed(), cpu_ms() - cpu);
    stop.cancel();
    running.await.unwrap();
    println!(
        "{{\"benchmark\":\"worker_drain\",\"workload\":\"{workload}\",\"executions\":{count},\"accepted_per_second\":{:.0},\"ended_per_second\":{:.0},\"cpu_us_per_execution\":{:.1}}}",
        count as f64 / accepted.as_secs_f64(),
        count as f64 / took.as_secs_f64(),
        cpu as f64 * 1_000.0 / count as f64
    );
    drop(storage);
    // What is left behind lies below the target directory.
    drop(fs::remove_dir_all(&folder));
}

/// Milliseconds of processor time of all threads of this process so far.
fn cpu_ms() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10
}

async fn tenant(storage: &Storage, clock: &dyn Clock) -> TenantScope {
    let tenant = TenantId::mint(clock);
    let new = Bootstrap {
        tenant,
        tenant_name: "Tenant".to_owned(),
        user: UserId::mint(clock),
        email: "owner@example.test".to_owned(),
        name: "Owner".to_owned(),
        password: "$argon2id$none".to_owned(),
        api_key: ApiKeyId::mint(clock),
        api_key_secret: [1; 32],
        created_at: clock.now(),
    };
    storage.directory.create_tenant(&new).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the benchmark stands in for the authentication extractor")]
    TenantScope::assume(tenant)
}

struct AnswersAtOnce;

#[async_trait]
impl Connector for AnswersAtOnce {
    fn description(&self) -> NodeDescription {
        NodeDescription {
            node_type: "answer",
            title: "Answer",
            category: Category::Connect,
            icon: "phone",
            summary: "Answers at once.",
            schema: serde_json::json!({"type": "object", "properties": {}}),
            ports: Ports::default(),
            purity: Purity::Effect,
            example: serde_json::json!({}),
        }
    }

    async fn call(&self, call: Call) -> Outcome {
        Outcome::Done(call.inputs.into_iter().next().unwrap_or(Value::Null))
    }
}
