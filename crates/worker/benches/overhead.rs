//! What a worker itself costs per execution: a five-node pure workflow, hints from the memory queue, and a store that does nothing.
//!
//! Prints one JSON object: executions per second of wall time, and microseconds of processor time per execution (all threads).
#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report an error to")]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::publish::{self, Publisher};
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::{CacheKey, Ephemeral, MemoryEphemeral};
use thaiyyal_model::{
    Clock, DefinitionHash, Epoch, ExecutionId, ExecutionStatus, Hint, Limits, OutboxId, Priority, Shard, SystemClock, TenantId,
    TenantScope, Trigger, WorkerId,
};
use thaiyyal_queue::{MemoryQueue, Queue};
use thaiyyal_store::{
    Admin, Directory, Dispatch, Error, Storage, Store, TenantTx,
    approvals::Question,
    directory::{ApiKey, Assigned, Bootstrap, Login, NewLink, NewSession, Session, Tier},
    dispatch::{
        AcceptedBatch, Append, Backlog, Beat, Claimed, Finish, Lease, NewExecution, Pulse, Reaped, Release, Stopped, Suspend, Violation,
        Written,
    },
    signals::{Delivered, Inbox},
    windows::{Tended, Windows},
};
use thaiyyal_worker::{Settings, Worker, WorkerDeps};
use tokio::{sync::Notify, time::Instant};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXECUTIONS: usize = 50_000;
const ROUNDS: usize = 5;

const DEFINITION: &str = r#"{"nodes":[
    {"id":"a","type":"number","data":{"value":20}},
    {"id":"b","type":"number","data":{"value":22}},
    {"id":"sum","type":"operation","data":{"op":"add"}},
    {"id":"twice","type":"expression","data":{"expression":"input * 2"}},
    {"id":"show","type":"visualization","data":{"mode":"text"}}
],"edges":[{"source":"a","target":"sum"},{"source":"b","target":"sum"},{"source":"sum","target":"twice"},{"source":"twice","target":"show"}]}"#;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Spans cost most of the rest: they are on, as in the binary, though nothing is logged.
    tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(std::io::sink).init();
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| runtime.block_on(round())).collect();
    rounds.sort_by(|one, other| one.cpu_us.total_cmp(&other.cpu_us));
    let median = &rounds[ROUNDS / 2];
    println!(
        "{{\"benchmark\":\"worker_overhead\",\"executions\":{EXECUTIONS},\"per_second\":{:.0},\"cpu_us_per_execution\":{:.2},\"best_cpu_us\":{:.2},\"executions_per_claim\":{:.1},\"executions_per_finish\":{:.1}}}",
        median.per_second, median.cpu_us, rounds[0].cpu_us, median.per_claim, median.per_finish
    );
}

struct Round {
    per_second: f64,
    cpu_us: f64,
    per_claim: f64,
    per_finish: f64,
}

async fn round() -> Round {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tenant = TenantId::mint(clock.as_ref());
    #[expect(clippy::disallowed_methods, reason = "there is no store to mint it")]
    let scope = TenantScope::assume(tenant);
    let hash = DefinitionHash::of(DEFINITION.as_bytes());
    let ephemeral = Arc::new(MemoryEphemeral::default());
    let key = CacheKey { tenant, kind: "definition", id: hash.to_string() };
    ephemeral.put(&key, Bytes::from_static(DEFINITION.as_bytes()), Duration::from_secs(600)).await;
    let nothing = Arc::new(Nothing {
        scope,
        hash,
        finished: AtomicUsize::new(0),
        claims: AtomicUsize::new(0),
        finishes: AtomicUsize::new(0),
        done: Notify::new(),
    });
    let storage = Storage { store: nothing.clone(), dispatch: nothing.clone(), directory: nothing.clone(), admin: nothing.clone() };
    let queue = Arc::new(MemoryQueue::new(EXECUTIONS));
    let executions: Vec<_> = (0..EXECUTIONS).map(|_| ExecutionId::mint(clock.as_ref())).collect();
    let hint = |(shard, executions): (usize, &[ExecutionId])| Hint {
        outbox: None,
        shard: Shard(u16::try_from(shard % 2).unwrap()),
        priority: Priority::Normal,
        executions: executions.to_vec(),
    };
    let hints: Vec<_> = executions.chunks(16).enumerate().map(hint).collect();
    queue.publish(&hints).await;

    let (stop, tracker) = (CancellationToken::new(), TaskTracker::new());
    let publisher = Publisher::spawn(&tracker, queue.clone(), nothing.clone(), &publish::Settings::default());
    let worker = Worker::new(WorkerDeps {
        storage,
        queue: queue.clone(),
        ephemeral,
        catalog: Arc::new(Catalog::new([])),
        connectors: Connectors::of([]),
        keeping: None,
        limits: Arc::new(Limits::default()),
        clock,
        publisher,
        settings: Settings::default(),
        callbacks: Arc::new(Callbacks::new(None)),
        host: String::new(),
    });
    let (begun, cpu) = (Instant::now(), cpu_time());
    let running = tracker.spawn(worker.run(stop.clone(), CancellationToken::new()));
    while nothing.finished.load(Ordering::Acquire) < EXECUTIONS {
        nothing.done.notified().await;
    }
    let (took, cpu) = (begun.elapsed(), cpu_time() - cpu);
    stop.cancel();
    running.await.unwrap();
    let count = EXECUTIONS as f64;
    Round {
        per_second: count / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / count,
        per_claim: count / nothing.claims.load(Ordering::Relaxed) as f64,
        per_finish: count / nothing.finishes.load(Ordering::Relaxed) as f64,
    }
}

/// Processor time of all threads of this process so far.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// A store that takes everything and keeps nothing.
struct Nothing {
    scope: TenantScope,
    hash: DefinitionHash,
    finished: AtomicUsize,
    claims: AtomicUsize,
    finishes: AtomicUsize,
    done: Notify,
}

fn none<T>() -> Result<T, Error> {
    Err(Error::Internal("this store does nothing".into()))
}

#[async_trait]
impl Dispatch for Nothing {
    async fn accept(&self, _: &[NewExecution]) -> Result<AcceptedBatch, Error> {
        none()
    }

    async fn abandon(&self, _: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
        Ok(())
    }

    async fn stop_abandoned(&self, _: u32) -> Result<Stopped, Error> {
        Ok(Stopped::default())
    }

    async fn confirm(&self, _: &[OutboxId]) -> Result<(), Error> {
        Ok(())
    }

    async fn unpublished(&self, _: Duration, _: u32) -> Result<Vec<Hint>, Error> {
        Ok(Vec::new())
    }

    async fn claim(&self, _: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
        self.claims.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        let now = SystemClock.now();
        let claimed = |execution: &ExecutionId| Claimed {
            limits: None,
            scope: self.scope,
            execution: *execution,
            epoch: Epoch(1),
            workflow: None,
            version: None,
            definition: self.hash,
            trigger: Trigger::Api,
            parent: None,
            depth: 0,
            priority: Priority::Normal,
            input: br#"{"customer":"c-1","amount":12.5}"#.to_vec(),
            created_at: now,
            started_at: now,
            deadline: None,
            cancel_requested: false,
            crashes: 0,
            journal: Vec::new(),
            inbox: Inbox::default(),
            trace: None,
        };
        Ok(executions.iter().map(claimed).collect())
    }

    async fn deliver(&self, _: u32) -> Result<Delivered, Error> {
        Ok(Delivered::default())
    }

    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
        Ok(vec![Inbox::default(); leases.len()])
    }

    async fn ask(&self, _: &Lease, _: &[Question]) -> Result<Written, Error> {
        Ok(Written::Yes)
    }

    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error> {
        Ok(vec![Written::Yes; batch.len()])
    }

    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error> {
        assert!(batch.iter().all(|finish| finish.status == ExecutionStatus::Succeeded));
        self.finishes.fetch_add(1, Ordering::Relaxed);
        tokio::task::yield_now().await;
        self.finished.fetch_add(batch.len(), Ordering::AcqRel);
        self.done.notify_one();
        Ok(vec![Written::Yes; batch.len()])
    }

    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
        Ok(vec![Written::Yes; batch.len()])
    }

    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
        Ok((vec![Written::Yes; batch.len()], Vec::new()))
    }

    async fn heartbeat(&self, _: &Beat) -> Result<Pulse, Error> {
        Ok(Pulse::default())
    }

    async fn leases(&self, _: WorkerId) -> Result<Vec<Lease>, Error> {
        Ok(Vec::new())
    }

    async fn retire(&self, _: WorkerId) -> Result<(), Error> {
        Ok(())
    }

    async fn wake_due(&self, _: u32) -> Result<Vec<Hint>, Error> {
        none()
    }

    async fn reap(&self, _: Duration, _: u32, _: u32) -> Result<Reaped, Error> {
        none()
    }

    async fn sweep(&self, _: Duration, _: u32) -> Result<Vec<Hint>, Error> {
        none()
    }

    async fn claim_overdue(&self, _: WorkerId, _: Duration, _: u32) -> Result<Vec<Claimed>, Error> {
        none()
    }

    async fn tend_windows(&self, _: &Windows) -> Result<Tended, Error> {
        Ok(Tended::default())
    }

    async fn recent_violations(&self, _: Duration, _: u32) -> Result<Vec<Violation>, Error> {
        none()
    }

    async fn violations(&self, _: u32) -> Result<Vec<Violation>, Error> {
        none()
    }

    async fn repair(&self, _: &[Violation]) -> Result<u64, Error> {
        none()
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        none()
    }
}

#[async_trait]
impl Store for Nothing {
    async fn begin(&self, _: &TenantScope) -> Result<Box<dyn TenantTx>, Error> {
        none()
    }
}

#[async_trait]
impl Admin for Nothing {
    async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], Error> {
        Ok(fresh)
    }

    async fn migrate(&self) -> Result<Vec<String>, Error> {
        none()
    }

    async fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        none()
    }

    async fn ping(&self) -> Result<(), Error> {
        none()
    }

    async fn maintain(&self) -> Result<(), Error> {
        none()
    }
}

#[async_trait]
impl Directory for Nothing {
    async fn find_api_key(&self, _: thaiyyal_model::ApiKeyId, _: thaiyyal_model::Timestamp) -> Result<Option<ApiKey>, Error> {
        none()
    }

    async fn find_login(&self, _: &str) -> Result<Option<Login>, Error> {
        none()
    }

    async fn find_session(&self, _: &[u8; 32], _: thaiyyal_model::Timestamp) -> Result<Option<Session>, Error> {
        none()
    }

    async fn create_session(&self, _: &NewSession) -> Result<(), Error> {
        none()
    }

    async fn delete_session(&self, _: thaiyyal_model::SessionId) -> Result<(), Error> {
        none()
    }

    async fn create_link(&self, _: &NewLink) -> Result<(), Error> {
        none()
    }

    async fn consume_link(&self, _: &[u8; 32], _: thaiyyal_model::Timestamp) -> Result<Option<Login>, Error> {
        none()
    }

    async fn bootstrap(&self, _: &Bootstrap) -> Result<bool, Error> {
        none()
    }

    async fn create_tenant(&self, _: &Bootstrap) -> Result<(), Error> {
        none()
    }

    async fn set_tier(&self, _: &Tier) -> Result<(), Error> {
        none()
    }

    async fn list_tiers(&self) -> Result<Vec<Tier>, Error> {
        none()
    }

    async fn assign_tier(&self, _: TenantId, _: Option<&str>) -> Result<Assigned, Error> {
        none()
    }
}
