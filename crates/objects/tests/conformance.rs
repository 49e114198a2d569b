//! Every store does what [`Objects`] promises.

#[path = "conformance/service.rs"]
mod service;

use secrecy::SecretString;
use thaiyyal_model::{Object, SystemClock, TenantId, TenantScope};
use thaiyyal_objects::{Error, Invalid, Objects, Settings, conformance};

#[tokio::test]
async fn memory() {
    conformance::all(&Objects::memory()).await;
}

#[tokio::test]
async fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { url: format!("file://{}/objects", folder.path().display()), ..Settings::default() };
    conformance::all(&Objects::open(&settings).unwrap().unwrap()).await;
}

/// A small service that speaks as much of the protocol as is used here; it checks that requests are signed, not the signature.
#[tokio::test]
async fn an_s3_compatible_service() {
    let service = service::Service::start().await;
    let objects = Objects::open(&settings(&service.address)).unwrap().unwrap();
    conformance::all(&objects).await;
    let paths = service.paths();
    assert!(paths.iter().all(|path| path.starts_with("/bucket/some/prefix/")), "{paths:?}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_unavailable_and_not_empty() {
    let objects = Objects::open(&settings("127.0.0.1:9")).unwrap().unwrap();
    let object = Object::of("x");
    #[expect(clippy::disallowed_methods, reason = "a tenant that no store knows")]
    let shelf = objects.of(&TenantScope::assume(TenantId::mint(&SystemClock)), thaiyyal_model::ExecutionId::mint(&SystemClock));
    assert!(matches!(shelf.get(object.hash).await, Err(Error::Unavailable(_))));
    assert!(matches!(shelf.put(&object).await, Err(Error::Unavailable(_))));
    assert!(matches!(objects.ping().await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn a_damaged_object_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::folder(folder.path()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a tenant that no store knows")]
    let scope = TenantScope::assume(TenantId::mint(&SystemClock));
    let execution = thaiyyal_model::ExecutionId::mint(&SystemClock);
    let object = Object::of("whole");
    let shelf = objects.of(&scope, execution);
    shelf.put(&object).await.unwrap();
    let file = folder.path().join(scope.tenant().to_string()).join(execution.to_string()).join(object.hash.to_string());
    std::fs::write(file, "hole").unwrap();
    assert!(matches!(shelf.get(object.hash).await, Err(Error::Corrupt(hash)) if hash == object.hash));
}

#[test]
fn addresses_that_name_no_store_are_refused() {
    let open = |url: &str| Objects::open(&Settings { url: url.to_owned(), ..Settings::default() });
    assert!(open("").unwrap().is_none());
    for url in ["folder", "http://example.com", "s3://", "file://host/folder"] {
        assert!(matches!(open(url), Err(Invalid::Url(_))), "{url}");
    }
}

fn settings(address: &str) -> Settings {
    Settings {
        url: "s3://bucket/some/prefix".to_owned(),
        endpoint: format!("http://{address}"),
        access_key_id: "key".to_owned(),
        secret_access_key: Some(SecretString::from("secret")),
        allow_http: true,
        ..Settings::default()
    }
}
