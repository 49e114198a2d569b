//! What a transaction promises: all or nothing, also when whoever holds it goes away.

use futures_util::future::join_all;
use thaiyyal_model::WorkflowId;

use crate::{
    conformance::{
        Fixture,
        abandoned::abandoned,
        fixture::{DEFINITION, Tenant},
    },
    tenant::{NewApiKey, NewWorkflow},
};

pub async fn a_dropped_transaction_leaves_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = fixture.new_workflow(&tenant, DEFINITION, true);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&new).await.unwrap();
    drop(tx);
    assert!(!is_there(&fixture, &tenant, new.id).await);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_definition(new.hash).await.unwrap(), None);
}

pub async fn a_committed_transaction_is_seen_by_all(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = fixture.new_workflow(&tenant, DEFINITION, true);
    let mut earlier = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(earlier.find_workflow(new.id).await.unwrap(), None);
    fixture.create(&tenant, &new).await;
    assert!(is_there(&fixture, &tenant, new.id).await);
    assert!(earlier.find_workflow(new.id).await.unwrap().is_some(), "also by transactions that began before");
}

pub async fn a_transaction_sees_what_it_wrote_and_nobody_else_does(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = fixture.new_workflow(&tenant, DEFINITION, true);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_workflow(new.id).await.unwrap(), None);
    let created = tx.create_workflow(&new).await.unwrap();
    assert_eq!(tx.find_workflow(new.id).await.unwrap(), Some(created));
    assert!(!is_there(&fixture, &tenant, new.id).await);
    tx.commit().await.unwrap();
    assert!(is_there(&fixture, &tenant, new.id).await);
}

pub async fn a_transaction_that_only_reads_can_be_committed(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.list_api_keys(10, None).await.unwrap();
    tx.commit().await.unwrap();
    fixture.storage.store.begin(&tenant.scope).await.unwrap().commit().await.unwrap();
}

pub async fn a_failed_statement_spoils_its_transaction(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (new, taken) = (fixture.new_workflow(&tenant, DEFINITION, true), fixture.workflow(&tenant).await.summary.id);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&new).await.unwrap();
    tx.create_workflow(&NewWorkflow { id: taken, ..fixture.new_workflow(&tenant, DEFINITION, true) }).await.unwrap_err();
    tx.commit().await.unwrap_err();
    assert!(!is_there(&fixture, &tenant, new.id).await);
}

pub async fn many_transactions_at_once_are_all_kept(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let created = join_all((0..20).map(|_| fixture.workflow(&tenant))).await;
    for workflow in created {
        assert!(is_there(&fixture, &tenant, workflow.summary.id).await);
    }
}

/// A request may be given up at any await point: a timeout, a closed connection, an aborted task.
pub async fn a_transaction_given_up_half_way_leaves_all_or_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (mut unfinished, mut finished) = (0, 0);
    for polls in 1.. {
        let (workflow, key) = (fixture.new_workflow(&tenant, DEFINITION, true), fixture.key(&tenant));
        let outcome = abandoned(polls, write_both(&fixture, &tenant, &workflow, &key)).await;
        // Someone else's transaction in between: it must neither find the connection in the middle of ours nor commit it.
        fixture.workflow(&tenant).await;
        let both = is_there(&fixture, &tenant, workflow.id).await;
        let found = fixture.storage.directory.find_api_key(key.id, fixture.now()).await.unwrap();
        assert_eq!(found.is_some(), both, "half of a transaction was kept after {polls} polls");
        match outcome {
            Some(()) => {
                assert!(both, "a transaction that was committed is not there after {polls} polls");
                finished += 1;
            }
            None => unfinished += 1,
        }
        if finished == 5 {
            break;
        }
    }
    assert!(unfinished > 0, "no transaction was given up half-way");
}

async fn write_both(fixture: &Fixture, tenant: &Tenant, workflow: &NewWorkflow, key: &NewApiKey) {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(workflow).await.unwrap();
    tx.create_api_key(key).await.unwrap();
    tx.find_workflow(workflow.id).await.unwrap();
    tx.commit().await.unwrap();
}

async fn is_there(fixture: &Fixture, tenant: &Tenant, id: WorkflowId) -> bool {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().find_workflow(id).await.unwrap().is_some()
}
