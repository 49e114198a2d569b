//! Every method of a transaction, called for what belongs to another tenant: it behaves exactly as for an unknown id. A method without
//! its case here fails a test of this crate.

use thaiyyal_model::{ExecutionStatus, IdempotencyKey, RequestHash, Seq, VersionNumber};

use crate::{
    TenantTx,
    approvals::Recorded,
    conformance::{
        Fixture,
        fixture::{
            DEFINITION, Tenant,
            running::{append, lease},
        },
    },
    dispatch::{Idempotency, Written},
    signals::Posted,
    tenant::{Answer, Cancel, Changed, ExecutionPage, KeyTaken, NewApiKey, NewWorkflow, Page, Workflow, WorkflowPage},
};

pub async fn create_workflow_as_another_tenant_neither_meets_nor_touches_the_first(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let new = NewWorkflow {
        id: workflow.summary.id,
        name: "The stranger's".to_owned(),
        ..fixture.new_workflow(&stranger, b"{\"nodes\":[]}", true)
    };
    assert_eq!(fixture.create(&stranger, &new).await.summary.name, "The stranger's");
    assert_eq!(begin(&fixture, &owner).await.find_workflow(workflow.summary.id).await.unwrap(), Some(workflow));
}

pub async fn create_workflow_as_another_tenant_cannot_name_a_foreign_author(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    let new = NewWorkflow { by: owner.owner, ..fixture.new_workflow(&stranger, DEFINITION, false) };
    begin(&fixture, &stranger).await.create_workflow(&new).await.unwrap_err();
}

pub async fn find_workflow_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    assert_eq!(begin(&fixture, &stranger).await.find_workflow(workflow.summary.id).await.unwrap(), None);
}

pub async fn find_workflows_named_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    assert_eq!(begin(&fixture, &stranger).await.find_workflows_named(&workflow.summary.name).await.unwrap(), []);
}

pub async fn list_workflows_as_another_tenant_shows_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    for page in [
        WorkflowPage { limit: 10, ..WorkflowPage::default() },
        WorkflowPage { limit: 10, search: Some(workflow.summary.name), ..WorkflowPage::default() },
    ] {
        let found = begin(&fixture, &stranger).await.list_workflows(&page).await.unwrap();
        assert_eq!(found, Page { items: vec![], next: None });
    }
}

pub async fn update_workflow_as_another_tenant_changes_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let mut tx = begin(&fixture, &stranger).await;
    for expected in [None, Some(1), Some(9)] {
        let mut change = fixture.change(&stranger, workflow.summary.id, b"{}");
        change.expected = expected;
        change.publish = true;
        assert_eq!(tx.update_workflow(&change).await.unwrap(), Changed::Missing);
    }
    tx.commit().await.unwrap();
    assert_eq!(begin(&fixture, &owner).await.find_workflow(workflow.summary.id).await.unwrap(), Some(workflow));
}

pub async fn delete_workflow_as_another_tenant_deletes_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let mut tx = begin(&fixture, &stranger).await;
    for expected in [None, Some(1), Some(9)] {
        assert_eq!(tx.delete_workflow(workflow.summary.id, expected, fixture.now()).await.unwrap(), Changed::Missing);
    }
    tx.commit().await.unwrap();
    assert_eq!(begin(&fixture, &owner).await.find_workflow(workflow.summary.id).await.unwrap(), Some(workflow));
}

pub async fn list_versions_as_another_tenant_shows_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    let found = begin(&fixture, &stranger).await.list_versions(workflow.summary.id, 10, None).await.unwrap();
    assert_eq!(found, Page { items: vec![], next: None });
}

pub async fn find_version_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    assert_eq!(begin(&fixture, &stranger).await.find_version(workflow.summary.id, VersionNumber(1)).await.unwrap(), None);
}

pub async fn find_definition_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (_, workflow, stranger) = set_up(&fixture).await;
    assert_eq!(begin(&fixture, &stranger).await.find_definition(workflow.summary.hash).await.unwrap(), None);
}

pub async fn find_execution_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let execution = fixture.accepted(&owner, &workflow).await;
    assert_eq!(begin(&fixture, &stranger).await.find_execution(execution).await.unwrap(), None);
}

pub async fn list_executions_as_another_tenant_shows_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    fixture.accepted(&owner, &workflow).await;
    fixture.leased(&owner, &workflow).await;
    let all = ExecutionPage { limit: 10, ..ExecutionPage::default() };
    let of_workflow = ExecutionPage { workflow: Some(workflow.summary.id), ..all.clone() };
    let statuses = ExecutionStatus::ALL.iter().map(|status| ExecutionPage { status: Some(*status), ..all.clone() });
    for page in statuses.chain([all.clone(), of_workflow]) {
        let found = begin(&fixture, &stranger).await.list_executions(&page).await.unwrap();
        assert_eq!(found, Page { items: vec![], next: None }, "{page:?}");
    }
}

pub async fn journal_as_another_tenant_is_empty(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    assert_eq!(fixture.storage.dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap(), [Written::Yes]);
    assert_eq!(begin(&fixture, &stranger).await.journal(claimed.execution, Seq(0)).await.unwrap(), []);
}

pub async fn recorded_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    assert_eq!(fixture.storage.dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap(), [Written::Yes]);
    assert_eq!(begin(&fixture, &stranger).await.recorded(claimed.execution, Seq(0)).await.unwrap(), None);
    assert!(begin(&fixture, &owner).await.recorded(claimed.execution, Seq(0)).await.unwrap().is_some());
}

pub async fn cancel_execution_as_another_tenant_cancels_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let queued = fixture.accepted(&owner, &workflow).await;
    let (worker, running) = fixture.leased(&owner, &workflow).await;
    for execution in [queued, running.execution] {
        assert_eq!(fixture.cancel(&stranger, execution).await, Cancel::Missing);
    }
    assert_eq!(fixture.status(&owner, queued).await, ExecutionStatus::Queued);
    assert_eq!(fixture.beat(worker, &[lease(&running)]).await.cancel, []);
}

pub async fn post_signal_as_another_tenant_finds_nobody(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let execution = fixture.accepted(&owner, &workflow).await;
    assert_eq!(fixture.try_post(&stranger, execution, "paid", 10).await, Posted::Missing);
    assert_eq!(fixture.storage.dispatch.deliver(10).await.unwrap().signals, 0);
}

pub async fn list_approvals_as_another_tenant_shows_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    fixture.ask(&claimed, "a", 1, None).await;
    assert_eq!(fixture.questions(&stranger, false).await, []);
    assert_eq!(fixture.questions(&owner, false).await.len(), 1);
}

pub async fn find_approval_as_another_tenant_finds_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    fixture.ask(&claimed, "a", 1, None).await;
    let asked = fixture.questions(&owner, true).await.remove(0);
    assert_eq!(fixture.question(&stranger, asked.id).await, None);
}

pub async fn decide_approval_as_another_tenant_decides_nothing(fixture: Fixture) {
    let (owner, workflow, stranger) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    fixture.ask(&claimed, "a", 1, None).await;
    let asked = fixture.questions(&owner, true).await.remove(0);
    assert_eq!(fixture.decide(&stranger, &asked, "yes").await, Recorded::Missing);
    assert!(fixture.question(&owner, asked.id).await.unwrap().is_open());
}

pub async fn find_tenant_as_another_tenant_finds_that(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    let (one, other) =
        (begin(&fixture, &owner).await.find_tenant().await.unwrap(), begin(&fixture, &stranger).await.find_tenant().await.unwrap());
    assert_ne!(one.unwrap().name, other.unwrap().name);
}

pub async fn find_user_as_another_tenant_finds_nobody(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    assert_eq!(begin(&fixture, &stranger).await.find_user(owner.owner).await.unwrap(), None);
    assert_eq!(begin(&fixture, &owner).await.find_user(owner.owner).await.unwrap().unwrap().id, owner.owner);
}

pub async fn create_api_key_as_another_tenant_cannot_act_for_a_foreign_user(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    let key = NewApiKey { user: owner.owner, ..fixture.key(&stranger) };
    begin(&fixture, &stranger).await.create_api_key(&key).await.unwrap_err();
    assert_eq!(fixture.storage.directory.find_api_key(key.id, fixture.now()).await.unwrap(), None);
}

pub async fn list_api_keys_as_another_tenant_shows_its_own(fixture: Fixture) {
    let (_, _, stranger) = set_up(&fixture).await;
    let found = begin(&fixture, &stranger).await.list_api_keys(10, None).await.unwrap();
    assert_eq!(found.items.iter().map(|key| key.id).collect::<Vec<_>>(), [stranger.api_key]);
}

pub async fn revoke_api_key_as_another_tenant_revokes_nothing(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    let mut tx = begin(&fixture, &stranger).await;
    assert!(!tx.revoke_api_key(owner.api_key, fixture.now()).await.unwrap());
    tx.commit().await.unwrap();
    assert!(fixture.storage.directory.find_api_key(owner.api_key, fixture.now()).await.unwrap().is_some());
}

pub async fn take_key_as_another_tenant_is_new(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    answer(&fixture, &owner, b"the owner's").await;
    assert_eq!(begin(&fixture, &stranger).await.take_key(&request(), fixture.now()).await.unwrap(), KeyTaken::New);
}

pub async fn store_answer_as_another_tenant_leaves_the_first_answer(fixture: Fixture) {
    let (owner, _, stranger) = set_up(&fixture).await;
    answer(&fixture, &owner, b"the owner's").await;
    let mut tx = begin(&fixture, &stranger).await;
    // Without having taken the key, there is nothing of the stranger's to answer either.
    tx.store_answer(&request(), &stored(b"the stranger's")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(begin(&fixture, &stranger).await.take_key(&request(), fixture.now()).await.unwrap(), KeyTaken::New);
    let first = begin(&fixture, &owner).await.take_key(&request(), fixture.now()).await.unwrap();
    assert_eq!(first, KeyTaken::Replay(stored(b"the owner's")));
}

/// A tenant with a workflow, and another tenant.
async fn set_up(fixture: &Fixture) -> (Tenant, Workflow, Tenant) {
    let owner = fixture.tenant().await;
    let workflow = fixture.workflow(&owner).await;
    (owner, workflow, fixture.tenant().await)
}

async fn begin(fixture: &Fixture, tenant: &Tenant) -> Box<dyn TenantTx> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap()
}

async fn answer(fixture: &Fixture, tenant: &Tenant, body: &[u8]) {
    let mut tx = begin(fixture, tenant).await;
    assert_eq!(tx.take_key(&request(), fixture.now()).await.unwrap(), KeyTaken::New);
    tx.store_answer(&request(), &stored(body)).await.unwrap();
    tx.commit().await.unwrap();
}

fn request() -> Idempotency {
    let key = IdempotencyKey::parse("a").unwrap();
    Idempotency { key, route: "POST /api/v1/workflows", request: RequestHash::of("POST", "/api/v1/workflows", b"{}") }
}

fn stored(body: &[u8]) -> Answer {
    Answer { status: 201, body: body.to_vec(), location: None, etag: None, request: request().request }
}
