//! API keys of a tenant, and how they are found when they are presented.

use std::time::Duration;

use thaiyyal_model::{ApiKeyId, UserId};

use crate::{
    conformance::{Fixture, fixture::Tenant},
    directory::ApiKey,
    tenant::{ApiKeySummary, NewApiKey},
};

const HOUR: Duration = Duration::from_hours(1);

pub async fn a_new_key_is_found_by_its_id(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let key = NewApiKey { permissions: vec!["workflows:read".to_owned(), "a \"quoted\" one".to_owned()], ..fixture.key(&tenant) };
    create(&fixture, &tenant, &key).await;
    let expected =
        ApiKey { id: key.id, tenant: tenant.scope.tenant(), user: tenant.owner, secret: key.secret, permissions: key.permissions };
    assert_eq!(fixture.storage.directory.find_api_key(key.id, fixture.now()).await.unwrap(), Some(expected));
}

pub async fn an_unknown_key_is_not_found(fixture: Fixture) {
    fixture.tenant().await;
    let unknown = ApiKeyId::mint(&fixture.clock);
    assert_eq!(fixture.storage.directory.find_api_key(unknown, fixture.now()).await.unwrap(), None);
}

pub async fn a_key_is_found_until_it_expires(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let expires_at = fixture.now() + HOUR;
    let key = NewApiKey { expires_at: Some(expires_at), ..fixture.key(&tenant) };
    create(&fixture, &tenant, &key).await;
    let directory = &fixture.storage.directory;
    assert!(directory.find_api_key(key.id, expires_at - Duration::from_micros(1)).await.unwrap().is_some());
    assert_eq!(directory.find_api_key(key.id, expires_at).await.unwrap(), None);
}

pub async fn a_revoked_key_is_gone(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert!(tx.revoke_api_key(tenant.api_key, fixture.now()).await.unwrap());
    assert!(!tx.revoke_api_key(tenant.api_key, fixture.now()).await.unwrap(), "it was revoked already");
    assert_eq!(tx.list_api_keys(10, None).await.unwrap().items, []);
    tx.commit().await.unwrap();
    assert_eq!(fixture.storage.directory.find_api_key(tenant.api_key, fixture.now()).await.unwrap(), None);
}

pub async fn an_unknown_key_cannot_be_revoked(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert!(!tx.revoke_api_key(ApiKeyId::mint(&fixture.clock), fixture.now()).await.unwrap());
}

pub async fn keys_are_listed_newest_first(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (older, newer) = (fixture.key(&tenant), NewApiKey { expires_at: Some(fixture.now() + HOUR), ..fixture.key(&tenant) });
    create(&fixture, &tenant, &older).await;
    create(&fixture, &tenant, &newer).await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let keys = tx.list_api_keys(2, None).await.unwrap();
    let expected = ApiKeySummary {
        id: newer.id,
        name: newer.name,
        permissions: newer.permissions,
        created_at: newer.created_at,
        expires_at: newer.expires_at,
    };
    assert_eq!(keys.items[0], expected);
    assert_eq!((keys.items.iter().map(|key| key.id).collect::<Vec<_>>(), keys.next), (vec![newer.id, older.id], Some(older.id)));
    let rest = tx.list_api_keys(2, keys.next).await.unwrap();
    assert_eq!((rest.items.iter().map(|key| key.id).collect::<Vec<_>>(), rest.next), (vec![tenant.api_key], None));
}

pub async fn a_key_for_nobody_is_refused(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let key = NewApiKey { user: UserId::mint(&fixture.clock), ..fixture.key(&tenant) };
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_api_key(&key).await.unwrap_err();
}

impl Fixture {
    /// A key of the tenant's owner to create.
    pub(crate) fn key(&self, tenant: &Tenant) -> NewApiKey {
        NewApiKey {
            id: ApiKeyId::mint(&self.clock),
            user: tenant.owner,
            name: "A key".to_owned(),
            secret: [7; 32],
            permissions: vec!["*".to_owned()],
            expires_at: None,
            created_at: self.now(),
        }
    }
}

async fn create(fixture: &Fixture, tenant: &Tenant, key: &NewApiKey) {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_api_key(key).await.unwrap();
    tx.commit().await.unwrap();
}
