//! Setting a database up.

use thaiyyal_store::{Storage, conformance::Fixture};
use thaiyyal_store_postgres::{Settings, connect};

use crate::{
    database::{Database, server, url},
    inspect::number,
};

#[tokio::test]
async fn an_empty_database_is_set_up_step_by_step_and_then_complete() {
    let database = Database::create_empty().await;
    let storage = connect(&database.settings()).unwrap();
    let missing = storage.admin.missing_migrations().await.unwrap();
    assert!(missing.len() >= 10, "{missing:?}");
    assert_eq!(storage.admin.migrate().await.unwrap(), missing);
    assert!(storage.admin.missing_migrations().await.unwrap().is_empty());
    assert!(storage.admin.migrate().await.unwrap().is_empty());
    works(storage).await;
}

/// Roles belong to the whole server, so databases that are set up at the same moment meet there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_and_databases_may_be_set_up_at_once() {
    let databases = [Database::create_empty().await, Database::create_empty().await];
    let applied = futures_util::future::join_all([0, 1, 0, 1, 0].map(|which| {
        let storage = connect(&databases[which].settings()).unwrap();
        async move { (which, storage.admin.migrate().await.unwrap().len()) }
    }))
    .await;
    let migrations = applied.iter().map(|(_, count)| *count).max().unwrap();
    for which in [0, 1] {
        assert_eq!(applied.iter().filter(|(database, _)| *database == which).map(|(_, count)| count).sum::<usize>(), migrations);
        works(connect(&databases[which].settings()).unwrap()).await;
    }
    let history = number(&databases[0].client().await, "SELECT count(*) FROM refinery_schema_history").await;
    assert_eq!(usize::try_from(history).unwrap(), migrations);
}

async fn works(storage: Storage) {
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    fixture.leased(&tenant, &workflow).await;
}

#[tokio::test]
async fn a_login_that_is_no_superuser_can_set_up_and_use_its_database() {
    let database = Database::create_empty().await;
    let login = format!("{}_login", database.name);
    let server = server().await;
    server.batch_execute(&format!("CREATE ROLE {login} LOGIN CREATEROLE PASSWORD 'secret'")).await.unwrap();
    server.batch_execute(&format!("ALTER DATABASE {} OWNER TO {login}", database.name)).await.unwrap();
    let mut address = url::Url::parse(&url(&database.name)).unwrap();
    address.set_username(&login).unwrap();
    address.set_password(Some("secret")).unwrap();
    let storage = connect(&Settings { url: String::from(address).into(), ..Settings::default() }).unwrap();
    assert!(!storage.admin.migrate().await.unwrap().is_empty());
    storage.admin.maintain().await.unwrap();
    works(storage).await;
    drop(database);
    server.batch_execute(&format!("DROP ROLE {login}")).await.unwrap();
}
