//! Who is calling: accounts, sessions, sign-in links, the first tenant.

use std::time::Duration;

use futures_util::future::{join, join_all};
use thaiyyal_model::{ApiKeyId, LimitChanges, SessionId, TenantId, UserId};

use crate::{
    Error,
    conformance::{Fixture, fixture::Tenant},
    directory::{ApiKey, Assigned, Bootstrap, Login, NewLink, NewSession, Session, Tier},
};

const HOUR: Duration = Duration::from_hours(1);

pub async fn a_tenant_has_the_limits_of_its_tier(fixture: Fixture) {
    let (one, other) = (fixture.tenant().await, fixture.tenant().await);
    let directory = &fixture.storage.directory;
    let tier = |name: &str, json: &str| Tier { name: name.to_owned(), limits: LimitChanges::from_json(json).unwrap() };
    let (small, large) = (tier("small", r#"{"max_nodes":5,"max_calls":null}"#), tier("large", r#"{"max_nodes":5000}"#));
    assert_eq!(directory.list_tiers().await.unwrap(), []);
    directory.set_tier(&small).await.unwrap();
    directory.set_tier(&large).await.unwrap();
    assert_eq!(directory.list_tiers().await.unwrap(), [large.clone(), small.clone()]);
    assert_eq!(tier_of(&fixture, &one).await, None);

    assert_eq!(directory.assign_tier(one.scope.tenant(), Some("small")).await.unwrap(), Assigned::Yes);
    assert_eq!(directory.assign_tier(one.scope.tenant(), Some("huge")).await.unwrap(), Assigned::UnknownTier);
    assert_eq!(directory.assign_tier(TenantId::mint(&fixture.clock), Some("small")).await.unwrap(), Assigned::UnknownTenant);
    assert_eq!((tier_of(&fixture, &one).await, tier_of(&fixture, &other).await), (Some(small), None));

    let changed = tier("small", r#"{"max_edges":3}"#);
    directory.set_tier(&changed).await.unwrap();
    assert_eq!(tier_of(&fixture, &one).await, Some(changed));
    assert_eq!(directory.assign_tier(one.scope.tenant(), None).await.unwrap(), Assigned::Yes);
    assert_eq!(tier_of(&fixture, &one).await, None);
}

async fn tier_of(fixture: &Fixture, tenant: &Tenant) -> Option<Tier> {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.find_tenant().await.unwrap().unwrap().tier
}

pub async fn the_first_tenant_comes_with_its_owner_and_a_key(fixture: Fixture) {
    let first = bootstrap(&fixture, "Ada@Example.test");
    let directory = &fixture.storage.directory;
    assert!(directory.bootstrap(&first).await.unwrap());
    let login = Login {
        user: first.user,
        tenant: first.tenant,
        tenant_name: first.tenant_name,
        email: first.email.clone(),
        name: first.name,
        password: first.password,
        permissions: vec!["*".to_owned()],
    };
    assert_eq!(directory.find_login(&first.email).await.unwrap(), Some(login));
    let key = ApiKey {
        id: first.api_key,
        tenant: first.tenant,
        user: first.user,
        secret: first.api_key_secret,
        permissions: vec!["*".to_owned()],
    };
    assert_eq!(directory.find_api_key(first.api_key, fixture.now()).await.unwrap(), Some(key));
}

pub async fn there_is_one_first_tenant(fixture: Fixture) {
    let (first, second) = (bootstrap(&fixture, "ada@example.test"), bootstrap(&fixture, "bob@example.test"));
    let directory = &fixture.storage.directory;
    assert!(directory.bootstrap(&first).await.unwrap());
    assert!(!directory.bootstrap(&second).await.unwrap());
    assert_eq!(directory.find_login(&second.email).await.unwrap(), None);
    assert_eq!(directory.find_api_key(second.api_key, fixture.now()).await.unwrap(), None);
}

pub async fn of_two_bootstraps_at_once_one_succeeds(fixture: Fixture) {
    let (first, second) = (bootstrap(&fixture, "ada@example.test"), bootstrap(&fixture, "bob@example.test"));
    let directory = &fixture.storage.directory;
    let (one, other) = join(directory.bootstrap(&first), directory.bootstrap(&second)).await;
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one != other, "{one} {other}");
    assert_eq!(directory.find_login(&first.email).await.unwrap().is_some(), one);
    assert_eq!(directory.find_login(&second.email).await.unwrap().is_some(), other);
}

pub async fn an_address_has_one_account(fixture: Fixture) {
    let (first, second) = (bootstrap(&fixture, "ada@example.test"), bootstrap(&fixture, "ADA@example.TEST"));
    let directory = &fixture.storage.directory;
    directory.create_tenant(&first).await.unwrap();
    let refused = directory.create_tenant(&second).await;
    assert!(matches!(refused, Err(Error::Exists { .. })), "{refused:?}");
    assert_eq!(directory.find_api_key(second.api_key, fixture.now()).await.unwrap(), None);
}

pub async fn an_account_is_found_in_any_letter_case(fixture: Fixture) {
    let new = bootstrap(&fixture, "Ada.Lovelace@Example.test");
    let directory = &fixture.storage.directory;
    directory.create_tenant(&new).await.unwrap();
    for address in ["Ada.Lovelace@Example.test", "ada.lovelace@example.test", "ADA.LOVELACE@EXAMPLE.TEST"] {
        let login = directory.find_login(address).await.unwrap().unwrap();
        assert_eq!((login.user, login.email.as_str()), (new.user, "Ada.Lovelace@Example.test"));
    }
    for address in ["ada_lovelace@example.test", "ada%", "", "ada.lovelace@example.test\0"] {
        assert_eq!(directory.find_login(address).await.unwrap(), None, "{address:?}");
    }
}

pub async fn a_session_is_found_by_its_token_until_it_ends(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = session(&fixture, &tenant, [1; 32]);
    let directory = &fixture.storage.directory;
    directory.create_session(&new).await.unwrap();
    let found = directory.find_session(&new.token, fixture.now()).await.unwrap().unwrap();
    assert_eq!((found.login.user, found.login.tenant), (tenant.owner, tenant.scope.tenant()));
    assert_eq!(found, Session { id: new.id, login: found.login.clone(), expires_at: new.expires_at });
    assert_eq!(directory.find_session(&[2; 32], fixture.now()).await.unwrap(), None);
    assert_eq!(directory.find_session(&new.token, new.expires_at).await.unwrap(), None);
}

pub async fn an_ended_session_is_gone(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (ended, other) = (session(&fixture, &tenant, [1; 32]), session(&fixture, &tenant, [2; 32]));
    let directory = &fixture.storage.directory;
    directory.create_session(&ended).await.unwrap();
    directory.create_session(&other).await.unwrap();
    directory.delete_session(ended.id).await.unwrap();
    directory.delete_session(ended.id).await.unwrap();
    assert_eq!(directory.find_session(&ended.token, fixture.now()).await.unwrap(), None);
    assert!(directory.find_session(&other.token, fixture.now()).await.unwrap().is_some());
}

pub async fn a_session_needs_an_account_of_its_tenant(fixture: Fixture) {
    let (tenant, other) = (fixture.tenant().await, fixture.tenant().await);
    let foreign = NewSession { user: other.owner, ..session(&fixture, &tenant, [1; 32]) };
    fixture.storage.directory.create_session(&foreign).await.unwrap_err();
    assert_eq!(fixture.storage.directory.find_session(&foreign.token, fixture.now()).await.unwrap(), None);
}

pub async fn a_link_signs_in_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let link = link(&fixture, &tenant);
    let directory = &fixture.storage.directory;
    directory.create_link(&link).await.unwrap();
    let login = directory.consume_link(&link.token, fixture.now()).await.unwrap().unwrap();
    assert_eq!((login.user, login.tenant), (tenant.owner, tenant.scope.tenant()));
    assert_eq!(directory.consume_link(&link.token, fixture.now()).await.unwrap(), None);
}

pub async fn a_link_signs_in_once_even_when_used_many_times_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let link = link(&fixture, &tenant);
    let directory = &fixture.storage.directory;
    directory.create_link(&link).await.unwrap();
    let used = join_all((0..8).map(|_| directory.consume_link(&link.token, fixture.now()))).await;
    assert_eq!(used.into_iter().filter(|login| login.as_ref().unwrap().is_some()).count(), 1);
}

pub async fn an_expired_link_signs_nobody_in(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let link = link(&fixture, &tenant);
    let directory = &fixture.storage.directory;
    directory.create_link(&link).await.unwrap();
    assert_eq!(directory.consume_link(&link.token, link.expires_at).await.unwrap(), None);
}

pub async fn an_unknown_link_signs_nobody_in(fixture: Fixture) {
    fixture.tenant().await;
    assert_eq!(fixture.storage.directory.consume_link(&[9; 32], fixture.now()).await.unwrap(), None);
}

fn bootstrap(fixture: &Fixture, email: &str) -> Bootstrap {
    Bootstrap {
        tenant: TenantId::mint(&fixture.clock),
        tenant_name: "A tenant".to_owned(),
        user: UserId::mint(&fixture.clock),
        email: email.to_owned(),
        name: "An owner".to_owned(),
        password: "$argon2id$none".to_owned(),
        api_key: ApiKeyId::mint(&fixture.clock),
        api_key_secret: [3; 32],
        created_at: fixture.now(),
    }
}

fn session(fixture: &Fixture, tenant: &Tenant, token: [u8; 32]) -> NewSession {
    let now = fixture.now();
    let id = SessionId::mint(&fixture.clock);
    NewSession { id, user: tenant.owner, tenant: tenant.scope.tenant(), token, created_at: now, expires_at: now + HOUR }
}

fn link(fixture: &Fixture, tenant: &Tenant) -> NewLink {
    NewLink { token: [5; 32], user: tenant.owner, tenant: tenant.scope.tenant(), expires_at: fixture.now() + HOUR }
}
