//! Partitions made ahead, and what lies in the default ones.

use std::time::Duration;

use thaiyyal_model::{Clock, ExecutionId, MockClock, SystemClock};
use thaiyyal_store::{
    conformance::{
        Fixture,
        fixture::running::{lease, suspend},
    },
    dispatch::Target,
};
use thaiyyal_store_postgres::connect;

use crate::{
    database::Database,
    inspect::{column, number},
};

#[tokio::test]
async fn an_execution_lies_in_the_partition_of_its_month() {
    let database = Database::create().await;
    let storage = connect(&database.settings()).unwrap();
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.append(&[thaiyyal_store::conformance::fixture::running::append(lease(&claimed), 1)]).await.unwrap();
    let client = database.client().await;
    let month = claimed.created_at.strftime("%Y_%m").to_string();
    assert_eq!(column(&client, "SELECT tableoid::regclass::text FROM executions").await, [format!("executions_{month}")]);
    assert_eq!(column(&client, "SELECT tableoid::regclass::text FROM journal").await, [format!("journal_{month}")]);
}

#[tokio::test]
async fn an_execution_of_a_month_without_partition_is_kept_all_the_same() {
    let database = Database::create().await;
    let storage = connect(&database.settings()).unwrap();
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let far = MockClock::at(SystemClock.now() + Duration::from_hours(24 * 400));
    let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    new.id = ExecutionId::mint(&far);
    fixture.accept(std::slice::from_ref(&new)).await;
    let claimed = fixture.claim(fixture.worker().await, new.id).await;
    let client = database.client().await;
    assert_eq!(column(&client, "SELECT tableoid::regclass::text FROM executions").await, ["executions_default"]);
    fixture.storage.admin.maintain().await.unwrap();
    let end = thaiyyal_store::conformance::fixture::running::finish(lease(&claimed), fixture.now());
    fixture.storage.dispatch.finish(&[end]).await.unwrap();
    assert!(fixture.status(&tenant, new.id).await.is_terminal());
}

#[tokio::test]
async fn maintenance_makes_days_of_timers_moves_what_was_set_before_and_drops_what_is_over() {
    let database = Database::create().await;
    let storage = connect(&database.settings()).unwrap();
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let client = database.client().await;
    // As if the scheduler had not run for a week, and one timer had been set for a day that had no partition then.
    let days = "SELECT relname::text FROM pg_class WHERE relname ~ '^timers_\\d{4}_\\d\\d_\\d\\d$' ORDER BY 1";
    let before = column(&client, days).await;
    for day in &before[1..] {
        client.batch_execute(&format!("DROP TABLE {day}")).await.unwrap();
    }
    let past = "timers_2020_01_01";
    let old = format!("CREATE TABLE {past} PARTITION OF timers FOR VALUES FROM ('2020-01-01Z') TO ('2020-01-02Z')");
    client.batch_execute(&format!("{old}; ALTER TABLE {past} OWNER TO thaiyyal_owner")).await.unwrap();
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let wake_at = fixture.now() + Duration::from_hours(48);
    fixture.storage.dispatch.suspend(&[suspend(lease(&claimed), Some(wake_at))]).await.unwrap();
    let place = "SELECT tableoid::regclass::text FROM timers";
    assert_eq!(column(&client, place).await, ["timers_default"]);
    fixture.storage.admin.maintain().await.unwrap();
    assert_eq!(column(&client, days).await, before);
    assert_eq!(column(&client, place).await, [format!("timers_{}", wake_at.strftime("%Y_%m_%d"))]);
    assert_eq!(number(&client, "SELECT count(*) FROM timers").await, 1);
    fixture.storage.admin.maintain().await.unwrap();
    assert_eq!(column(&client, days).await, before);
}
