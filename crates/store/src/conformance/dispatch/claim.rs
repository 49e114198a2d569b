//! Claiming executions.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join;
use thaiyyal_model::{Epoch, ExecutionId, ExecutionStatus, LimitChanges, Shard, Trigger, VersionNumber, WorkerId};

use crate::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, release, segment, suspend},
    },
    directory::Tier,
    dispatch::{Release, Target},
    windows::Windows,
};

pub async fn a_claim_brings_all_a_worker_needs(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    new.trace = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
    new.deadline = Some(fixture.now());
    fixture.accept(&[new.clone()]).await;
    let claimed = fixture.claim(fixture.worker().await, new.id).await;
    assert_eq!(claimed.scope, tenant.scope);
    assert_eq!(claimed.execution, new.id);
    assert_eq!(claimed.epoch, Epoch(1));
    assert_eq!(claimed.workflow, Some(workflow.summary.id));
    assert_eq!(claimed.version, Some(VersionNumber(1)));
    assert_eq!(claimed.definition, workflow.summary.hash);
    assert_eq!(claimed.trigger, Trigger::Api);
    assert_eq!(claimed.priority, new.priority);
    assert_eq!(claimed.input, new.input);
    assert_eq!(claimed.created_at, new.created_at);
    assert_eq!(claimed.deadline, new.deadline);
    assert_eq!(claimed.trace, new.trace);
    assert_eq!(claimed.crashes, 0);
    assert!(!claimed.cancel_requested);
    assert!(claimed.journal.is_empty());
    let found = fixture.find(&tenant, new.id).await.summary;
    assert_eq!((found.status, found.started_at), (ExecutionStatus::Running, Some(claimed.started_at)));
}

pub async fn a_claim_tells_the_limits_of_the_tenant(fixture: Fixture) {
    let (with, without) = (fixture.tenant().await, fixture.tenant().await);
    let limits = LimitChanges::from_json(r#"{"max_calls":3}"#).unwrap();
    let directory = &fixture.storage.directory;
    directory.set_tier(&Tier { name: "small".to_owned(), limits: limits.clone() }).await.unwrap();
    directory.assign_tier(with.scope.tenant(), Some("small")).await.unwrap();
    for (tenant, limits) in [(with, Some(limits)), (without, None)] {
        let workflow = fixture.workflow(&tenant).await;
        let (hinted, overdue) = (fixture.accepted(&tenant, &workflow).await, fixture.accepted(&tenant, &workflow).await);
        let worker = fixture.worker().await;
        assert_eq!(fixture.claim(worker, hinted).await.limits, limits);
        let claimed = fixture.storage.dispatch.claim_overdue(worker, Duration::ZERO, 10).await.unwrap();
        assert_eq!(claimed.iter().map(|claimed| (claimed.execution, &claimed.limits)).collect::<Vec<_>>(), [(overdue, &limits)]);
    }
}

pub async fn a_claim_leaves_out_what_is_leased_waiting_ended_or_unknown(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, leased) = fixture.leased(&tenant, &workflow).await;
    let (_, waiting) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.suspend(&[suspend(lease(&waiting), None)]).await.unwrap();
    let (_, ended) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.finish(&[finish(lease(&ended), fixture.now())]).await.unwrap();
    let ready = fixture.accepted(&tenant, &workflow).await;
    let wanted = [leased.execution, waiting.execution, ended.execution, ExecutionId::mint(&fixture.clock), ready];
    let claimed = fixture.claims(worker, &wanted).await;
    assert_eq!(claimed.iter().map(|claimed| claimed.execution).collect::<Vec<_>>(), [ready]);
}

pub async fn duplicate_and_late_hints_claim_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let (one, other) = (fixture.worker().await, fixture.worker().await);
    assert_eq!(fixture.claims(one, &[execution, execution, execution]).await.len(), 1);
    assert!(fixture.claims(one, &[execution]).await.is_empty());
    assert!(fixture.claims(other, &[execution]).await.is_empty());
}

pub async fn claims_come_in_the_order_asked_for(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut wanted = Vec::new();
    for _ in 0..5 {
        wanted.push(fixture.accepted(&tenant, &workflow).await);
    }
    wanted.swap(0, 3);
    wanted.swap(1, 4);
    let claimed = fixture.claims(fixture.worker().await, &wanted).await;
    assert_eq!(claimed.iter().map(|claimed| claimed.execution).collect::<Vec<_>>(), wanted);
}

pub async fn an_unknown_or_retired_worker_claims_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    assert!(fixture.claims(WorkerId::mint(&fixture.clock), &[execution]).await.is_empty());
    let worker = fixture.worker().await;
    fixture.storage.dispatch.retire(worker).await.unwrap();
    assert!(fixture.claims(worker, &[execution]).await.is_empty());
    fixture.claim(fixture.worker().await, execution).await;
}

pub async fn a_later_claim_brings_the_journal_in_order_and_the_first_start(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, first) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.append(&[append(lease(&first), 1)]).await.unwrap();
    dispatch.append(&[append(lease(&first), 2)]).await.unwrap();
    dispatch.release(&[Release { segment: Some(segment(3, 8)), ..release(lease(&first)) }]).await.unwrap();
    let second = fixture.claim(fixture.worker().await, first.execution).await;
    assert_eq!(second.epoch, Epoch(2));
    assert_eq!(second.started_at, first.started_at);
    assert_eq!(second.journal, [segment(1, 1), segment(2, 1), segment(3, 8)]);
    dispatch.append(&[append(lease(&second), 11)]).await.unwrap();
    dispatch.suspend(&[suspend(lease(&second), Some(first.created_at))]).await.unwrap();
    dispatch.wake_due(10).await.unwrap();
    let third = fixture.claim(fixture.worker().await, first.execution).await;
    assert_eq!((third.epoch, third.started_at), (Epoch(3), first.started_at));
    assert_eq!(third.journal, [segment(1, 1), segment(2, 1), segment(3, 8), segment(11, 1)]);
}

pub async fn a_worker_without_hints_claims_what_was_hinted_long_ago(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let (_, leased) = fixture.leased(&tenant, &workflow).await;
    let mut ready = Vec::new();
    for _ in 0..5 {
        ready.push(fixture.accepted(&tenant, &workflow).await);
    }
    // The window closes, so what comes now was never hinted.
    dispatch.tend_windows(&Windows { width: 4, turn: 10 }).await.unwrap();
    let unhinted = fixture.accepted(&tenant, &workflow).await;
    let worker = fixture.worker().await;
    assert!(dispatch.claim_overdue(worker, Duration::from_hours(1), 10).await.unwrap().is_empty());
    assert!(dispatch.claim_overdue(WorkerId::mint(&fixture.clock), Duration::ZERO, 10).await.unwrap().is_empty());
    let mut claimed = Vec::new();
    // A batch may be smaller than asked for, but only when nothing is left is it empty.
    loop {
        let batch = dispatch.claim_overdue(worker, Duration::ZERO, 3).await.unwrap();
        assert!(batch.len() <= 3);
        if batch.is_empty() {
            break;
        }
        claimed.extend(batch);
    }
    claimed.sort_by_key(|claimed| claimed.execution);
    assert_eq!(claimed.iter().map(|claimed| claimed.execution).collect::<Vec<_>>(), ready);
    assert!(claimed.iter().all(|claimed| claimed.epoch == Epoch(1) && claimed.scope == tenant.scope && claimed.input == b"{\"a\":1}"));
    assert_eq!(dispatch.leases(worker).await.unwrap().len(), 5);
    assert_eq!(fixture.status(&tenant, unhinted).await, ExecutionStatus::Queued);
    assert_ne!(leased.execution, unhinted);
    // What was claimed before comes with its journal.
    dispatch.append(&[append(lease(&claimed[0]), 1)]).await.unwrap();
    dispatch.release(&[release(lease(&claimed[0]))]).await.unwrap();
    let again = dispatch.claim_overdue(worker, Duration::ZERO, 3).await.unwrap();
    assert_eq!((again[0].execution, again[0].journal.len()), (ready[0], 1));
}

pub async fn what_is_claimed_without_hints_comes_from_each_shard_in_turn(fixture: Fixture) {
    let crowd = fixture.tenant().await;
    let workflow = fixture.workflow(&crowd).await;
    let batch: Vec<_> = (0..100).map(|_| fixture.execution(&crowd, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let shards: HashSet<_> = batch.iter().map(|new| Shard::of(crowd.scope.tenant(), new.id)).collect();
    // Another tenant's execution in a shard without a crowd.
    let alone = loop {
        let tenant = fixture.tenant().await;
        let workflow = fixture.workflow(&tenant).await;
        let new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
        if !shards.contains(&Shard::of(tenant.scope.tenant(), new.id)) {
            fixture.accept(std::slice::from_ref(&new)).await;
            break new.id;
        }
    };
    let claimed = fixture.storage.dispatch.claim_overdue(fixture.worker().await, Duration::ZERO, 8).await.unwrap();
    assert!(claimed.iter().any(|claimed| claimed.execution == alone), "it waits behind the crowd");
}

pub async fn workers_without_hints_that_claim_at_once_share_the_work_out(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..60).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let (one, other) = (fixture.worker().await, fixture.worker().await);
    let dispatch = &fixture.storage.dispatch;
    let mut claimed = Vec::new();
    loop {
        let (mine, theirs) = join(dispatch.claim_overdue(one, Duration::ZERO, 8), dispatch.claim_overdue(other, Duration::ZERO, 8)).await;
        let (mine, theirs) = (mine.unwrap(), theirs.unwrap());
        if mine.is_empty() && theirs.is_empty() {
            break;
        }
        claimed.extend(mine.iter().chain(&theirs).map(|claimed| claimed.execution));
    }
    claimed.sort_unstable();
    assert_eq!(claimed, batch.iter().map(|new| new.id).collect::<Vec<_>>());
}

pub async fn workers_that_claim_the_same_hints_at_once_share_them_out(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..64).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let mut wanted: Vec<_> = batch.iter().map(|new| new.id).collect();
    let (one, other, third) = (fixture.worker().await, fixture.worker().await, fixture.worker().await);
    let straight = wanted.clone();
    wanted.reverse();
    let shares =
        futures_util::future::join_all([fixture.claims(one, &straight), fixture.claims(other, &wanted), fixture.claims(third, &straight)])
            .await;
    let all = shares.concat();
    let mut claimed: Vec<_> = all.iter().map(|claimed| claimed.execution).collect();
    claimed.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(claimed, wanted);
    assert!(all.iter().all(|claimed| claimed.epoch == Epoch(1)));
}
