use thaiyyal_model::ExecutionStatus;
use thaiyyal_store::tenant::Cancel;
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

fn one_call() -> String {
    row(&["n:number{\"value\":1}", "a:ask", "b:ask"])
}

#[tokio::test]
async fn a_queued_execution_is_cancelled_without_a_worker_and_never_runs() {
    let stage = Stage::new().await;
    let execution = stage.accept_one(&one_call()).await;
    assert_eq!(stage.cancel(execution).await, Cancel::Cancelled);
    let _worker = stage.worker();
    let other = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(other).await;
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Cancelled);
    assert_eq!(stage.world.unseen().await, 0);
}

#[tokio::test]
async fn a_running_execution_is_cancelled_at_once_by_a_live_hint() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { heartbeat_ms: 3_600_000, ..Stage::settings() });
    let execution = stage.accept_one(&one_call()).await;
    let mut call = stage.world.asked().await;
    assert_eq!(stage.cancel(execution).await, Cancel::Requested);
    call.abandoned().await;
    assert!(call.call.cancelled.is_cancelled());
    stage.reached(execution, ExecutionStatus::Cancelled).await;
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_running_execution_is_cancelled_by_the_answer_to_a_sign_of_life() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&one_call()).await;
    let mut call = stage.world.asked().await;
    stage.cancel_silently(execution).await;
    call.abandoned().await;
    stage.reached(execution, ExecutionStatus::Cancelled).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_waiting_execution_is_cancelled_and_its_timer_wakes_nothing() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"10m\"}", "a:ask"])).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    assert_eq!(stage.cancel(execution).await, Cancel::Cancelled);
    stage.pass(601);
    assert_eq!(stage.fire_timers().await, 0);
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Cancelled);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_cancel_that_meets_the_beginning_of_a_wait_wins() {
    let stage = Stage::new().await;
    // No sign of life and no live hint tells this worker of the cancel: only the write that begins the wait does.
    let _worker = stage.worker_with(Settings { heartbeat_ms: 3_600_000, ..Stage::settings() });
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "d:delay{\"duration\":\"10m\"}"])).await;
    let call = stage.world.asked().await;
    stage.cancel_silently(execution).await;
    call.done(1);
    stage.reached(execution, ExecutionStatus::Cancelled).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_cancel_in_a_short_wait_ends_it() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"900ms\"}"])).await;
    stage.until("the wait is in the journal", || async { stage.journal(execution).await.len() == 2 }).await;
    stage.cancel(execution).await;
    stage.reached(execution, ExecutionStatus::Cancelled).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_cancel_that_comes_after_the_end_changes_nothing() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(execution).await;
    assert_eq!(stage.cancel(execution).await, Cancel::AlreadyEnded(ExecutionStatus::Succeeded));
    assert_eq!(stage.execution(execution).await.summary.status, ExecutionStatus::Succeeded);
}

#[tokio::test]
async fn cancels_that_race_with_ends_leave_exactly_one_end_each() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let executions = stage.accept(&row(&["n:number{\"value\":1}", "a:ask", "b:ask"]), 100).await;
    let cancels = async {
        for execution in &executions {
            stage.cancel(*execution).await;
        }
    };
    tokio::select! {
        () = stage.world.answer_all() => {}
        () = async {
            cancels.await;
            for execution in &executions {
                stage.until("the execution ends", || async { stage.execution(*execution).await.summary.status.is_terminal() }).await;
            }
        } => {}
    }
    for execution in &executions {
        let status = stage.execution(*execution).await.summary.status;
        assert!(matches!(status, ExecutionStatus::Cancelled | ExecutionStatus::Succeeded), "{status}");
    }
    stage.is_clean().await;
}
