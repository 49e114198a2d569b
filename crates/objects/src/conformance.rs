//! What every store of objects must do, tested through [`Objects`]; a store's test calls [`all`].

#![expect(clippy::unwrap_used, reason = "a store that breaks its promise fails the suite")]

use futures_util::TryStreamExt;
use thaiyyal_model::{Chunk, Clock, ExecutionId, Form, Large, Object, ObjectHash, SystemClock, TenantId, TenantScope, Value};

use crate::{Error, Objects};

/// Runs every case on an empty store.
pub async fn all(objects: &Objects) {
    an_object_is_read_back_as_it_was_put(objects).await;
    putting_an_object_again_changes_nothing(objects).await;
    an_object_that_is_not_there_is_missing(objects).await;
    objects_of_others_are_out_of_reach(objects).await;
    deleting_takes_all_objects_of_an_execution_and_no_others(objects).await;
    a_large_value_is_read_chunk_by_chunk(objects).await;
    assert!(objects.ping().await.is_ok());
}

fn tenant() -> TenantScope {
    #[expect(clippy::disallowed_methods, reason = "a tenant that no store knows")]
    TenantScope::assume(TenantId::mint(&SystemClock as &dyn Clock))
}

fn execution() -> ExecutionId {
    ExecutionId::mint(&SystemClock)
}

async fn an_object_is_read_back_as_it_was_put(objects: &Objects) {
    let shelf = objects.of(&tenant(), execution());
    for content in [&b""[..], b"\0\xff text", &[7; 300_000]] {
        let object = Object::of(content.to_vec());
        shelf.put(&object).await.unwrap();
        assert_eq!(shelf.get(object.hash).await.unwrap(), content);
        assert!(shelf.exists(object.hash).await.unwrap());
    }
}

async fn putting_an_object_again_changes_nothing(objects: &Objects) {
    let shelf = objects.of(&tenant(), execution());
    let object = Object::of("again");
    let (one, other) = tokio::join!(shelf.put(&object), shelf.put(&object));
    one.and(other).unwrap();
    shelf.put(&object).await.unwrap();
    assert_eq!(shelf.get(object.hash).await.unwrap(), "again");
}

async fn an_object_that_is_not_there_is_missing(objects: &Objects) {
    let shelf = objects.of(&tenant(), execution());
    let hash = ObjectHash::of(b"nothing");
    assert!(matches!(shelf.get(hash).await, Err(Error::Missing(missing)) if missing == hash));
    assert!(!shelf.exists(hash).await.unwrap());
}

async fn objects_of_others_are_out_of_reach(objects: &Objects) {
    let (mine, execution) = (tenant(), execution());
    let object = Object::of("mine");
    objects.of(&mine, execution).put(&object).await.unwrap();
    for (scope, execution) in [(tenant(), execution), (mine, self::execution())] {
        let shelf = objects.of(&scope, execution);
        assert!(matches!(shelf.get(object.hash).await, Err(Error::Missing(_))));
        assert!(!shelf.exists(object.hash).await.unwrap());
        assert_eq!(shelf.delete_all().await.unwrap(), 0);
    }
    assert!(objects.of(&mine, execution).exists(object.hash).await.unwrap());
}

async fn deleting_takes_all_objects_of_an_execution_and_no_others(objects: &Objects) {
    let scope = tenant();
    let (gone, stays) = (objects.of(&scope, execution()), objects.of(&scope, execution()));
    let contents = [Object::of("a"), Object::of("b"), Object::of("c")];
    for object in &contents {
        gone.put(object).await.unwrap();
        stays.put(object).await.unwrap();
    }
    assert_eq!(gone.delete_all().await.unwrap(), 3);
    assert_eq!(gone.delete_all().await.unwrap(), 0);
    for object in &contents {
        assert!(!gone.exists(object.hash).await.unwrap());
        assert!(stays.exists(object.hash).await.unwrap());
    }
}

async fn a_large_value_is_read_chunk_by_chunk(objects: &Objects) {
    let shelf = objects.of(&tenant(), execution());
    let parts = [Object::of("[1,"), Object::of("2]")];
    let mut chunks = Vec::new();
    for part in &parts {
        shelf.put(part).await.unwrap();
        chunks.push(Chunk { hash: part.hash, bytes: part.content.len() as u32, items: 0 });
    }
    let large = Large::new(Form::Json, chunks.clone());
    let read: Vec<_> = shelf.read(large.clone()).try_collect().await.unwrap();
    assert_eq!(read, ["[1,", "2]"]);
    assert_eq!(shelf.load(&large).await.unwrap(), Value::from(vec![Value::from(1), Value::from(2)]));
    chunks.push(Chunk { hash: ObjectHash::of(b"never put"), bytes: 9, items: 0 });
    assert!(matches!(shelf.load(&Large::new(Form::Json, chunks)).await, Err(Error::Missing(_))));
}
