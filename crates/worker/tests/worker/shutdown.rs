use thaiyyal_model::ExecutionStatus;
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

#[tokio::test]
async fn a_stopped_worker_lets_its_call_end_and_hands_the_rest_over_at_once() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "b:ask"])).await;
    let a = stage.world.asked().await;
    first.stop.cancel();
    a.done("from a");
    first.ended().await;
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Queued);

    // No time passes and nobody sweeps: the hint of the hand-over is enough.
    let _second = stage.worker();
    let b = stage.world.asked().await;
    assert_eq!((b.node(), &b.call.inputs[..]), ("b", &["from a".into()][..]));
    b.done("from b");
    assert_eq!(stage.output(execution).await, "\"from b\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_stopped_worker_suspends_what_waits() {
    let stage = Stage::new().await;
    let worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"900ms\"}"])).await;
    stage.until("the wait is in the journal", || async { stage.journal(execution).await.len() == 2 }).await;
    worker.stopped().await;
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Waiting);
    stage.pass(1);
    stage.fire_timers().await;
    let _other = stage.worker();
    stage.output(execution).await;
}

#[tokio::test]
async fn an_aborted_worker_drops_its_calls_and_gives_everything_back() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask"])).await;
    let mut call = stage.world.asked().await;
    first.stop.cancel();
    first.abort.cancel();
    call.abandoned().await;
    first.ended().await;

    let _second = stage.worker();
    let again = stage.world.asked().await;
    assert_eq!(again.call.idempotency_key, call.call.idempotency_key);
    again.done("end");
    assert_eq!(stage.output(execution).await, "\"end\"");
}

#[tokio::test]
async fn a_stopped_worker_takes_no_new_work() {
    let stage = Stage::new().await;
    stage.worker().stopped().await;
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Queued);
    let _worker = stage.worker();
    stage.output(execution).await;
}

#[tokio::test]
async fn workers_stopped_one_after_the_other_under_load_repeat_nothing() {
    let stage = Stage::new().await;
    let mut worker = stage.worker();
    let executions = stage.accept(&row(&["n:number{\"value\":1}", "a:ask", "b:ask", "c:ask"]), 60).await;
    let mut calls = 0;
    while calls < 180 {
        let asked = stage.world.asked().await;
        let node = asked.node().to_owned();
        asked.done(node);
        calls += 1;
        if calls % 45 == 0 {
            let next = stage.worker_with(Settings { slots: 7, ..Stage::settings() });
            let before = std::mem::replace(&mut worker, next);
            before.stop.cancel();
            // Calls under way when it was told to stop still need their answers.
            let ended = before.ended();
            tokio::pin!(ended);
            loop {
                tokio::select! {
                    biased;
                    () = &mut ended => break,
                    asked = stage.world.asked() => {
                        let node = asked.node().to_owned();
                        asked.done(node);
                        calls += 1;
                    }
                }
            }
        }
    }
    for execution in executions {
        assert_eq!(stage.output(execution).await, "\"c\"");
    }
    assert_eq!((calls, stage.world.unseen().await), (180, 0));
    stage.is_clean().await;
}
