//! Waiting without a worker, and waking.

use std::time::Duration;

use thaiyyal_model::{ExecutionStatus, Reason};

use crate::{
    conformance::{
        Fixture,
        fixture::running::{finish, lease, named, segment, suspend},
    },
    dispatch::{Suspend, Target, Written},
};

pub async fn a_waiting_execution_holds_no_lease_and_says_why(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    let wake_at = fixture.now() + Duration::from_hours(1);
    let wait = Suspend { reason: Reason::BackOff, segment: Some(segment(1, 3)), ..suspend(lease(&claimed), Some(wake_at)) };
    assert_eq!(dispatch.suspend(&[wait]).await.unwrap(), [Written::Yes]);
    let found = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((found.status, found.reason), (ExecutionStatus::Waiting, Some(Reason::BackOff)));
    assert_eq!((found.wake_at, found.started_at), (Some(wake_at), Some(claimed.started_at)));
    assert_eq!(fixture.journal(&tenant, claimed.execution).await, [segment(1, 3)]);
    assert!(dispatch.leases(worker).await.unwrap().is_empty());
    assert_eq!(fixture.beat(worker, &[lease(&claimed)]).await.lost, [claimed.execution]);
    assert!(dispatch.wake_due(10).await.unwrap().is_empty());
    assert!(dispatch.violations(10).await.unwrap().is_empty());
}

pub async fn a_due_timer_queues_its_execution_with_a_hint(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut due = Vec::new();
    for _ in 0..3 {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        dispatch.suspend(&[suspend(lease(&claimed), Some(fixture.now() - Duration::from_secs(1)))]).await.unwrap();
        due.push(claimed.execution);
    }
    dispatch.confirm(&outbox(&dispatch.unpublished(Duration::ZERO, 100).await.unwrap())).await.unwrap();
    let hints = dispatch.wake_due(100).await.unwrap();
    assert_eq!(named(&hints), due);
    assert!(hints.iter().all(|hint| hint.outbox.is_some()));
    assert_eq!(named(&dispatch.unpublished(Duration::ZERO, 100).await.unwrap()), due);
    assert!(dispatch.wake_due(100).await.unwrap().is_empty());
    for execution in due {
        let found = fixture.find(&tenant, execution).await.summary;
        assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Queued, None, None));
        fixture.claim(fixture.worker().await, execution).await;
    }
}

fn outbox(hints: &[thaiyyal_model::Hint]) -> Vec<thaiyyal_model::OutboxId> {
    hints.iter().filter_map(|hint| hint.outbox).collect()
}

pub async fn waking_takes_the_earliest_first_and_no_more_than_asked(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut due = Vec::new();
    for hours in [3, 1, 2] {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        dispatch.suspend(&[suspend(lease(&claimed), Some(fixture.now() - Duration::from_hours(hours)))]).await.unwrap();
        due.push(claimed.execution);
    }
    assert_eq!(named(&dispatch.wake_due(1).await.unwrap()), [due[0]]);
    assert_eq!(named(&dispatch.wake_due(1).await.unwrap()), [due[2]]);
    assert_eq!(named(&dispatch.wake_due(1).await.unwrap()), [due[1]]);
}

pub async fn a_wait_for_a_signal_has_no_timer(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&claimed), None)]).await.unwrap();
    assert!(dispatch.wake_due(10).await.unwrap().is_empty());
    assert_eq!(dispatch.backlog().await.unwrap().timers, 0);
    assert_eq!(fixture.find(&tenant, claimed.execution).await.summary.reason, Some(Reason::Signal));
    assert!(dispatch.violations(10).await.unwrap().is_empty());
}

pub async fn a_timer_of_a_cancelled_execution_wakes_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&claimed), Some(fixture.now() - Duration::from_secs(1)))]).await.unwrap();
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.cancel_execution(claimed.execution, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(dispatch.wake_due(10).await.unwrap().is_empty());
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Cancelled);
    assert_eq!(dispatch.backlog().await.unwrap().timers, 0);
}

pub async fn schedulers_that_wake_at_once_wake_each_execution_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let batch: Vec<_> = (0..50).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let worker = fixture.worker().await;
    let ids: Vec<_> = batch.iter().map(|new| new.id).collect();
    let claimed = fixture.claims(worker, &ids).await;
    let waits: Vec<_> = claimed.iter().map(|claimed| suspend(lease(claimed), Some(fixture.now() - Duration::from_secs(1)))).collect();
    dispatch.suspend(&waits).await.unwrap();
    let (one, other) = futures_util::future::join(dispatch.wake_due(100), dispatch.wake_due(100)).await;
    let mut woken = named(&one.unwrap());
    woken.extend(named(&other.unwrap()));
    woken.extend(named(&dispatch.wake_due(100).await.unwrap()));
    woken.sort_unstable();
    assert_eq!(woken, ids);
}

pub async fn an_execution_may_wait_again_and_again(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let worker = fixture.worker().await;
    let wake_at = fixture.now() - Duration::from_secs(1);
    for round in 1..4 {
        let claimed = fixture.claim(worker, execution).await;
        assert_eq!(claimed.epoch.0, round);
        // The same instant each time, so a timer left behind would be in the way of the next one.
        assert_eq!(dispatch.suspend(&[suspend(lease(&claimed), Some(wake_at))]).await.unwrap(), [Written::Yes]);
        assert_eq!(named(&dispatch.wake_due(10).await.unwrap()), [execution]);
    }
    let claimed = fixture.claim(worker, execution).await;
    assert_eq!(dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap(), [Written::Yes]);
}
