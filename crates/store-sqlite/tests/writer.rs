//! One writer for all: what shares its transactions, and what it refuses.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a test fails it, also outside of the test function")]

mod support {
    pub(crate) mod folder;
}

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;
use support::folder::{Folder, open};
use thaiyyal_model::{Epoch, ExecutionStatus, SystemClock};
use thaiyyal_store::{
    Error,
    conformance::{
        Fixture,
        fixture::{
            DEFINITION, Tenant,
            running::{finish, lease, named, suspend},
        },
    },
    dispatch::{Accept, Target, Violation, ViolationKind, Written},
    tenant::Workflow,
    windows::Windows,
};
use thaiyyal_store_sqlite::{Settings, SqliteStorage};

#[tokio::test]
async fn a_write_that_fails_does_no_harm_to_those_it_shares_a_transaction_with() {
    let (fixture, tenant, workflow, _folder) = set_up().await;
    let taken = fixture.accepted(&tenant, &workflow).await;
    // While this transaction has the writer, all three wait for it; so they are its next group.
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&fixture.new_workflow(&tenant, DEFINITION, false)).await.unwrap();
    let new = || fixture.execution(&tenant, Target::Published(workflow.summary.id));
    let (before, mut wrong, after) = (new(), new(), new());
    wrong.id = taken;
    let dispatch = &fixture.storage.dispatch;
    let batches = [[before], [wrong], [after]];
    let (before, wrong, after, committed) =
        tokio::join!(dispatch.accept(&batches[0]), dispatch.accept(&batches[1]), dispatch.accept(&batches[2]), tx.commit());
    committed.unwrap();
    assert!(matches!(wrong, Err(Error::Exists { .. })), "{wrong:?}");
    for accepted in [before, after] {
        let Ok([Accept::New(accepted)]) = accepted.as_ref().map(|batch| batch.outcomes.as_slice()) else { panic!("{accepted:?}") };
        assert_eq!(fixture.status(&tenant, accepted.execution).await, ExecutionStatus::Queued);
    }
}

#[tokio::test]
async fn a_transaction_that_stays_open_too_long_is_rolled_back_and_lets_others_write() {
    let folder = Folder::new();
    let settings = Settings { transaction_timeout_ms: 50, ..Settings::default() };
    let storage = SqliteStorage::open(folder.database(), &settings, Arc::new(SystemClock)).unwrap();
    storage.admin.migrate().await.unwrap();
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let new = fixture.new_workflow(&tenant, DEFINITION, true);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&new).await.unwrap();
    // This one gets its turn when the time of the first is over.
    let workflow = fixture.workflow(&tenant).await;
    let refused = tx.find_workflow(workflow.summary.id).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    tx.commit().await.unwrap_err();
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_workflow(new.id).await.unwrap(), None);
}

#[tokio::test]
async fn reading_goes_on_while_a_transaction_writes() {
    let (fixture, tenant, workflow, _folder) = set_up().await;
    let mut writing = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    writing.create_workflow(&fixture.new_workflow(&tenant, DEFINITION, false)).await.unwrap();
    let mut reading = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(reading.find_workflow(workflow.summary.id).await.unwrap(), Some(workflow));
    fixture.storage.dispatch.backlog().await.unwrap();
    writing.commit().await.unwrap();
}

#[tokio::test]
async fn the_file_itself_refuses_a_second_end() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap();
    let refused = raw(&folder).execute("UPDATE executions SET status = 'failed'", []).unwrap_err();
    assert!(refused.to_string().contains("has ended"), "{refused}");
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn the_file_itself_refuses_references_between_tenants() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let other = fixture.tenant().await;
    fixture.accepted(&tenant, &workflow).await;
    let connection = raw(&folder);
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    let other = other.scope.tenant().uuid().into_bytes();
    for sql in [
        "UPDATE executions SET tenant_id = ?1",
        "UPDATE run_queue SET tenant_id = ?1",
        "UPDATE workflows SET tenant_id = ?1",
        "INSERT INTO journal SELECT ?1, id, 1, 1, 1, x'00' FROM executions",
        "INSERT INTO timers SELECT 0, id, ?1 FROM executions",
    ] {
        let refused = connection.execute(sql, [other]).unwrap_err();
        assert!(refused.to_string().contains("FOREIGN KEY constraint failed"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn an_execution_that_lost_its_queue_row_is_found_and_queued_again() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    raw(&folder).execute("DELETE FROM run_queue", []).unwrap();
    let dispatch = &fixture.storage.dispatch;
    let violations = dispatch.violations(10).await.unwrap();
    assert_eq!(violations, [violation(&tenant, claimed.execution, ViolationKind::Stranded)]);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 1);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 0, "mended already");
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    let tended = dispatch.tend_windows(&Windows { width: 10, turn: 10 }).await.unwrap();
    assert_eq!(named(&tended.hints), [claimed.execution]);
    let again = fixture.claim(worker, claimed.execution).await;
    assert!(again.epoch > Epoch(claimed.epoch.0 + 1), "epochs that got lost with the row are not used again");
    assert_eq!(dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap(), [Written::Fenced]);
}

#[tokio::test]
async fn an_execution_that_lost_its_timer_is_found_and_queued_again() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&claimed), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    raw(&folder).execute("DELETE FROM timers", []).unwrap();
    let violations = dispatch.violations(10).await.unwrap();
    assert_eq!(violations, [violation(&tenant, claimed.execution, ViolationKind::Stranded)]);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 1);
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    fixture.claim(worker, claimed.execution).await;
}

#[tokio::test]
async fn queue_rows_that_should_not_be_there_are_found_and_mended() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let (ended, waiting) = (fixture.accepted(&tenant, &workflow).await, fixture.accepted(&tenant, &workflow).await);
    let connection = raw(&folder);
    let set = |status: &str, execution: thaiyyal_model::ExecutionId| {
        connection.execute("UPDATE executions SET status = ?1 WHERE id = ?2", (status, execution.uuid().into_bytes())).unwrap()
    };
    set("cancelled", ended);
    set("waiting", waiting);
    let dispatch = &fixture.storage.dispatch;
    let violations = dispatch.violations(10).await.unwrap();
    let expected =
        [violation(&tenant, ended, ViolationKind::QueuedAfterEnd), violation(&tenant, waiting, ViolationKind::QueuedWhileWaiting)];
    assert_eq!(violations, expected);
    assert_eq!(dispatch.violations(1).await.unwrap().len(), 1);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 2);
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    assert_eq!(fixture.status(&tenant, ended).await, ExecutionStatus::Cancelled);
    assert_eq!(fixture.status(&tenant, waiting).await, ExecutionStatus::Queued);
}

#[tokio::test]
async fn an_end_that_was_not_told_and_a_child_that_was_not_stopped_are_found_and_mended() {
    let (fixture, tenant, workflow, folder) = set_up().await;
    let (worker, parent) = fixture.leased(&tenant, &workflow).await;
    let (_, gone) = fixture.leased(&tenant, &workflow).await;
    let (ended, orphan) = (fixture.child(&tenant, &workflow, &parent, true), fixture.child(&tenant, &workflow, &gone, true));
    fixture.accept(&[ended.clone(), orphan.clone()]).await;
    let connection = raw(&folder);
    for (status, execution) in [("failed", ended.id), ("succeeded", gone.execution)] {
        let id = execution.uuid().into_bytes();
        let error = br#"{"code":"c"}"#;
        connection.execute("UPDATE executions SET status = ?1, error = ?3 WHERE id = ?2", (status, id, error)).unwrap();
        connection.execute("DELETE FROM run_queue WHERE execution_id = ?1", (id,)).unwrap();
    }
    let dispatch = &fixture.storage.dispatch;
    let violations = dispatch.violations(10).await.unwrap();
    let expected = [violation(&tenant, ended.id, ViolationKind::Unreported), violation(&tenant, orphan.id, ViolationKind::Orphaned)];
    assert_eq!(violations, expected);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 2);
    assert_eq!(dispatch.repair(&violations).await.unwrap(), 0, "mended already");
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    dispatch.deliver(10).await.unwrap();
    let inbox = dispatch.inboxes(&[lease(&parent)]).await.unwrap().remove(0);
    assert_eq!(inbox.signals[0].payload, br#"{"status":"failed","output":null,"error":{"code":"c"}}"#);
    dispatch.stop_abandoned(10).await.unwrap();
    assert!(fixture.claim(worker, orphan.id).await.cancel_requested);
}

async fn set_up() -> (Fixture, Tenant, Workflow, Folder) {
    let folder = Folder::new();
    let storage = open(&folder.database());
    storage.admin.migrate().await.unwrap();
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    (fixture, tenant, workflow, folder)
}

fn violation(tenant: &Tenant, execution: thaiyyal_model::ExecutionId, kind: ViolationKind) -> Violation {
    Violation { tenant: tenant.scope.tenant(), execution, kind }
}

/// The file behind the store's back.
fn raw(folder: &Folder) -> Connection {
    Connection::open(folder.database()).unwrap()
}
