//! How many executions per second the store accepts, leases and finishes, every accept and finish durable on the disk.

#![expect(clippy::unwrap_used, reason = "a benchmark has nobody to report an error to")]

use std::{fs, path::PathBuf, sync::Arc};

use divan::{Bencher, counter::ItemsCount};
use thaiyyal_model::{ExecutionId, ExecutionStatus, Priority, Seq, SystemClock, TenantScope, Trigger, WorkerId, WorkflowId};
use thaiyyal_store::{
    Storage,
    conformance::Fixture,
    dispatch::{Accept, Beat, Finish, Lease, NewExecution, Segment, Target},
};
use thaiyyal_store_sqlite::{Settings, SqliteStorage};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 16, 64, 128, 256], sample_count = 100, sample_size = 1)]
fn accept_claim_finish(bencher: Bencher<'_, '_>, batch: usize) {
    let bench = Bench::new(batch);
    bencher.counter(ItemsCount::new(batch)).bench_local(|| bench.runtime.block_on(bench.cycle()));
}

struct Bench {
    runtime: Runtime,
    storage: Storage,
    scope: TenantScope,
    workflow: WorkflowId,
    worker: WorkerId,
    batch: usize,
    folder: PathBuf,
}

impl Bench {
    fn new(batch: usize) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(ExecutionId::mint(&SystemClock).to_string());
        fs::create_dir_all(&folder).unwrap();
        let storage = SqliteStorage::open(folder.join("bench.db"), &Settings::default(), Arc::new(SystemClock)).unwrap();
        let runtime = Runtime::new().unwrap();
        let worker = WorkerId::mint(&SystemClock);
        let (scope, workflow) = runtime.block_on(async {
            storage.admin.migrate().await.unwrap();
            let fixture = Fixture::new(storage.clone());
            let tenant = fixture.tenant().await;
            let beat =
                Beat { worker, version: String::new(), host: String::new(), slots: 1_000, leases: Vec::new(), listening: Vec::new() };
            storage.dispatch.heartbeat(&beat).await.unwrap();
            (tenant.scope, fixture.workflow(&tenant).await.summary.id)
        });
        Self { runtime, storage, scope, workflow, worker, batch, folder }
    }

    async fn cycle(&self) {
        let dispatch = &self.storage.dispatch;
        let new: Vec<_> = (0..self.batch).map(|_| self.new_execution()).collect();
        let accepted = dispatch.accept(&new).await.unwrap();
        assert!(accepted.outcomes.iter().all(|outcome| matches!(outcome, Accept::New(_))));
        let published: Vec<_> = accepted.hints.iter().filter_map(|hint| hint.outbox).collect();
        dispatch.confirm(&published).await.unwrap();

        let hinted: Vec<_> = accepted.hints.into_iter().flat_map(|hint| hint.executions).collect();
        let claimed = dispatch.claim(self.worker, &hinted).await.unwrap();
        assert_eq!(claimed.len(), self.batch);
        let finished: Vec<_> = claimed
            .iter()
            .map(|claim| Finish {
                lease: Lease { tenant: claim.scope.tenant(), execution: claim.execution, epoch: claim.epoch },
                status: ExecutionStatus::Succeeded,
                output: Some(b"15".to_vec()),
                error: None,
                finished_at: claim.started_at,
                segment: Some(Segment { first: Seq(1), last: Seq(5), bytes: vec![b'x'; 500] }),
            })
            .collect();
        dispatch.finish(&finished).await.unwrap();
    }

    fn new_execution(&self) -> NewExecution {
        use thaiyyal_model::Clock;
        NewExecution {
            id: ExecutionId::mint(&SystemClock),
            scope: self.scope,
            target: Target::Published(self.workflow),
            trigger: Trigger::Api,
            priority: Priority::Normal,
            input: br#"{"order": 4711, "items": [1, 2, 3]}"#.to_vec(),
            labels: None,
            concurrency_key: None,
            created_at: SystemClock.now(),
            start_at: None,
            deadline: None,
            idempotency: None,
            parent: None,
            trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}
