//! What callers see when the database fails: never a promise that was not kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use thaiyyal_model::{ExecutionId, Hint, OutboxId, TenantId, TenantScope, WorkerId};
use thaiyyal_store::approvals::Question;
use thaiyyal_store::dispatch::{
    AcceptedBatch, Append, Backlog, Beat, Claimed, Finish, Lease, NewExecution, Pulse, Reaped, Release, Stopped, Suspend, Violation,
    Written,
};
use thaiyyal_store::signals::{Delivered, Inbox};
use thaiyyal_store::windows::{Tended, Windows};
use thaiyyal_store::{Admin, Dispatch, Error, Storage, Store, TenantTx};

use crate::support::{Server, Setup, adding, problem, send};

/// What is broken at the moment.
#[derive(Default)]
struct Faults {
    /// The database cannot be reached.
    away: AtomicBool,
    /// Opening a transaction panics.
    panics: AtomicBool,
    /// The connection breaks before an accept is committed.
    lost_before: AtomicBool,
    /// The connection breaks after an accept is committed.
    lost_after: AtomicBool,
}

/// A database with faults.
struct Faulty {
    inner: Storage,
    faults: Arc<Faults>,
}

impl Faulty {
    fn check(&self) -> Result<(), Error> {
        if self.faults.away.load(Relaxed) { Err(Error::Unavailable("switched off".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Store for Faulty {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, Error> {
        assert!(!self.faults.panics.load(Relaxed), "told to panic");
        self.check()?;
        self.inner.store.begin(scope).await
    }
}

#[async_trait]
impl Admin for Faulty {
    async fn migrate(&self) -> Result<Vec<String>, Error> {
        self.inner.admin.migrate().await
    }

    async fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        self.inner.admin.missing_migrations().await
    }

    async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], Error> {
        self.check()?;
        self.inner.admin.secret(fresh).await
    }

    async fn ping(&self) -> Result<(), Error> {
        self.check()?;
        self.inner.admin.ping().await
    }

    async fn maintain(&self) -> Result<(), Error> {
        self.inner.admin.maintain().await
    }
}

#[async_trait]
impl Dispatch for Faulty {
    async fn accept(&self, batch: &[NewExecution]) -> Result<AcceptedBatch, Error> {
        self.check()?;
        if self.faults.lost_before.load(Relaxed) {
            return Err(Error::Unknown("cut before the commit".into()));
        }
        let accepted = self.inner.dispatch.accept(batch).await?;
        if self.faults.lost_after.load(Relaxed) {
            return Err(Error::Unknown("cut after the commit".into()));
        }
        Ok(accepted)
    }

    async fn abandon(&self, children: &[(TenantId, ExecutionId)]) -> Result<(), Error> {
        self.inner.dispatch.abandon(children).await
    }

    async fn stop_abandoned(&self, limit: u32) -> Result<Stopped, Error> {
        self.inner.dispatch.stop_abandoned(limit).await
    }

    async fn confirm(&self, published: &[OutboxId]) -> Result<(), Error> {
        self.check()?;
        self.inner.dispatch.confirm(published).await
    }

    async fn unpublished(&self, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        self.inner.dispatch.unpublished(older_than, limit).await
    }

    async fn claim(&self, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error> {
        self.inner.dispatch.claim(worker, executions).await
    }

    async fn claim_overdue(&self, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error> {
        self.inner.dispatch.claim_overdue(worker, unclaimed_for, limit).await
    }

    async fn deliver(&self, limit: u32) -> Result<Delivered, Error> {
        self.inner.dispatch.deliver(limit).await
    }

    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
        self.inner.dispatch.inboxes(leases).await
    }

    async fn ask(&self, lease: &Lease, questions: &[Question]) -> Result<Written, Error> {
        self.inner.dispatch.ask(lease, questions).await
    }

    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error> {
        self.inner.dispatch.append(batch).await
    }

    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error> {
        self.inner.dispatch.finish(batch).await
    }

    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
        self.inner.dispatch.suspend(batch).await
    }

    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
        self.inner.dispatch.release(batch).await
    }

    async fn heartbeat(&self, beat: &Beat) -> Result<Pulse, Error> {
        self.inner.dispatch.heartbeat(beat).await
    }

    async fn leases(&self, worker: WorkerId) -> Result<Vec<Lease>, Error> {
        self.inner.dispatch.leases(worker).await
    }

    async fn retire(&self, worker: WorkerId) -> Result<(), Error> {
        self.inner.dispatch.retire(worker).await
    }

    async fn wake_due(&self, limit: u32) -> Result<Vec<Hint>, Error> {
        self.inner.dispatch.wake_due(limit).await
    }

    async fn reap(&self, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error> {
        self.inner.dispatch.reap(silent_for, max_crashes, limit).await
    }

    async fn sweep(&self, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
        self.inner.dispatch.sweep(unclaimed_for, limit).await
    }

    async fn tend_windows(&self, windows: &Windows) -> Result<Tended, Error> {
        self.inner.dispatch.tend_windows(windows).await
    }

    async fn recent_violations(&self, within: Duration, limit: u32) -> Result<Vec<Violation>, Error> {
        self.inner.dispatch.recent_violations(within, limit).await
    }

    async fn violations(&self, limit: u32) -> Result<Vec<Violation>, Error> {
        self.inner.dispatch.violations(limit).await
    }

    async fn repair(&self, violations: &[Violation]) -> Result<u64, Error> {
        self.inner.dispatch.repair(violations).await
    }

    async fn backlog(&self) -> Result<Backlog, Error> {
        self.inner.dispatch.backlog().await
    }
}

async fn start() -> (Server, Arc<Faults>) {
    let faults = Arc::new(Faults::default());
    let shared = Arc::clone(&faults);
    let wrap = move |inner: Storage| {
        let faulty = Arc::new(Faulty { inner: inner.clone(), faults: shared });
        Storage { store: faulty.clone(), dispatch: faulty.clone(), admin: faulty, directory: inner.directory }
    };
    let server = Setup { wrap: Box::new(wrap), ..Setup::default() }.start().await;
    (server, faults)
}

#[tokio::test]
async fn without_a_database_everything_is_refused_for_now_and_works_again_by_itself() {
    let (server, faults) = start().await;
    let workflow = server.workflow(&adding()).await;
    let execute = format!("/api/v1/workflows/{workflow}/execute");
    faults.away.store(true, Relaxed);
    let body = json!({"name": "x", "definition": adding()}).to_string();
    for (method, path, body) in [
        ("POST", execute.as_str(), "{}"),
        ("POST", "/api/v1/workflow/execute", &adding().to_string()),
        ("POST", "/api/v1/workflows", &body),
        ("GET", "/api/v1/workflows", ""),
        ("GET", "/api/v1/executions", ""),
    ] {
        let answer = send(&server.owner, method, path, &[], body.to_owned()).await;
        assert_eq!(problem(&answer), (503, "unavailable".into()), "{method} {path}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{method} {path}");
        let body = answer.json().unwrap();
        assert_eq!(body["retry_after_ms"], 1_000, "{body}");
        assert!(!body.to_string().contains("switched off"), "internals: {body}");
    }
    let ready = server.owner.get("/health/ready").await.unwrap();
    assert_eq!((ready.status.as_u16(), ready.json().unwrap()), (503, json!({"status": "unavailable"})));
    assert_eq!(server.owner.get("/health/live").await.unwrap().status, 200);
    assert_eq!(server.owner.get("/api/v1/node-types").await.unwrap().status, 200, "what needs no database goes on");

    faults.away.store(false, Relaxed);
    assert_eq!(send(&server.owner, "POST", &execute, &[], "{}").await.status, 202);
    let list = server.owner.get("/api/v1/executions").await.unwrap().json().unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "only what was answered with 202 exists");
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_looked_up() {
    let (server, faults) = start().await;
    let execute = format!("/api/v1/workflows/{}/execute", server.workflow(&adding()).await);
    faults.lost_after.store(true, Relaxed);
    let answer = server.owner.post(&execute, &json!({"input": 1})).await.unwrap();
    assert_eq!(answer.status, 202);
    let body = answer.json().unwrap();
    assert_eq!(body["version"], 1);
    let read = server.owner.get(&format!("/api/v1/executions/{}", body["execution_id"].as_str().unwrap())).await.unwrap();
    assert_eq!(read.json().unwrap()["input"], 1);

    faults.lost_after.store(false, Relaxed);
    faults.lost_before.store(true, Relaxed);
    let answer = server.owner.post(&execute, &json!({"input": 2})).await.unwrap();
    assert_eq!(problem(&answer), (503, "outcome_unknown".into()));
    let execution = answer.json().unwrap()["execution_id"].as_str().unwrap().to_owned();
    assert_eq!(server.owner.get(&format!("/api/v1/executions/{execution}")).await.unwrap().status, 404);
    faults.lost_before.store(false, Relaxed);
    let list = server.owner.get("/api/v1/executions").await.unwrap().json().unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_panic_is_an_answer_and_the_server_goes_on() {
    let (server, faults) = start().await;
    faults.panics.store(true, Relaxed);
    let answer = server.owner.get("/api/v1/workflows").await.unwrap();
    assert_eq!(problem(&answer), (500, "internal".into()));
    let body = answer.json().unwrap();
    assert!(body.get("detail").is_none() && !body.to_string().contains("panic"), "internals: {body}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    faults.panics.store(false, Relaxed);
    assert_eq!(server.owner.get("/api/v1/workflows").await.unwrap().status, 200);
}
