use rusqlite::Connection;
use thaiyyal_store::Error;

use super::{Durability, Writer};
use crate::error;

fn writer() -> Writer {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY)").unwrap();
    Writer::spawn(connection, 16, 16, std::time::Duration::from_secs(10)).unwrap()
}

async fn insert(writer: &Writer, number: i64) -> Result<(), Error> {
    let insert = move |connection: &Connection| connection.execute("INSERT INTO numbers VALUES (?1)", [number]).map(drop);
    writer.write(Durability::Full, move |connection| insert(connection).map_err(error::insert("number"))).await
}

async fn numbers(writer: &Writer) -> Vec<i64> {
    let list = |connection: &Connection| {
        connection.prepare("SELECT number FROM numbers")?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()
    };
    writer.write(Durability::Relaxed, move |connection| list(connection).map_err(error::statement)).await.unwrap()
}

/// Holds the thread until what was submitted meanwhile is one group: the sender is dropped when all of `group` has been polled once.
async fn as_one_group<T>(writer: &Writer, group: impl Future<Output = T>) -> T {
    let session = writer.session().await.unwrap();
    let release = async { drop(session) };
    tokio::join!(group, release).0
}

async fn panics(writer: &Writer) -> Result<(), Error> {
    writer
        .write(Durability::Full, |connection| {
            connection.execute("INSERT INTO numbers VALUES (-1)", []).unwrap();
            panic!("a bug")
        })
        .await
}

#[tokio::test]
async fn a_write_that_panics_is_undone_and_the_others_are_kept() {
    let writer = writer();
    panics(&writer).await.unwrap_err();
    let (before, panicked, after) =
        as_one_group(&writer, async { tokio::join!(insert(&writer, 1), panics(&writer), insert(&writer, 2)) }).await;
    before.unwrap();
    assert!(matches!(panicked, Err(Error::Internal(_))), "{panicked:?}");
    after.unwrap();
    assert_eq!(numbers(&writer).await, [1, 2]);
}

#[tokio::test]
async fn a_panic_in_a_session_leaves_the_thread_alive() {
    let writer = writer();
    let session = writer.session().await.unwrap();
    session.run(|_| -> Result<(), Error> { panic!("a bug") }).await.unwrap_err();
    drop(session);
    insert(&writer, 1).await.unwrap();
}

#[tokio::test]
async fn when_the_transaction_is_lost_all_of_the_group_hear_of_it() {
    let writer = writer();
    // As a full disk does: SQLite gives the whole transaction up by itself.
    let lost = writer.write(Durability::Full, |connection| connection.execute("ROLLBACK", []).map(drop).map_err(error::statement));
    let fails = writer.write(Durability::Full, |connection| {
        connection.execute("ROLLBACK", []).map_err(error::statement)?;
        Err::<(), _>(error::misuse("failed after the rollback"))
    });
    let (before, failed, after) = as_one_group(&writer, async { tokio::join!(insert(&writer, 1), fails, insert(&writer, 2)) }).await;
    assert!(matches!(before, Err(Error::Unavailable(_))), "{before:?}");
    failed.unwrap_err();
    assert!(matches!(after, Err(Error::Unavailable(_))), "{after:?}");
    lost.await.unwrap_err();
    insert(&writer, 3).await.unwrap();
    assert_eq!(numbers(&writer).await, [3]);
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_harms_nothing_else() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY); CREATE TABLE texts (text BLOB)").unwrap();
    connection.pragma_update(None, "max_page_count", 20).unwrap();
    let writer = Writer::spawn(connection, 16, 16, std::time::Duration::from_secs(10)).unwrap();
    let too_large = |connection: &Connection| connection.execute("INSERT INTO texts VALUES (zeroblob(1000000))", []).map(drop);
    let full = writer.write(Durability::Full, move |connection| too_large(connection).map_err(error::statement)).await;
    assert!(matches!(full, Err(Error::Unavailable(_))), "{full:?}");
    insert(&writer, 1).await.unwrap();
    let session = writer.session().await.unwrap();
    let full = session.run(move |connection| too_large(connection).map_err(error::statement)).await;
    assert!(matches!(full, Err(Error::Unavailable(_))), "{full:?}");
    drop(session);
    insert(&writer, 2).await.unwrap();
    assert_eq!(numbers(&writer).await, [1, 2]);
}

#[tokio::test]
async fn writes_of_both_kinds_of_durability_take_turns() {
    let writer = writer();
    for number in 0..5 {
        insert(&writer, number).await.unwrap();
        assert_eq!(i64::try_from(numbers(&writer).await.len()).unwrap(), number + 1);
    }
}

#[tokio::test]
async fn a_write_whose_caller_left_is_done_all_the_same() {
    let writer = writer();
    {
        let mut write = std::pin::pin!(insert(&writer, 1));
        // The first poll submits; whether the writer has answered by the time it returns is up to the writer.
        let _ = std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context))).await;
    }
    assert_eq!(numbers(&writer).await, [1]);
}
