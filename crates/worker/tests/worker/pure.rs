use thaiyyal_model::ExecutionStatus;

use super::stage::{Stage, row};

fn sum() -> String {
    r#"{"nodes":[
        {"id":"a","type":"number","data":{"value":20}},
        {"id":"b","type":"number","data":{"value":22}},
        {"id":"sum","type":"operation","data":{"op":"add"}},
        {"id":"show","type":"visualization","data":{"mode":"text"}}
    ],"edges":[{"source":"a","target":"sum"},{"source":"b","target":"sum"},{"source":"sum","target":"show"}]}"#
        .to_owned()
}

#[tokio::test]
async fn accepted_executions_end_with_their_output() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let executions = stage.accept(&sum(), 300).await;
    for execution in &executions {
        assert!(stage.output(*execution).await.contains("42"));
    }
    stage.is_clean().await;
    let journal = stage.journal(executions[0]).await;
    assert_eq!(journal.iter().map(|record| record.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn many_share_one_claim_and_one_end() {
    let stage = Stage::new().await;
    let executions = stage.accept(&sum(), 300).await;
    let _worker = stage.worker();
    for execution in &executions {
        stage.reached(*execution, ExecutionStatus::Succeeded).await;
    }
    assert!(stage.spy.count("claim") <= 20, "{} claims", stage.spy.count("claim"));
    assert!(stage.spy.count("finish") <= 20, "{} ends", stage.spy.count("finish"));
    assert_eq!(stage.spy.count("append"), 0);
}

#[tokio::test]
async fn a_failing_node_fails_its_execution_only() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let bad = stage.accept_one(&row(&["a:number{\"value\":1}", "b:expression{\"expression\":\"1 / 0\"}"])).await;
    let good = stage.accept_one(&sum()).await;
    stage.failure(bad).await;
    stage.output(good).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn the_input_reaches_expressions() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let executions = stage.accept(&row(&["a:number{\"value\":1}", "b:expression{\"expression\":\"trigger.input.number + 1\"}"]), 3).await;
    for (number, execution) in executions.iter().enumerate() {
        assert!(stage.output(*execution).await.contains(&(number + 1).to_string()));
    }
}
