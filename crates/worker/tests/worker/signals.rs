//! Waits for signals: through the store, whatever happens to workers.

use thaiyyal_model::{Clock, ExecutionId, ExecutionStatus, Reason};
use thaiyyal_store::signals::{NewSignal, Posted};
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

const WAIT: &str = "w:wait{\"for\":\"signal\",\"name\":\"paid\"}";

impl Stage {
    /// Sends a signal as the API does.
    pub(crate) async fn signal(&self, execution: ExecutionId, name: &str, payload: &str) -> Posted {
        let posted = self.post(execution, name, payload).await;
        self.deliver().await;
        posted
    }

    /// Posts a signal and is gone before it is delivered.
    pub(crate) async fn post(&self, execution: ExecutionId, name: &str, payload: &str) -> Posted {
        let signal = NewSignal { execution, name: name.to_owned(), payload: payload.as_bytes().to_vec(), most_pending: 100 };
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let posted = tx.post_signal(&signal, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        posted
    }
}

#[tokio::test]
async fn a_wait_for_a_signal_holds_neither_worker_nor_slot() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { slots: 1, ..Stage::settings() });
    let waiting = stage.accept(&row(&["n:number{\"value\":1}", WAIT]), 20).await;
    for execution in &waiting {
        assert_eq!(stage.reached(*execution, ExecutionStatus::Waiting).await.summary.reason, Some(Reason::Signal));
    }
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 0);
    let pure = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(pure).await;
    for execution in &waiting {
        assert_eq!(stage.signal(*execution, "paid", "{\"amount\":12}").await, Posted::Yes);
    }
    for execution in waiting {
        assert!(stage.output(execution).await.contains("\"payload\":{\"amount\":12}"));
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn a_signal_sent_before_the_wait_begins_is_taken_when_it_begins() {
    let stage = Stage::new().await;
    let (executions, hints) = stage.accept_silently(&row(&["n:number{\"value\":1}", "a:ask", WAIT]), 1).await;
    stage.signal(executions[0], "paid", "\"early\"").await;
    let _worker = stage.worker();
    stage.published(&hints).await;
    stage.world.asked().await.done(1);
    assert!(stage.output(executions[0]).await.contains("\"payload\":\"early\""));
    assert_eq!(stage.spy.count("suspend"), 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn two_waits_take_two_signals_in_the_order_of_arrival() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let second = WAIT.replacen('w', "v", 1);
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", WAIT, &second])).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.post(execution, "other", "0").await;
    stage.post(execution, "paid", "1").await;
    stage.post(execution, "paid", "2").await;
    stage.deliver().await;
    let output = stage.output(execution).await;
    assert!(output.starts_with("{\"payload\":2") && output.contains("{\"payload\":1"), "{output}");
    assert_eq!(stage.signal(execution, "paid", "3").await, Posted::Ended(ExecutionStatus::Succeeded));
    stage.is_clean().await;
}

#[tokio::test]
async fn a_timeout_ends_the_wait_by_its_output_or_as_a_failure() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let wait = r#"{"id":"w","type":"wait","data":{"for":"signal","name":"paid","timeout":"1h"}}"#;
    let with_output = format!(
        r#"{{"nodes":[{wait},{{"id":"late","type":"expression","data":{{"expression":"input.timed_out"}}}}],
            "edges":[{{"source":"w","target":"late","sourceHandle":"timeout"}}]}}"#
    );
    let tolerant = stage.accept_one(&with_output).await;
    let strict = stage.accept_one(&format!(r#"{{"nodes":[{wait}],"edges":[]}}"#)).await;
    for execution in [tolerant, strict] {
        stage.reached(execution, ExecutionStatus::Waiting).await;
    }
    stage.pass(3_601);
    assert_eq!(stage.fire_timers().await, 2);
    assert_eq!(stage.output(tolerant).await, "true");
    assert_eq!(stage.failure(strict).await, "timeout");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_signal_reaches_an_execution_that_is_busy_with_something_else() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"long","type":"ask","data":{}},{"id":"w","type":"wait","data":{"for":"signal","name":"paid"}},{"id":"after","type":"ask","data":{}}
    ],"edges":[{"source":"n","target":"long"},{"source":"n","target":"w"},{"source":"w","target":"after"}]}"#;
    let execution = stage.accept_one(definition).await;
    let long = stage.world.asked().await;
    // Without a live hint: the next sign of life tells.
    stage.post(execution, "paid", "7").await;
    assert_eq!(stage.storage.dispatch.deliver(10).await.unwrap().running.len(), 1);
    let after = stage.world.asked().await;
    assert_eq!((long.node(), after.node()), ("long", "after"));
    long.done(1);
    after.done(2);
    stage.output(execution).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn every_signal_is_taken_once_although_the_worker_is_killed_while_all_wait() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let waiting = stage.accept(&row(&["n:number{\"value\":1}", WAIT, "a:ask"]), 30).await;
    for execution in &waiting {
        stage.reached(*execution, ExecutionStatus::Waiting).await;
    }
    first.kill(&stage).await;
    stage.pass(31);
    assert_eq!(stage.reap().await, []);
    for (number, execution) in waiting.iter().enumerate() {
        // Twice at once: the second stays unused.
        let number = number.to_string();
        let (one, other) = tokio::join!(stage.signal(*execution, "paid", &number), stage.post(*execution, "paid", "-1"));
        assert_eq!((one, other), (Posted::Yes, Posted::Yes));
    }
    let _second = stage.worker();
    stage.hint_again().await;
    for _ in &waiting {
        let asked = stage.world.asked().await;
        let payload = asked.call.inputs[0].get("payload").cloned().unwrap();
        asked.done(payload);
    }
    for execution in waiting {
        stage.output(execution).await;
    }
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_signal_whose_record_was_written_does_not_come_again_after_a_crash() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let second_wait = WAIT.replacen('w', "v", 1);
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", WAIT, "a:ask", &second_wait])).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.signal(execution, "paid", "\"once\"").await;
    let call = stage.world.asked().await;
    first.kill(&stage).await;
    drop(call);
    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    stage.world.asked().await.done("again");
    // The second wait finds nothing left.
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.signal(execution, "paid", "\"twice\"").await;
    let output = stage.output(execution).await;
    assert!(output.contains("\"payload\":\"twice\""), "{output}");
    stage.is_clean().await;
}

#[tokio::test]
async fn what_one_of_two_racing_branches_did_not_take_is_left_for_the_next_wait() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"p","type":"parallel","data":{"branches":["left","right"],"wait_for":"first"}},
        {"id":"l","type":"wait","data":{"for":"signal","name":"go"}},
        {"id":"r","type":"wait","data":{"for":"signal","name":"go"}},
        {"id":"next","type":"wait","data":{"for":"signal","name":"go"}}
    ],"edges":[{"source":"n","target":"p"},{"source":"p","target":"l","sourceHandle":"left"},{"source":"p","target":"r","sourceHandle":"right"},
        {"source":"p","target":"next"}]}"#;
    let execution = stage.accept_one(definition).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    // Both branches are given one; the first ends the block, so the other's must not be lost.
    stage.post(execution, "go", "1").await;
    stage.post(execution, "go", "2").await;
    stage.deliver().await;
    let output = stage.output(execution).await;
    assert!(output.starts_with("{\"payload\":2"), "{output}");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_waiting_execution_is_cancelled_and_takes_no_signal_after_that() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", WAIT])).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.cancel(execution).await;
    assert_eq!(stage.signal(execution, "paid", "1").await, Posted::Ended(ExecutionStatus::Cancelled));
    stage.is_clean().await;
}
