//! Cancelling, and its races with everything else.

use std::time::Duration;

use thaiyyal_model::{ExecutionId, ExecutionStatus};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{append, finish, lease, release, segment, suspend},
        },
    },
    dispatch::{Finish, Suspend, Written},
    tenant::Cancel,
};

async fn cancel(fixture: &Fixture, tenant: &Tenant, execution: ExecutionId) -> Cancel {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let answer = tx.cancel_execution(execution, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    answer
}

pub async fn a_queued_execution_is_cancelled_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    assert_eq!(cancel(&fixture, &tenant, execution).await, Cancel::Cancelled);
    let found = fixture.find(&tenant, execution).await.summary;
    assert_eq!(found.status, ExecutionStatus::Cancelled);
    assert!(found.finished_at.is_some());
    assert!(fixture.claims(fixture.worker().await, &[execution]).await.is_empty());
    assert_eq!(cancel(&fixture, &tenant, execution).await, Cancel::AlreadyEnded(ExecutionStatus::Cancelled));
}

pub async fn a_waiting_execution_is_cancelled_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    for wake_at in [None, Some(fixture.now() + Duration::from_hours(1))] {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        fixture.storage.dispatch.suspend(&[suspend(lease(&claimed), wake_at)]).await.unwrap();
        assert_eq!(cancel(&fixture, &tenant, claimed.execution).await, Cancel::Cancelled);
        let found = fixture.find(&tenant, claimed.execution).await.summary;
        assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Cancelled, None, None));
    }
    assert!(fixture.storage.dispatch.violations(10).await.unwrap().is_empty());
}

pub async fn a_running_execution_is_ended_by_its_worker(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let lease = lease(&claimed);
    assert!(fixture.beat(worker, &[lease]).await.cancel.is_empty());
    assert_eq!(cancel(&fixture, &tenant, claimed.execution).await, Cancel::Requested);
    assert_eq!(cancel(&fixture, &tenant, claimed.execution).await, Cancel::Requested);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Running);
    assert_eq!(fixture.beat(worker, &[lease]).await.cancel, [claimed.execution]);
    let dispatch = &fixture.storage.dispatch;
    assert_eq!(dispatch.append(&[append(lease, 1)]).await.unwrap(), [Written::Yes]);
    let end = Finish { status: ExecutionStatus::Cancelled, output: None, ..finish(lease, fixture.now()) };
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Cancelled);
}

pub async fn a_cancel_wins_over_a_wait(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let (_, other) = fixture.leased(&tenant, &workflow).await;
    assert_eq!(cancel(&fixture, &tenant, claimed.execution).await, Cancel::Requested);
    let dispatch = &fixture.storage.dispatch;
    let wait = Suspend { segment: Some(segment(1, 2)), ..suspend(lease(&claimed), Some(fixture.now())) };
    let answers = dispatch.suspend(&[wait, suspend(lease(&other), None)]).await.unwrap();
    assert_eq!(answers, [Written::CancelRequested, Written::Yes]);
    assert_eq!(fixture.journal(&tenant, claimed.execution).await, [segment(1, 2)]);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Running);
    assert_eq!(dispatch.leases(worker).await.unwrap(), [lease(&claimed)]);
    let end = Finish { status: ExecutionStatus::Cancelled, output: None, ..finish(lease(&claimed), fixture.now()) };
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
}

pub async fn a_requested_cancel_is_told_to_the_next_claim(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    cancel(&fixture, &tenant, claimed.execution).await;
    fixture.storage.dispatch.release(&[release(lease(&claimed))]).await.unwrap();
    assert!(fixture.claim(fixture.worker().await, claimed.execution).await.cancel_requested);
}

pub async fn a_cancel_that_is_rolled_back_changes_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.cancel_execution(execution, fixture.now()).await.unwrap(), Cancel::Cancelled);
    drop(tx);
    assert_eq!(fixture.status(&tenant, execution).await, ExecutionStatus::Queued);
    fixture.claim(fixture.worker().await, execution).await;
}

/// Whatever comes first, each execution ends in exactly one way, and nothing of it is left in the queue.
pub async fn cancels_that_race_with_claims_waits_and_ends_leave_one_outcome(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let worker = fixture.worker().await;
    for round in 0..60 {
        let execution = fixture.accepted(&tenant, &workflow).await;
        let work = async {
            let Some(claimed) = fixture.claims(worker, &[execution]).await.pop() else { return };
            if round % 2 == 0 {
                dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap();
            } else if dispatch.suspend(&[suspend(lease(&claimed), None)]).await.unwrap() == [Written::CancelRequested] {
                let end = Finish { status: ExecutionStatus::Cancelled, output: None, ..finish(lease(&claimed), fixture.now()) };
                assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
            }
        };
        let ((), answer) = futures_util::future::join(work, cancel(&fixture, &tenant, execution)).await;
        let status = fixture.status(&tenant, execution).await;
        match answer {
            Cancel::Cancelled => assert_eq!(status, ExecutionStatus::Cancelled),
            Cancel::AlreadyEnded(ended) => assert_eq!(status, ended),
            Cancel::Requested => assert!(status.is_terminal(), "{status}"),
            Cancel::Missing => panic!("the execution is recorded"),
        }
    }
    assert!(dispatch.violations(10).await.unwrap().is_empty());
    assert_eq!(dispatch.backlog().await.unwrap().leased, 0);
}
