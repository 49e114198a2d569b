//! The one order in which everyone locks rows.

use thaiyyal_store::conformance::{Fixture, dispatch::storm};

use crate::{database::fresh_store, inspect::number};

/// A statement that loses a deadlock is tried again, so nothing else would tell.
#[tokio::test]
async fn no_two_statements_of_the_hot_path_ever_wait_for_each_other() {
    let (storage, database) = fresh_store().await;
    let client = database.client().await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let before = number(&client, deadlocks).await;
    storm::actors_that_meet_at_random_leave_every_execution_with_one_end(Fixture::new(storage)).await;
    // Connections report what they met when they close, if not before.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
    while number(&client, others).await > 0 {}
    client.batch_execute("SELECT pg_stat_clear_snapshot()").await.unwrap();
    assert_eq!(number(&client, deadlocks).await, before);
}
