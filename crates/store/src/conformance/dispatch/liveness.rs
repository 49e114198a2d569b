//! Life signs, silent workers, and work handed back.

use std::time::Duration;

use thaiyyal_model::{Epoch, ExecutionStatus};

use crate::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, named, older, release, segment},
    },
    dispatch::{Lease, Release, Target, Written},
};

pub async fn released_work_is_ready_at_once_with_a_hint(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let (_, other) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    let batch = [Release { segment: Some(segment(1, 1)), ..release(lease(&claimed)) }, release(older(lease(&other)))];
    let (answers, hints) = dispatch.release(&batch).await.unwrap();
    assert_eq!(answers, [Written::Yes, Written::Fenced]);
    assert_eq!(named(&hints), [claimed.execution]);
    assert!(hints[0].outbox.is_some());
    assert!(dispatch.leases(worker).await.unwrap().is_empty());
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Queued);
    assert_eq!(fixture.journal(&tenant, claimed.execution).await, [segment(1, 1)]);
    let again = fixture.claim(fixture.worker().await, claimed.execution).await;
    assert_eq!((again.epoch, again.crashes), (Epoch(2), 0));
}

pub async fn a_heartbeat_tells_which_leases_are_lost(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let worker = fixture.worker().await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let execution = fixture.accepted(&tenant, &workflow).await;
        held.push(lease(&fixture.claim(worker, execution).await));
    }
    assert!(fixture.beat(worker, &held).await.lost.is_empty());
    fixture.storage.dispatch.finish(&[finish(held[1], fixture.now())]).await.unwrap();
    let stale = Lease { epoch: Epoch(0), ..held[2] };
    assert_eq!(fixture.beat(worker, &[held[0], held[1], stale]).await.lost, [held[1].execution, stale.execution]);
    // Another worker's lease is not ours, even with the right epoch.
    assert_eq!(fixture.beat(fixture.worker().await, &held[..1]).await.lost, [held[0].execution]);
}

pub async fn a_worker_can_ask_for_all_its_leases(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, one) = fixture.leased(&tenant, &workflow).await;
    let other = fixture.accepted(&tenant, &workflow).await;
    let other = fixture.claim(worker, other).await;
    fixture.leased(&tenant, &workflow).await;
    assert_eq!(fixture.storage.dispatch.leases(worker).await.unwrap(), [lease(&one), lease(&other)]);
}

pub async fn a_silent_worker_loses_its_leases(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    let waiting = fixture.accepted(&tenant, &workflow).await;
    let reaped = dispatch.reap(Duration::ZERO, 5, 10).await.unwrap();
    assert_eq!(reaped.freed, [claimed.execution]);
    assert!(reaped.failed.is_empty());
    // The first crash is tried again at once.
    assert_eq!(named(&reaped.hints), [claimed.execution]);
    assert!(reaped.hints.iter().all(|hint| hint.outbox.is_some()));
    assert_eq!(dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap(), [Written::Fenced]);
    assert_eq!(fixture.beat(worker, &[lease(&claimed)]).await.lost, [claimed.execution]);
    let again = fixture.claim(fixture.worker().await, claimed.execution).await;
    assert!(again.epoch > claimed.epoch);
    assert_eq!((again.crashes, again.started_at), (1, claimed.started_at));
    assert_eq!(fixture.claim(worker, waiting).await.crashes, 0);
}

pub async fn a_worker_that_gave_a_life_sign_keeps_its_leases(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    // Longer ago than any test runs, and than the database has been up.
    let reaped = dispatch.reap(Duration::from_hours(24 * 365), 5, 10).await.unwrap();
    assert!(reaped.freed.is_empty() && reaped.failed.is_empty() && reaped.hints.is_empty());
    assert_eq!(dispatch.leases(worker).await.unwrap(), [lease(&claimed)]);
}

pub async fn what_a_retired_worker_left_behind_is_freed_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.retire(worker).await.unwrap();
    assert_eq!(fixture.storage.dispatch.reap(Duration::from_hours(24 * 365), 5, 10).await.unwrap().freed, [claimed.execution]);
}

pub async fn an_execution_that_kills_its_workers_fails_as_worker_lost(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, first) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    assert_eq!(dispatch.reap(Duration::ZERO, 1, 10).await.unwrap().freed, [first.execution]);
    let second = fixture.claim(fixture.worker().await, first.execution).await;
    assert_eq!(second.crashes, 1);
    let reaped = dispatch.reap(Duration::ZERO, 1, 10).await.unwrap();
    assert_eq!(reaped.failed, [(tenant.scope.tenant(), first.execution)]);
    assert!(reaped.freed.is_empty() && reaped.hints.is_empty());
    let found = fixture.find(&tenant, first.execution).await.summary;
    assert_eq!((found.status, found.started_at), (ExecutionStatus::Failed, Some(first.started_at)));
    assert!(found.finished_at.is_some());
    let error: serde_json::Value = serde_json::from_slice(&found.error.unwrap()).unwrap();
    assert_eq!(error["code"], "worker_lost");
    assert_eq!(dispatch.finish(&[finish(lease(&second), fixture.now())]).await.unwrap(), [Written::Fenced]);
    assert!(dispatch.violations(10).await.unwrap().is_empty());
}

pub async fn a_second_crash_is_not_tried_again_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, first) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    for _ in 0..3 {
        // Whatever time the back-off has left, its length only grows; claims before it ends find nothing.
        dispatch.reap(Duration::ZERO, 9, 10).await.unwrap();
        fixture.claims(fixture.worker().await, &[first.execution]).await;
    }
    let reaped = dispatch.reap(Duration::ZERO, 9, 10).await.unwrap();
    assert!(reaped.hints.is_empty(), "due later, so nobody is told yet");
    assert_eq!(fixture.status(&tenant, first.execution).await, ExecutionStatus::Queued);
}

pub async fn the_reaper_takes_no_more_than_asked(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..5).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let ids: Vec<_> = batch.iter().map(|new| new.id).collect();
    fixture.claims(fixture.worker().await, &ids).await;
    let dispatch = &fixture.storage.dispatch;
    let mut freed = dispatch.reap(Duration::ZERO, 5, 3).await.unwrap().freed;
    assert_eq!(freed.len(), 3);
    freed.extend(dispatch.reap(Duration::ZERO, 5, 3).await.unwrap().freed);
    freed.sort_unstable();
    assert_eq!(freed, ids);
}

pub async fn reapers_that_run_at_once_free_each_lease_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..20).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let ids: Vec<_> = batch.iter().map(|new| new.id).collect();
    fixture.claims(fixture.worker().await, &ids).await;
    let dispatch = &fixture.storage.dispatch;
    let (one, other) = futures_util::future::join(dispatch.reap(Duration::ZERO, 5, 100), dispatch.reap(Duration::ZERO, 5, 100)).await;
    let mut freed = [one.unwrap().freed, other.unwrap().freed].concat();
    freed.extend(dispatch.reap(Duration::ZERO, 5, 100).await.unwrap().freed);
    freed.sort_unstable();
    assert_eq!(freed, ids);
}
