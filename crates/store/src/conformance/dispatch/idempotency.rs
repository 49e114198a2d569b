//! Requests that are repeated.

use std::time::Duration;

use thaiyyal_model::{IdempotencyKey, RequestHash, WorkflowId};

use crate::{
    conformance::{
        Fixture,
        fixture::{Tenant, running::named},
    },
    dispatch::{Accept, Accepted, Idempotency, NewExecution, Target},
};

const ROUTE: &str = "POST /api/v1/workflows/{id}/execute";

fn keyed(fixture: &Fixture, tenant: &Tenant, workflow: WorkflowId, key: &str, body: &[u8]) -> NewExecution {
    let mut new = fixture.execution(tenant, Target::Published(workflow));
    new.idempotency =
        Some(Idempotency { key: IdempotencyKey::parse(key).unwrap(), route: ROUTE, request: RequestHash::of("POST", ROUTE, body) });
    new
}

fn accepted(new: &NewExecution, workflow: WorkflowId) -> Accepted {
    Accepted { execution: new.id, workflow: Some(workflow), version: Some(thaiyyal_model::VersionNumber(1)) }
}

pub async fn a_repeated_request_gets_the_same_execution(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let first = keyed(&fixture, &tenant, workflow, "k", b"x");
    assert_eq!(fixture.accept(std::slice::from_ref(&first)).await, [Accept::New(accepted(&first, workflow))]);
    let again = fixture.storage.dispatch.accept(&[keyed(&fixture, &tenant, workflow, "k", b"x")]).await.unwrap();
    assert_eq!(again.outcomes, [Accept::Replayed(accepted(&first, workflow))]);
    assert!(again.hints.is_empty());
}

pub async fn a_key_used_for_another_request_is_a_mismatch(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    fixture.accept(&[keyed(&fixture, &tenant, workflow, "k", b"x")]).await;
    assert_eq!(fixture.accept(&[keyed(&fixture, &tenant, workflow, "k", b"y")]).await, [Accept::Mismatch]);
}

pub async fn equal_keys_in_one_batch_get_one_execution(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let batch = [
        keyed(&fixture, &tenant, workflow, "k", b"x"),
        keyed(&fixture, &tenant, workflow, "other", b"x"),
        keyed(&fixture, &tenant, workflow, "k", b"x"),
        keyed(&fixture, &tenant, workflow, "k", b"y"),
    ];
    let answer = fixture.storage.dispatch.accept(&batch).await.unwrap();
    assert_eq!(
        answer.outcomes,
        [
            Accept::New(accepted(&batch[0], workflow)),
            Accept::New(accepted(&batch[1], workflow)),
            Accept::Replayed(accepted(&batch[0], workflow)),
            Accept::Mismatch,
        ]
    );
    let mut expected = vec![batch[0].id, batch[1].id];
    expected.sort_unstable();
    assert_eq!(named(&answer.hints), expected);
}

pub async fn new_and_repeated_requests_mix_in_one_batch(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let first = keyed(&fixture, &tenant, workflow, "k", b"x");
    fixture.accept(std::slice::from_ref(&first)).await;
    let batch = [
        fixture.execution(&tenant, Target::Published(workflow)),
        keyed(&fixture, &tenant, workflow, "k", b"x"),
        keyed(&fixture, &tenant, workflow, "new", b"x"),
        keyed(&fixture, &tenant, workflow, "k", b"y"),
    ];
    assert_eq!(
        fixture.accept(&batch).await,
        [
            Accept::New(accepted(&batch[0], workflow)),
            Accept::Replayed(accepted(&first, workflow)),
            Accept::New(accepted(&batch[2], workflow)),
            Accept::Mismatch,
        ]
    );
}

pub async fn a_refused_request_does_not_use_its_key_up(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let unknown = WorkflowId::mint(&fixture.clock);
    let batch = [keyed(&fixture, &tenant, unknown, "k", b"x"), keyed(&fixture, &tenant, workflow, "k", b"y")];
    assert_eq!(fixture.accept(&batch).await, [Accept::UnknownWorkflow, Accept::New(accepted(&batch[1], workflow))]);
    assert_eq!(fixture.accept(&[keyed(&fixture, &tenant, unknown, "other", b"x")]).await, [Accept::UnknownWorkflow]);
    let now = keyed(&fixture, &tenant, workflow, "other", b"x");
    assert_eq!(fixture.accept(std::slice::from_ref(&now)).await, [Accept::New(accepted(&now, workflow))]);
}

pub async fn a_repeat_is_answered_even_when_the_workflow_is_gone(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let first = keyed(&fixture, &tenant, workflow, "k", b"x");
    fixture.accept(std::slice::from_ref(&first)).await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.delete_workflow(workflow, None, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.accept(&[keyed(&fixture, &tenant, workflow, "k", b"x")]).await, [Accept::Replayed(accepted(&first, workflow))]);
}

pub async fn a_key_is_free_again_after_a_day(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let first = keyed(&fixture, &tenant, workflow, "k", b"x");
    fixture.accept(std::slice::from_ref(&first)).await;
    let mut later = keyed(&fixture, &tenant, workflow, "k", b"y");
    later.created_at = first.created_at + Duration::from_hours(25);
    assert_eq!(fixture.accept(&[later.clone()]).await, [Accept::New(accepted(&later, workflow))]);
    let mut repeat = keyed(&fixture, &tenant, workflow, "k", b"y");
    repeat.created_at = later.created_at + Duration::from_hours(1);
    assert_eq!(fixture.accept(&[repeat]).await, [Accept::Replayed(accepted(&later, workflow))]);
}

pub async fn keys_of_different_tenants_and_routes_are_different_keys(fixture: Fixture) {
    let (one, other) = (fixture.tenant().await, fixture.tenant().await);
    let (mine, theirs) = (fixture.workflow(&one).await.summary.id, fixture.workflow(&other).await.summary.id);
    let mut batch =
        [keyed(&fixture, &one, mine, "k", b"x"), keyed(&fixture, &other, theirs, "k", b"y"), keyed(&fixture, &one, mine, "k", b"z")];
    batch[2].idempotency.as_mut().unwrap().route = "POST /api/v1/workflow/execute";
    assert_eq!(
        fixture.accept(&batch).await,
        [Accept::New(accepted(&batch[0], mine)), Accept::New(accepted(&batch[1], theirs)), Accept::New(accepted(&batch[2], mine))]
    );
}
