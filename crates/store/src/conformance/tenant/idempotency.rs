//! Requests that were made before.

use std::time::Duration;

use futures_util::future::join;
use thaiyyal_model::{IdempotencyKey, RequestHash, Timestamp};

use crate::{
    conformance::{Fixture, fixture::Tenant},
    dispatch::Idempotency,
    tenant::{Answer, KeyTaken},
};

const DAY: Duration = Duration::from_hours(24);

pub async fn a_repeated_request_gets_the_first_answer(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let answer = Answer {
        location: Some("/api/v1/workflows/7".to_owned()),
        etag: Some("\"1\"".to_owned()),
        body: b"{\"text\":\"\0\"}".to_vec(),
        ..answer(&request("a"))
    };
    assert_eq!(answered(&fixture, &tenant, &request("a"), &answer, fixture.now()).await, KeyTaken::New);
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::Replay(answer));
}

pub async fn an_answer_may_have_neither_location_nor_etag(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let answer = Answer { status: 204, body: Vec::new(), ..answer(&request("a")) };
    answered(&fixture, &tenant, &request("a"), &answer, fixture.now()).await;
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::Replay(answer));
}

pub async fn another_request_with_the_same_key_is_a_mismatch(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    answered(&fixture, &tenant, &request("a"), &answer(&request("a")), fixture.now()).await;
    let other = Idempotency { request: RequestHash::of("POST", "/", b"other"), ..request("a") };
    assert_eq!(taken(&fixture, &tenant, &other, fixture.now()).await, KeyTaken::Mismatch);
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::Replay(answer(&request("a"))));
}

pub async fn a_key_belongs_to_its_route(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    answered(&fixture, &tenant, &request("a"), &answer(&request("a")), fixture.now()).await;
    let elsewhere = Idempotency { route: "POST /elsewhere", ..request("a") };
    assert_eq!(taken(&fixture, &tenant, &elsewhere, fixture.now()).await, KeyTaken::New);
}

pub async fn keys_differ_in_letter_case(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    answered(&fixture, &tenant, &request("a"), &answer(&request("a")), fixture.now()).await;
    assert_eq!(taken(&fixture, &tenant, &request("A"), fixture.now()).await, KeyTaken::New);
}

pub async fn a_key_is_free_again_after_a_day(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let now = fixture.now();
    let first = answer(&request("a"));
    answered(&fixture, &tenant, &request("a"), &first, now).await;
    let almost = now + DAY - Duration::from_micros(1);
    assert_eq!(taken(&fixture, &tenant, &request("a"), almost).await, KeyTaken::Replay(first));
    let other = Idempotency { request: RequestHash::of("POST", "/", b"other"), ..request("a") };
    assert_eq!(answered(&fixture, &tenant, &other, &answer(&other), now + DAY).await, KeyTaken::New);
    assert_eq!(taken(&fixture, &tenant, &other, now + DAY).await, KeyTaken::Replay(answer(&other)));
}

pub async fn a_key_taken_in_a_transaction_that_is_rolled_back_is_free(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.take_key(&request("a"), fixture.now()).await.unwrap(), KeyTaken::New);
    tx.store_answer(&request("a"), &answer(&request("a"))).await.unwrap();
    drop(tx);
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::New);
}

pub async fn a_key_without_an_answer_is_free(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::New);
    assert_eq!(taken(&fixture, &tenant, &request("a"), fixture.now()).await, KeyTaken::New);
}

pub async fn a_request_waits_for_the_same_one_that_is_under_way(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut first = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(first.take_key(&request("a"), fixture.now()).await.unwrap(), KeyTaken::New);
    // The second one asks before the first one has its answer.
    let request = request("a");
    let second = taken(&fixture, &tenant, &request, fixture.now());
    let first = async {
        first.store_answer(&request, &answer(&request)).await.unwrap();
        first.commit().await.unwrap();
    };
    assert_eq!(join(second, first).await.0, KeyTaken::Replay(answer(&request)));
}

pub async fn a_request_goes_on_when_the_same_one_is_rolled_back(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut first = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(first.take_key(&request("a"), fixture.now()).await.unwrap(), KeyTaken::New);
    let request = request("a");
    let second = taken(&fixture, &tenant, &request, fixture.now());
    assert_eq!(join(second, async { drop(first) }).await.0, KeyTaken::New);
}

fn request(key: &str) -> Idempotency {
    let key = IdempotencyKey::parse(key).unwrap();
    Idempotency { key, route: "POST /api/v1/workflows", request: RequestHash::of("POST", "/api/v1/workflows", b"{}") }
}

fn answer(to: &Idempotency) -> Answer {
    Answer { status: 201, body: b"{}".to_vec(), location: None, etag: None, request: to.request }
}

async fn answered(fixture: &Fixture, tenant: &Tenant, request: &Idempotency, answer: &Answer, now: Timestamp) -> KeyTaken {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let taken = tx.take_key(request, now).await.unwrap();
    tx.store_answer(request, answer).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn taken(fixture: &Fixture, tenant: &Tenant, request: &Idempotency, now: Timestamp) -> KeyTaken {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let taken = tx.take_key(request, now).await.unwrap();
    tx.commit().await.unwrap();
    taken
}
