//! Set-up and health.

use crate::conformance::Fixture;

pub async fn migrating_again_applies_nothing(fixture: Fixture) {
    let admin = &fixture.storage.admin;
    assert_eq!(admin.missing_migrations().await.unwrap(), Vec::<String>::new());
    assert_eq!(admin.migrate().await.unwrap(), Vec::<String>::new());
}

pub async fn a_ping_answers(fixture: Fixture) {
    fixture.storage.admin.ping().await.unwrap();
}

pub async fn maintenance_keeps_what_is_alive(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    fixture.storage.admin.maintain().await.unwrap();
    fixture.storage.admin.maintain().await.unwrap();
    let worker = fixture.worker().await;
    fixture.claim(worker, execution).await;
    assert!(fixture.storage.directory.find_api_key(tenant.api_key, fixture.now()).await.unwrap().is_some());
}
