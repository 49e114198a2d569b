use thaiyyal_model::{ExecutionStatus, Reason};
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

#[tokio::test]
async fn a_delay_holds_neither_worker_nor_slot() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { slots: 1, ..Stage::settings() });
    let sleepers = stage.accept(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"10m\"}"]), 20).await;
    for execution in &sleepers {
        let waiting = stage.reached(*execution, ExecutionStatus::Waiting).await;
        assert_eq!(waiting.summary.reason, Some(Reason::Timer));
    }
    let pure = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(pure).await;
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 0);

    stage.pass(599);
    assert_eq!(stage.fire_timers().await, 0);
    stage.pass(2);
    assert_eq!(stage.fire_timers().await, 20);
    for execution in sleepers {
        assert!(stage.output(execution).await.contains("\"delayed\":true"));
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn a_short_delay_is_sat_out_without_a_slot() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { slots: 1, ..Stage::settings() });
    let sleeper = stage.accept_one(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"20ms\"}"])).await;
    stage.until("the wait is in the journal", || async { stage.journal(sleeper).await.len() == 2 }).await;
    let pure = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(pure).await;
    assert_eq!(stage.execution(sleeper).await.summary.status, ExecutionStatus::Running);
    stage.pass(1);
    stage.output(sleeper).await;
    assert_eq!(stage.spy.count("suspend"), 0);
}

#[tokio::test]
async fn what_was_done_before_a_wait_is_not_done_again_after_it() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "d:delay{\"duration\":\"1h\"}", "b:ask"])).await;
    stage.world.asked().await.done("once");
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.pass(3_600);
    assert_eq!(stage.fire_timers().await, 1);
    let b = stage.world.asked().await;
    assert_eq!(b.node(), "b");
    assert_eq!(b.call.inputs[0].get("value").and_then(|value| value.as_str()), Some("once"));
    b.done(1);
    stage.output(execution).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_long_pause_between_attempts_gives_the_lease_back() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let retry = r#"{"retry":{"max_attempts":2,"initial_delay":"10m","max_delay":"10m"}}"#;
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", &format!("a:ask{retry}")])).await;
    let first = stage.world.asked().await;
    let key = first.call.idempotency_key.clone();
    first.may_pass();
    let waiting = stage.reached(execution, ExecutionStatus::Waiting).await;
    assert_eq!(waiting.summary.reason, Some(Reason::BackOff));
    stage.pass(601);
    stage.fire_timers().await;
    let second = stage.world.asked().await;
    assert_eq!((second.call.attempt, &second.call.idempotency_key), (2, &key));
    second.done(1);
    stage.output(execution).await;
}

#[tokio::test]
async fn a_wait_beside_a_call_keeps_the_lease_until_the_call_has_ended() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"a","type":"ask","data":{}},{"id":"d","type":"delay","data":{"duration":"1h"}}
    ],"edges":[{"source":"n","target":"a"},{"source":"n","target":"d"}]}"#;
    let execution = stage.accept_one(definition).await;
    let call = stage.world.asked().await;
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Running);
    call.done(1);
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.pass(3_601);
    stage.fire_timers().await;
    stage.output(execution).await;
    assert_eq!(stage.world.unseen().await, 0);
}

#[tokio::test]
async fn a_slice_that_used_up_its_share_is_handed_back_and_goes_on() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { slice_records: 2, ..Stage::settings() });
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "b:ask", "c:ask", "d:ask"])).await;
    for node in ["a", "b", "c", "d"] {
        let call = stage.world.asked().await;
        assert_eq!(call.node(), node);
        call.done(node);
    }
    assert_eq!(stage.output(execution).await, "\"d\"");
    assert!(stage.spy.count("release") > 0);
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}
