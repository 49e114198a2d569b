//! Violations, which only someone with a back door can make.

use std::time::Duration;

use thaiyyal_model::{Epoch, ExecutionStatus};
use thaiyyal_store::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, suspend},
    },
    dispatch::{Violation, ViolationKind, Written},
    windows::Windows,
};

use crate::database::fresh_store;

#[tokio::test]
async fn a_stranded_execution_is_found_and_queued_behind_all_its_epochs() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap();
    database.client().await.execute("DELETE FROM run_queue", &[]).await.unwrap();
    let found = dispatch.violations(10).await.unwrap();
    assert_eq!(found, [Violation { tenant: tenant.scope.tenant(), execution: claimed.execution, kind: ViolationKind::Stranded }]);
    assert_eq!(dispatch.repair(&found).await.unwrap(), 1);
    assert!(dispatch.violations(10).await.unwrap().is_empty());
    let tended = dispatch.tend_windows(&Windows { width: 10, turn: 10 }).await.unwrap();
    assert_eq!(tended.hints[0].executions, [claimed.execution]);
    let again = fixture.claim(worker, claimed.execution).await;
    assert!(again.epoch > Epoch(claimed.epoch.0 + 100));
    assert_eq!(again.journal.len(), 1);
    assert_eq!(dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap(), [Written::Fenced]);
}

#[tokio::test]
async fn a_waiting_execution_without_its_timer_is_found_and_queued() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&claimed), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    database.client().await.execute("DELETE FROM timers", &[]).await.unwrap();
    let found = dispatch.violations(10).await.unwrap();
    assert_eq!(found[0].kind, ViolationKind::Stranded);
    assert_eq!(dispatch.repair(&found).await.unwrap(), 1);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Queued);
}

#[tokio::test]
async fn queue_rows_of_executions_that_ended_or_wait_are_found_and_mended() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, ended) = fixture.leased(&tenant, &workflow).await;
    let (_, waiting) = fixture.leased(&tenant, &workflow).await;
    let client = database.client().await;
    for (status, claimed) in [("succeeded", &ended), ("waiting", &waiting)] {
        client.execute("UPDATE executions SET status = $1 WHERE id = $2", &[&status, &claimed.execution.uuid()]).await.unwrap();
    }
    let dispatch = &fixture.storage.dispatch;
    // A worker that ends it finds out that it has ended.
    assert_eq!(dispatch.finish(&[finish(lease(&ended), fixture.now())]).await.unwrap(), [Written::Fenced]);
    client
        .execute(
            "INSERT INTO run_queue (execution_id, tenant_id, epoch, available_at, hinted_at, shard, priority, state)
             VALUES ($1, $2, 0, now(), now(), 0, 'normal', 'ready')",
            &[&ended.execution.uuid(), &tenant.scope.tenant().uuid()],
        )
        .await
        .unwrap();
    let mut found = dispatch.violations(10).await.unwrap();
    found.sort_by_key(|violation| violation.execution);
    let kinds: Vec<_> = found.iter().map(|violation| violation.kind).collect();
    assert_eq!(kinds, [ViolationKind::QueuedAfterEnd, ViolationKind::QueuedWhileWaiting]);
    assert_eq!(dispatch.repair(&found).await.unwrap(), 2);
    assert!(dispatch.violations(10).await.unwrap().is_empty());
    assert_eq!(fixture.status(&tenant, ended.execution).await, ExecutionStatus::Succeeded);
    assert_eq!(fixture.status(&tenant, waiting.execution).await, ExecutionStatus::Running);
}

#[tokio::test]
async fn an_end_that_was_not_told_and_a_child_that_was_not_stopped_are_found_and_mended() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, parent) = fixture.leased(&tenant, &workflow).await;
    let (_, gone) = fixture.leased(&tenant, &workflow).await;
    let (ended, orphan) = (fixture.child(&tenant, &workflow, &parent, true), fixture.child(&tenant, &workflow, &gone, true));
    fixture.accept(&[ended.clone(), orphan.clone()]).await;
    let client = database.client().await;
    for (status, execution) in [("failed", ended.id), ("succeeded", gone.execution)] {
        client
            .execute("UPDATE executions SET status = $1, error = '{\"code\":\"c\"}' WHERE id = $2", &[&status, &execution.uuid()])
            .await
            .unwrap();
        client.execute("DELETE FROM run_queue WHERE execution_id = $1", &[&execution.uuid()]).await.unwrap();
    }
    let dispatch = &fixture.storage.dispatch;
    let mut found = dispatch.violations(10).await.unwrap();
    found.sort_by_key(|violation| violation.execution);
    let kinds: Vec<_> = found.iter().map(|violation| (violation.execution, violation.kind)).collect();
    assert_eq!(kinds, [(ended.id, ViolationKind::Unreported), (orphan.id, ViolationKind::Orphaned)]);
    assert_eq!(dispatch.repair(&found).await.unwrap(), 2);
    assert_eq!(dispatch.repair(&found).await.unwrap(), 0, "mended already");
    assert!(dispatch.violations(10).await.unwrap().is_empty());
    dispatch.deliver(10).await.unwrap();
    let inbox = dispatch.inboxes(&[lease(&parent)]).await.unwrap().remove(0);
    assert_eq!(inbox.signals[0].payload, br#"{"status":"failed","output":null,"error":{"code":"c"}}"#);
    dispatch.stop_abandoned(10).await.unwrap();
    assert!(fixture.claim(worker, orphan.id).await.cancel_requested);
}
