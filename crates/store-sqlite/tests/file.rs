//! The file itself: what is opened, what is refused, what is found again.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a test fails it, also outside of the test function")]

mod support {
    pub(crate) mod folder;
}

use std::{fs, sync::Arc};

use rusqlite::Connection;
use support::folder::{Folder, open};
use thaiyyal_model::SystemClock;
use thaiyyal_store::{Error, conformance::Fixture};
use thaiyyal_store_sqlite::{OpenError, Settings, SqliteStorage};

#[tokio::test]
async fn what_was_written_is_there_when_the_file_is_opened_again() {
    let folder = Folder::new();
    let fixture = fixture(&folder).await;
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    drop(fixture);
    let fixture = Fixture::new(open(&folder.database()));
    assert_eq!(fixture.find(&tenant, execution).await.definition, workflow.summary.hash);
}

#[tokio::test]
async fn a_file_that_is_something_else_is_refused_and_left_alone() {
    let folder = Folder::new();
    let text = "This is a letter to my aunt, and long enough to have been the header of a database. ".repeat(10);
    fs::write(folder.database(), &text).unwrap();
    let refused = refusal(&folder);
    assert!(matches!(&refused, OpenError::NotADatabase { path } if *path == folder.database()), "{refused:?}");
    assert!(refused.to_string().ends_with("thaiyyal.db is not an SQLite database"), "{refused}");
    assert_eq!(fs::read_to_string(folder.database()).unwrap(), text);
}

#[test]
fn a_folder_that_does_not_exist_is_an_error() {
    let folder = Folder::new();
    let path = folder.database().join("missing").join("thaiyyal.db");
    assert!(matches!(SqliteStorage::open(path, &Settings::default(), Arc::new(SystemClock)), Err(OpenError::Io { .. })));
}

#[tokio::test]
async fn a_file_of_a_newer_program_is_refused() {
    let folder = Folder::new();
    drop(fixture(&folder).await);
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
        VALUES (9999, 'from_the_future', '2100-01-01T00:00:00Z', '1')";
    raw(&folder).execute(newer, []).unwrap();
    let refused = refusal(&folder);
    assert!(matches!(refused, OpenError::Newer { found: 9999, .. }), "{refused:?}");
    assert!(refused.to_string().contains("newer version of this program"), "{refused}");
}

#[tokio::test]
async fn an_empty_file_misses_all_migrations_until_they_are_applied() {
    let folder = Folder::new();
    let storage = open(&folder.database());
    let missing = storage.admin.missing_migrations().await.unwrap();
    assert!(missing.len() >= 9, "{missing:?}");
    let refused = storage.dispatch.backlog().await.unwrap_err();
    assert!(matches!(&refused, Error::Internal(source) if source.to_string().contains("no such table")), "{refused:?}");
    assert_eq!(storage.admin.migrate().await.unwrap(), missing);
    assert_eq!(storage.admin.missing_migrations().await.unwrap(), Vec::<String>::new());
    storage.dispatch.backlog().await.unwrap();
}

#[tokio::test]
async fn a_file_of_an_older_program_tells_what_it_misses() {
    let folder = Folder::new();
    let fixture = fixture(&folder).await;
    let connection = raw(&folder);
    connection.execute("DELETE FROM refinery_schema_history WHERE version = 15", []).unwrap();
    let missing = fixture.storage.admin.missing_migrations().await.unwrap();
    assert_eq!(missing, ["V15__tiers"]);
    connection.execute_batch("ALTER TABLE tenants DROP COLUMN tier; DROP TABLE tiers").unwrap();
    assert_eq!(fixture.storage.admin.migrate().await.unwrap(), missing);
}

#[tokio::test]
async fn of_two_that_migrate_at_once_each_step_is_done_by_one() {
    for _ in 0..10 {
        let folder = Folder::new();
        let (first, second) = (open(&folder.database()), open(&folder.database()));
        let (first, second) = tokio::join!(first.admin.migrate(), second.admin.migrate());
        let (first, second) = (first.unwrap(), second.unwrap());
        let missing = open(&folder.database()).admin.missing_migrations().await.unwrap();
        assert_eq!(missing, Vec::<String>::new());
        let steps: Vec<_> = first.iter().chain(&second).collect();
        assert_eq!(steps.len(), 14, "{first:?} {second:?}");
    }
}

#[tokio::test]
async fn leases_of_a_process_that_is_gone_are_free_at_once() {
    let folder = Folder::new();
    let fixture = fixture(&folder).await;
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    drop(fixture);
    let fixture = Fixture::new(open(&folder.database()));
    let reaped = fixture.storage.dispatch.reap(std::time::Duration::from_hours(1), 5, 10).await.unwrap();
    assert_eq!(reaped.freed, [claimed.execution]);
    assert!(fixture.claims(worker, &[claimed.execution]).await.is_empty(), "the dead worker is unknown");
    let next = fixture.worker().await;
    assert!(fixture.claim(next, claimed.execution).await.epoch > claimed.epoch);
}

#[tokio::test]
async fn leases_stay_while_another_process_has_the_file_open() {
    let folder = Folder::new();
    let first = fixture(&folder).await;
    let tenant = first.tenant().await;
    let workflow = first.workflow(&tenant).await;
    first.leased(&tenant, &workflow).await;
    let second = Fixture::new(open(&folder.database()));
    let reaped = second.storage.dispatch.reap(std::time::Duration::from_hours(1), 5, 10).await.unwrap();
    assert_eq!((reaped.freed, reaped.failed), (vec![], vec![]));
}

#[tokio::test]
async fn two_that_have_the_file_open_both_write_and_see_the_others_writes() {
    let folder = Folder::new();
    let first = fixture(&folder).await;
    let second = Fixture::new(open(&folder.database()));
    let tenant = first.tenant().await;
    let workflow = first.workflow(&tenant).await;
    for _ in 0..20 {
        let (one, other) = tokio::join!(first.accepted(&tenant, &workflow), second.accepted(&tenant, &workflow));
        second.find(&tenant, one).await;
        first.find(&tenant, other).await;
    }
}

async fn fixture(folder: &Folder) -> Fixture {
    let storage = open(&folder.database());
    storage.admin.migrate().await.unwrap();
    Fixture::new(storage)
}

fn refusal(folder: &Folder) -> OpenError {
    SqliteStorage::open(folder.database(), &Settings::default(), Arc::new(SystemClock)).err().unwrap()
}

/// The file behind the store's back.
fn raw(folder: &Folder) -> Connection {
    Connection::open(folder.database()).unwrap()
}
