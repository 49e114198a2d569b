use std::collections::HashSet;

use thaiyyal_model::{ExecutionStatus, RecordKind, StepStatus, Value};

use super::stage::{Stage, later, row};

#[tokio::test]
async fn what_led_to_a_call_is_in_the_journal_before_it_begins() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "b:ask"])).await;

    let a = stage.world.asked().await;
    let journal = stage.journal(execution).await;
    assert_eq!(journal.iter().map(|record| &*record.step.node_id).collect::<Vec<_>>(), ["n", "a"]);
    assert!(matches!(journal[1].kind, RecordKind::Started { .. }));
    a.done("from a");

    let b = stage.world.asked().await;
    let journal = stage.journal(execution).await;
    let ended = &journal[2];
    assert_eq!(&*ended.step.node_id, "a");
    assert!(
        matches!(&ended.kind, RecordKind::Ended { status: StepStatus::Succeeded, output: Some(output), .. } if *output == Value::from("from a"))
    );
    assert_eq!(b.call.inputs, [Value::from("from a")]);
    b.done("from b");
    assert_eq!(stage.output(execution).await, "\"from b\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn every_attempt_of_a_step_carries_the_same_key_and_every_step_its_own() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let retry = r#"{"retry":{"max_attempts":2,"initial_delay":"0ms"}}"#;
    stage.accept_one(&row(&["n:number{\"value\":1}", &format!("a:ask{retry}"), "b:ask"])).await;
    let first = stage.world.asked().await;
    let key = first.call.idempotency_key.clone();
    assert_eq!(first.call.attempt, 1);
    first.may_pass();
    let second = stage.world.asked().await;
    assert_eq!(second.call.attempt, 2);
    assert_eq!(second.call.idempotency_key, key);
    second.done(1);
    assert_ne!(stage.world.asked().await.call.idempotency_key, key);
}

#[tokio::test]
async fn independent_calls_are_under_way_at_the_same_time() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"a","type":"ask","data":{}},{"id":"b","type":"ask","data":{}},{"id":"c","type":"ask","data":{}}
    ],"edges":[{"source":"n","target":"a"},{"source":"n","target":"b"},{"source":"n","target":"c"}]}"#;
    let execution = stage.accept_one(definition).await;
    let calls = [stage.world.asked().await, stage.world.asked().await, stage.world.asked().await];
    let nodes: HashSet<_> = calls.iter().map(|call| call.node().to_owned()).collect();
    assert_eq!(nodes, ["a", "b", "c"].map(str::to_owned).into());
    for call in calls.into_iter().rev() {
        call.done(1);
    }
    stage.output(execution).await;
}

#[tokio::test]
async fn results_are_recorded_as_they_come_while_other_calls_go_on() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},{"id":"a","type":"ask","data":{}},{"id":"b","type":"ask","data":{}}
    ],"edges":[{"source":"n","target":"a"},{"source":"n","target":"b"}]}"#;
    let execution = stage.accept_one(definition).await;
    let (one, other) = (stage.world.asked().await, stage.world.asked().await);
    one.done(1);
    stage
        .until("the first result is in the journal", || async {
            stage
                .journal(execution)
                .await
                .iter()
                .any(|record| matches!(record.kind, RecordKind::Ended { ref answer, .. } if record.node_type == "ask" && answer.is_none()))
        })
        .await;
    other.done(2);
    stage.output(execution).await;
}

#[tokio::test]
async fn a_failed_call_fails_the_execution_at_its_node() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask"])).await;
    stage.world.asked().await.may_pass();
    assert_eq!(stage.failure(execution).await, "busy");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_panic_in_a_connector_fails_its_execution_only() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let bad = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask{\"panic\":true}"])).await;
    assert_eq!(stage.failure(bad).await, "internal");
    let good = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask"])).await;
    stage.world.asked().await.done(1);
    stage.output(good).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_call_that_takes_longer_than_the_execution_may_is_given_up() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let mut request = stage.request(&row(&["n:number{\"value\":1}", "a:ask"]), 0);
    request.deadline = Some(later(&stage.clock, 50));
    let (executions, hints) = stage.accept_batch(&[request]).await;
    stage.publisher.publish(hints);
    let mut call = stage.world.asked().await;
    stage.pass(1);
    call.abandoned().await;
    stage.reached(executions[0], ExecutionStatus::TimedOut).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn an_execution_whose_time_is_over_before_it_begins_is_timed_out() {
    let stage = Stage::new().await;
    let mut request = stage.request(&row(&["n:number{\"value\":1}", "a:ask"]), 0);
    request.deadline = Some(later(&stage.clock, 50));
    let (executions, hints) = stage.accept_batch(&[request]).await;
    stage.publisher.publish(hints);
    stage.pass(1);
    let _worker = stage.worker();
    stage.reached(executions[0], ExecutionStatus::TimedOut).await;
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}
