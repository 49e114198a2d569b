//! How many executions per second the hot path carries: `cargo bench -p thaiyyal-store-postgres`. Each line is one figure; every stage
//! takes two seconds. Everything (this driver, the server, whatever else runs) shares the machine, so compare lines, not runs. The
//! processor time per execution, which other load hardly changes, is that of the server's connections and of this process; it is read
//! from `/proc` and left out where there is none.

#[path = "../tests/postgres/database.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod database;
#[path = "../tests/postgres/own.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod own;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use thaiyyal_model::{ExecutionId, ExecutionStatus, Seq, SystemClock, Trigger, WorkerId};
use thaiyyal_store::{
    Storage,
    conformance::{Fixture, fixture::Tenant},
    dispatch::{Claimed, Finish, Lease, NewExecution, Segment, Suspend, Target},
    tenant::Workflow,
};
use tokio::time::Instant;

const STAGE: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let database = database::Database::create().await;
    let storage = thaiyyal_store_postgres::connect(&database.settings()).expect("the settings are right");
    let bench = Arc::new(Bench::new(storage, Cpu { database: database.name.clone() }).await);
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (name, lanes, size) in
        [("accept", 1, 1), ("accept", 1, 16), ("accept", 1, 64), ("accept", 1, 256), ("accept", 4, 1), ("accept", 4, 64)]
    {
        if name.contains(&only) {
            bench.stage(name, lanes, size, |bench, size| async move { bench.accept(size).await.len() }).await;
        }
    }
    for (lanes, size) in [(1, 1), (1, 64), (4, 16), (4, 64), (4, 256)] {
        if "cycle".contains(&only) {
            bench.stage("cycle", lanes, size, |bench, size| async move { bench.cycle(size).await }).await;
        }
    }
    for (lanes, size) in [(1, 64), (4, 64)] {
        if "journal".contains(&only) {
            bench.stage("journal: cycle with 10 appends", lanes, size, |bench, size| async move { bench.journalled(size).await }).await;
        }
        if "wait".contains(&only) {
            bench.stage("wait: cycle with one suspend and wake", lanes, size, |bench, size| async move { bench.waiting(size).await }).await;
        }
    }
    bench.steps();
    drop(bench);
    drop(database);
}

struct Bench {
    fixture: Fixture,
    tenant: Tenant,
    workflow: Workflow,
    worker: WorkerId,
    spent: [(&'static str, AtomicU64, AtomicU64); 7],
    cpu: Cpu,
}

impl Bench {
    async fn new(storage: Storage, cpu: Cpu) -> Self {
        let fixture = Fixture::new(storage);
        let tenant = fixture.tenant().await;
        let workflow = fixture.workflow(&tenant).await;
        let worker = fixture.worker().await;
        let spent =
            ["accept", "confirm", "claim", "append", "suspend", "wake", "finish"].map(|step| (step, AtomicU64::new(0), AtomicU64::new(0)));
        Self { fixture, tenant, workflow, worker, spent, cpu }
    }

    /// Repeats `work` in so many lanes for a while, and prints how many executions came through per second.
    async fn stage<W: Future<Output = usize> + Send + 'static>(
        self: &Arc<Self>,
        name: &str,
        lanes: usize,
        size: usize,
        work: fn(Arc<Self>, usize) -> W,
    ) {
        work(self.clone(), size).await;
        let cpu = self.cpu.spent().await;
        let start = Instant::now();
        let running: Vec<_> = (0..lanes)
            .map(|_| {
                let bench = self.clone();
                #[expect(clippy::disallowed_methods, reason = "awaited below")]
                tokio::spawn(async move {
                    let mut done = 0;
                    while start.elapsed() < STAGE {
                        done += work(bench.clone(), size).await;
                    }
                    done
                })
            })
            .collect();
        let mut done = 0;
        for lane in running {
            done += lane.await.expect("a lane does not panic");
        }
        let rate = done as f64 / start.elapsed().as_secs_f64();
        let (server, client) = self.cpu.spent().await;
        let per = |ticks: u64| ticks as f64 * 10_000.0 / done as f64;
        println!(
            "{name:40} lanes {lanes} batch {size:3}: {rate:7.0} executions/s, server {:5.0} µs, driver {:4.0} µs each",
            per(server.saturating_sub(cpu.0)),
            per(client.saturating_sub(cpu.1)),
        );
    }

    /// Mean time per batch of each step, over all stages.
    fn steps(&self) {
        for (step, calls, micros) in &self.spent {
            let (calls, micros) = (calls.load(Ordering::Relaxed), micros.load(Ordering::Relaxed));
            if let Some(mean) = micros.checked_div(calls) {
                println!("{step:10} {calls:7} calls, mean {mean:6} µs");
            }
        }
    }

    async fn timed<T>(&self, step: &str, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let output = work.await;
        let (_, calls, micros) = self.spent.iter().find(|(name, ..)| *name == step).expect("it is in the list");
        calls.fetch_add(1, Ordering::Relaxed);
        micros.fetch_add(u64::try_from(start.elapsed().as_micros()).unwrap_or(0), Ordering::Relaxed);
        output
    }

    fn execution(&self) -> NewExecution {
        NewExecution {
            id: ExecutionId::mint(&SystemClock),
            scope: self.tenant.scope,
            target: Target::Published(self.workflow.summary.id),
            trigger: Trigger::Api,
            priority: thaiyyal_model::Priority::Normal,
            input: br#"{"customer":"c-1042","items":[{"sku":"a","count":2},{"sku":"b","count":1}],"note":"deliver before noon"}"#.to_vec(),
            labels: None,
            concurrency_key: None,
            created_at: self.fixture.now(),
            start_at: None,
            deadline: None,
            idempotency: None,
            parent: None,
            trace: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
        }
    }

    async fn accept(&self, size: usize) -> Vec<ExecutionId> {
        let batch: Vec<_> = (0..size).map(|_| self.execution()).collect();
        let dispatch = &self.fixture.storage.dispatch;
        let hints = self.timed("accept", dispatch.accept(&batch)).await.expect("accepting").hints;
        let outbox: Vec<_> = hints.iter().filter_map(|hint| hint.outbox).collect();
        self.timed("confirm", dispatch.confirm(&outbox)).await.expect("confirming");
        batch.iter().map(|new| new.id).collect()
    }

    async fn claim(&self, executions: &[ExecutionId]) -> Vec<Lease> {
        let claimed = self.timed("claim", self.fixture.storage.dispatch.claim(self.worker, executions)).await.expect("claiming");
        claimed.iter().map(lease).collect()
    }

    async fn finish(&self, leases: &[Lease], first: u64) -> usize {
        let batch: Vec<_> = leases
            .iter()
            .map(|lease| Finish {
                lease: *lease,
                status: ExecutionStatus::Succeeded,
                output: Some(br#"{"total":118.2,"currency":"EUR","ok":true}"#.to_vec()),
                error: None,
                finished_at: self.fixture.now(),
                segment: Some(segment(first, 10, 400)),
            })
            .collect();
        self.timed("finish", self.fixture.storage.dispatch.finish(&batch)).await.expect("finishing").len()
    }

    async fn cycle(&self, size: usize) -> usize {
        let executions = self.accept(size).await;
        let leases = self.claim(&executions).await;
        assert_eq!(leases.len(), size);
        self.finish(&leases, 1).await
    }

    async fn journalled(&self, size: usize) -> usize {
        let executions = self.accept(size).await;
        let leases = self.claim(&executions).await;
        for first in 1..11 {
            let batch: Vec<_> = leases
                .iter()
                .map(|lease| thaiyyal_store::dispatch::Append { lease: *lease, segment: segment(first, 1, 150), taken: Vec::new() })
                .collect();
            self.timed("append", self.fixture.storage.dispatch.append(&batch)).await.expect("appending");
        }
        self.finish(&leases, 11).await
    }

    async fn waiting(&self, size: usize) -> usize {
        let executions = self.accept(size).await;
        let leases = self.claim(&executions).await;
        let dispatch = &self.fixture.storage.dispatch;
        let wake_at = Some(self.fixture.now() - Duration::from_secs(1));
        let batch: Vec<_> = leases
            .iter()
            .map(|lease| Suspend {
                lease: *lease,
                reason: thaiyyal_model::Reason::Timer,
                wake_at,
                seen: 0,
                segment: Some(segment(1, 5, 200)),
            })
            .collect();
        self.timed("suspend", dispatch.suspend(&batch)).await.expect("suspending");
        let hints = self.timed("wake", dispatch.wake_due(u32::try_from(size).unwrap_or(64))).await.expect("waking");
        let outbox: Vec<_> = hints.iter().filter_map(|hint| hint.outbox).collect();
        self.timed("confirm", dispatch.confirm(&outbox)).await.expect("confirming");
        let woken: Vec<_> = hints.into_iter().flat_map(|hint| hint.executions).collect();
        let leases = self.claim(&woken).await;
        self.finish(&leases, 6).await
    }
}

fn lease(claimed: &Claimed) -> Lease {
    Lease { tenant: claimed.scope.tenant(), execution: claimed.execution, epoch: claimed.epoch }
}

fn segment(first: u64, records: u64, bytes: usize) -> Segment {
    Segment { first: Seq(first), last: Seq(first + records - 1), bytes: vec![b'x'; bytes] }
}

/// Processor time spent so far, in hundredths of a second.
struct Cpu {
    database: String,
}

impl Cpu {
    /// By the server for our connections, and by this process.
    async fn spent(&self) -> (u64, u64) {
        let server = database::server().await;
        let pids = "SELECT pid FROM pg_stat_activity WHERE datname = $1";
        let pids = server.query(pids, &[&self.database]).await.expect("listing connections");
        let server = pids.iter().map(|row| ticks(&row.get::<_, i32>(0).to_string())).sum();
        (server, ticks("self"))
    }
}

/// Fields 14 and 15 of `/proc/PID/stat`, counted after the name of the program.
fn ticks(process: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
