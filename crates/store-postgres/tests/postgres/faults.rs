//! A database that goes away.

use std::{slice::from_ref, time::Duration};

use thaiyyal_store::{Error, conformance::Fixture, dispatch::Target};
use thaiyyal_store_postgres::{Settings, connect};
use tokio::net::TcpListener;

use crate::{
    database::{Database, fresh_store},
    inspect::number,
};

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let settings = Settings { url: format!("postgres://nobody@127.0.0.1:{port}/nothing").into(), ..Settings::default() };
    let fixture = Fixture::new(connect(&settings).unwrap());
    assert!(matches!(fixture.storage.admin.ping().await, Err(Error::Unavailable(_))));
    assert!(matches!(fixture.storage.admin.migrate().await, Err(Error::Unavailable(_))));
    assert!(matches!(fixture.storage.directory.find_login("a@b").await, Err(Error::Unavailable(_))));
    assert!(matches!(fixture.storage.dispatch.wake_due(1).await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn connections_that_were_cut_are_replaced() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let client = database.client().await;
    for _ in 0..3 {
        fixture.accepted(&tenant, &workflow).await;
        let cut =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        assert!(number(&client, cut).await > 0);
        // The first to use a connection may find it cut; nothing is known to have been written then, and the next one gets another.
        let new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
        while let Err(error) = fixture.storage.dispatch.accept(from_ref(&new)).await {
            assert!(matches!(error, Error::Unavailable(_) | Error::Unknown(_)), "{error:?}");
        }
        fixture.find(&tenant, new.id).await;
    }
}

#[tokio::test]
async fn a_transaction_cut_before_its_commit_is_not_answered_as_done() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let client = database.client().await;
    let new = fixture.new_workflow(&tenant, b"{}", true);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&new).await.unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND state = 'idle in transaction'";
    assert_eq!(number(&client, cut).await, 1);
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, Error::Unknown(_)), "{error:?}");
    assert_eq!(number(&client, "SELECT count(*) FROM workflows").await, 0);
}

#[tokio::test]
async fn a_read_only_database_is_unavailable_for_writing() {
    let database = Database::create().await;
    let fixture = Fixture::new(connect(&database.settings()).unwrap());
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let client = database.client().await;
    client.batch_execute(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name)).await.unwrap();
    let fresh = Fixture::new(connect(&database.settings()).unwrap());
    assert!(matches!(fresh.storage.admin.ping().await, Err(Error::Unavailable(_))));
    let new = fresh.execution(&tenant, Target::Published(workflow.summary.id));
    let error = fresh.storage.dispatch.accept(&[new]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_lock_that_is_held_too_long_is_unavailable_and_the_connection_lives_on() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let settings = Settings { lock_timeout_ms: 20, dispatch_connections: 1, ..database.settings() };
    let impatient = Fixture::new(connect(&settings).unwrap());
    let execution = fixture.accepted(&tenant, &workflow).await;
    let worker = fixture.worker().await;
    let client = database.client().await;
    client.batch_execute("BEGIN; SELECT * FROM run_queue FOR UPDATE").await.unwrap();
    let error = impatient.storage.dispatch.claim(worker, &[execution]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(impatient.claims(worker, &[execution]).await.len(), 1);
    assert!(fixture.storage.dispatch.sweep(Duration::ZERO, 1).await.unwrap().is_empty());
}
