use thaiyyal_model::{LimitChanges, Limits};
use thaiyyal_store::directory::{Assigned, Tier};

use super::stage::{Stage, row};

/// Gives the tenant of the stage these limits.
async fn limited(stage: &Stage, json: &str) {
    let directory = &stage.storage.directory;
    directory.set_tier(&Tier { name: "small".to_owned(), limits: LimitChanges::from_json(json).unwrap() }).await.unwrap();
    assert_eq!(directory.assign_tier(stage.scope.tenant(), Some("small")).await.unwrap(), Assigned::Yes);
}

fn two_calls() -> String {
    row(&["n:number{\"value\":1}", "a:ask", "b:ask"])
}

#[tokio::test]
async fn executions_have_the_limits_of_the_tier_of_their_tenant() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    limited(&stage, r#"{"max_calls":1}"#).await;
    let first = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done("from a");
    assert_eq!(stage.failure(first).await, "too_many_calls");

    limited(&stage, r#"{"max_calls":2}"#).await;
    let second = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done("from a");
    stage.world.asked().await.done("from b");
    assert_eq!(stage.output(second).await, "\"from b\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_tier_lifts_limits_of_the_configuration_too() {
    let mut stage = Stage::new().await;
    // Also those of definitions: what was stored was allowed when it was stored.
    stage.limits = Limits { max_nodes: 1, max_calls: Some(1), ..Limits::default() };
    let _worker = stage.worker();
    limited(&stage, r#"{"max_calls":null}"#).await;
    let execution = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done("from a");
    stage.world.asked().await.done("from b");
    assert_eq!(stage.output(execution).await, "\"from b\"");
}

#[tokio::test]
async fn an_execution_keeps_the_limits_it_began_with() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done("from a");
    let b = stage.world.asked().await;
    first.kill(&stage).await;
    drop(b);

    // With these it would not have come as far as its journal says.
    limited(&stage, r#"{"max_calls":0,"max_node_executions":1}"#).await;
    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    stage.world.asked().await.done("from b");
    assert_eq!(stage.output(execution).await, "\"from b\"");
    let later = stage.accept_one(&two_calls()).await;
    assert_eq!(stage.failure(later).await, "too_many_node_executions");
    stage.is_clean().await;
}
