//! Ending executions.

use std::time::Duration;

use thaiyyal_model::ExecutionStatus;

use crate::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, older, release, segment, suspend},
    },
    dispatch::{Finish, Written},
    tenant::Cancel,
};

pub async fn a_finished_execution_keeps_its_outcome(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, good) = fixture.leased(&tenant, &workflow).await;
    let (_, bad) = fixture.leased(&tenant, &workflow).await;
    let end = fixture.now() + Duration::from_secs(3);
    let batch = [
        Finish { segment: Some(segment(1, 4)), ..finish(lease(&good), end) },
        Finish {
            status: ExecutionStatus::Failed,
            output: None,
            error: Some(b"{\"code\":\"x\",\"message\":\"\\u0000\"}".to_vec()),
            ..finish(lease(&bad), end)
        },
    ];
    assert_eq!(fixture.storage.dispatch.finish(&batch).await.unwrap(), [Written::Yes, Written::Yes]);
    let found = fixture.find(&tenant, good.execution).await;
    assert_eq!(found.output, batch[0].output);
    assert_eq!((found.summary.status, found.summary.error), (ExecutionStatus::Succeeded, None));
    assert_eq!((found.summary.started_at, found.summary.finished_at), (Some(good.started_at), Some(end)));
    assert_eq!(fixture.journal(&tenant, good.execution).await, [segment(1, 4)]);
    let found = fixture.find(&tenant, bad.execution).await;
    assert_eq!(found.output, None);
    assert_eq!((found.summary.status, found.summary.error), (ExecutionStatus::Failed, batch[1].error.clone()));
}

pub async fn each_terminal_status_can_be_reached(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    for status in ExecutionStatus::ALL.iter().copied().filter(|status| status.is_terminal()) {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        let end = Finish { status, ..finish(lease(&claimed), fixture.now()) };
        assert_eq!(fixture.storage.dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
        assert_eq!(fixture.status(&tenant, claimed.execution).await, status);
    }
}

pub async fn an_execution_ends_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    let lease = lease(&claimed);
    let fail = Finish { status: ExecutionStatus::Failed, output: None, segment: Some(segment(9, 1)), ..finish(lease, fixture.now()) };
    assert_eq!(dispatch.finish(&[finish(lease, fixture.now()), fail.clone()]).await.unwrap(), [Written::Yes, Written::Fenced]);
    assert_eq!(dispatch.finish(&[fail]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.append(&[append(lease, 1)]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.suspend(&[suspend(lease, None)]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.release(&[release(lease)]).await.unwrap(), (vec![Written::Fenced], Vec::new()));
    assert!(fixture.claims(worker, &[claimed.execution]).await.is_empty());
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Succeeded);
    assert!(fixture.journal(&tenant, claimed.execution).await.is_empty());
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let cancel = tx.cancel_execution(claimed.execution, fixture.now()).await.unwrap();
    assert_eq!(cancel, Cancel::AlreadyEnded(ExecutionStatus::Succeeded));
}

pub async fn an_older_epoch_writes_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, first) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.release(&[release(lease(&first))]).await.unwrap();
    // Nobody holds it, so not even the epoch that stands counts.
    assert_eq!(dispatch.append(&[append(lease(&first), 1)]).await.unwrap(), [Written::Fenced]);
    let second = fixture.claim(fixture.worker().await, first.execution).await;
    let zombie = older(lease(&second));
    assert_eq!(zombie, lease(&first));
    let end = Finish { segment: Some(segment(1, 1)), ..finish(zombie, fixture.now()) };
    assert_eq!(dispatch.append(&[append(zombie, 1), append(lease(&second), 1)]).await.unwrap(), [Written::Fenced, Written::Yes]);
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.suspend(&[suspend(zombie, Some(fixture.now()))]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.release(&[release(zombie)]).await.unwrap().0, [Written::Fenced]);
    assert_eq!(fixture.journal(&tenant, first.execution).await, [segment(1, 1)]);
    assert_eq!(fixture.status(&tenant, first.execution).await, ExecutionStatus::Running);
    assert_eq!(dispatch.finish(&[finish(lease(&second), fixture.now())]).await.unwrap(), [Written::Yes]);
}

pub async fn a_zombie_stays_fenced_after_a_wait_and_another_claim(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, zombie) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.reap(Duration::ZERO, 5, 10).await.unwrap();
    let second = fixture.claim(fixture.worker().await, zombie.execution).await;
    dispatch.suspend(&[suspend(lease(&second), Some(fixture.now() - Duration::from_secs(1)))]).await.unwrap();
    assert_eq!(dispatch.wake_due(10).await.unwrap().len(), 1);
    let third = fixture.claim(fixture.worker().await, zombie.execution).await;
    assert!(zombie.epoch < second.epoch && second.epoch < third.epoch);
    for stale in [lease(&zombie), lease(&second)] {
        assert_eq!(dispatch.append(&[append(stale, 1)]).await.unwrap(), [Written::Fenced]);
        assert_eq!(dispatch.finish(&[finish(stale, fixture.now())]).await.unwrap(), [Written::Fenced]);
        assert_eq!(dispatch.suspend(&[suspend(stale, None)]).await.unwrap(), [Written::Fenced]);
        assert_eq!(dispatch.release(&[release(stale)]).await.unwrap().0, [Written::Fenced]);
    }
    assert_eq!(dispatch.finish(&[finish(lease(&third), fixture.now())]).await.unwrap(), [Written::Yes]);
}

pub async fn fenced_items_do_not_hold_the_rest_of_the_batch_back(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut leases = Vec::new();
    for _ in 0..6 {
        leases.push(lease(&fixture.leased(&tenant, &workflow).await.1));
    }
    leases.swap(0, 5);
    let batch: Vec<_> = leases
        .iter()
        .enumerate()
        .map(|(place, lease)| finish(if place % 2 == 0 { *lease } else { older(*lease) }, fixture.now()))
        .collect();
    let expected: Vec<_> = (0..6).map(|place| if place % 2 == 0 { Written::Yes } else { Written::Fenced }).collect();
    assert_eq!(fixture.storage.dispatch.finish(&batch).await.unwrap(), expected);
}
