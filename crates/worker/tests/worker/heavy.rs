use thaiyyal_model::{ExecutionId, ExecutionStatus, Limits, Reason};
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

/// Makes a list that takes a while, and holds it while it asks.
fn holding() -> String {
    row(&[
        r#"r:range{"start":1,"end":9000}"#,
        r#"x:expression{"expression":"input.range"}"#,
        r#"m:map{"expression":"item + sum(range(1, 40))"}"#,
        "a:ask",
    ])
}

fn light() -> String {
    row(&[r#"n:number{"value":1}"#, "a:ask"])
}

/// Of heavy executions one may go on, and one may wait.
fn narrow() -> Settings {
    Settings { heavy_bytes: 100_000, heavy_slots: 1, put_off_ms: 60_000, ..Stage::settings() }
}

/// Those that found no room.
async fn put_off(stage: &Stage, executions: &[ExecutionId]) -> Vec<ExecutionId> {
    let mut put_off = Vec::new();
    for id in executions {
        let found = stage.execution(*id).await.summary;
        if (found.status, found.reason) == (ExecutionStatus::Waiting, Some(Reason::Concurrency)) {
            put_off.push(*id);
        }
    }
    put_off
}

#[tokio::test]
async fn heavy_executions_take_turns_and_light_ones_pass_them() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(narrow());
    let mut heavy = Vec::new();
    for _ in 0..3 {
        heavy.push(stage.accept_one(&holding()).await);
    }
    // One of them is at its call, one waits here, one is put off.
    let first = stage.world.asked().await;
    stage.until("one is put off", || async { put_off(&stage, &heavy).await.len() == 1 }).await;
    let put_off = put_off(&stage, &heavy).await;
    assert_eq!(stage.world.unseen().await, 0);

    let passes = stage.accept_one(&light()).await;
    stage.world.asked().await.done("light");
    assert_eq!(stage.output(passes).await, "\"light\"");

    first.done("first");
    stage.world.asked().await.done("second");
    for id in heavy.iter().filter(|id| !put_off.contains(id)) {
        stage.reached(*id, ExecutionStatus::Succeeded).await;
    }
    stage.pass(61);
    assert_eq!(stage.fire_timers().await, 1);
    stage.world.asked().await.done("third");
    assert_eq!(stage.output(put_off[0]).await, "\"third\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_heavy_execution_that_waits_for_its_turn_can_be_stopped() {
    let mut stage = Stage::new().await;
    stage.limits = Limits { max_duration_ms: 3_600_000, ..Limits::default() };
    let _worker = stage.worker_with(narrow());
    let first = stage.accept_one(&holding()).await;
    let asked = stage.world.asked().await;
    let second = stage.accept_one(&holding()).await;
    stage.reached(second, ExecutionStatus::Running).await;
    stage.cancel(second).await;
    stage.reached(second, ExecutionStatus::Cancelled).await;
    asked.done("first");
    assert_eq!(stage.output(first).await, "\"first\"");
    stage.is_clean().await;
}
