use thaiyyal_worker::Settings;

use super::{
    spy::Fault,
    stage::{Stage, row},
};

fn two_calls() -> String {
    row(&["n:number{\"value\":1}", "a:ask", "b:ask"])
}

#[tokio::test]
async fn short_outages_of_the_database_are_sat_out() {
    let stage = Stage::new().await;
    for method in ["claim", "append", "finish", "suspend"] {
        stage.spy.set(method, Fault::Away(2));
    }
    let _worker = stage.worker();
    let execution = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done(1);
    stage.world.asked().await.done(2);
    assert_eq!(stage.output(execution).await, "2");
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn answers_lost_on_the_way_do_no_harm() {
    let stage = Stage::new().await;
    for method in ["append", "finish"] {
        stage.spy.set(method, Fault::AnswerLost(1));
    }
    let _worker = stage.worker();
    let execution = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done(1);
    stage.world.asked().await.done(2);
    assert_eq!(stage.output(execution).await, "2");
    let journal = stage.journal(execution).await;
    assert_eq!(journal.iter().map(|record| record.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    stage.is_clean().await;
}

#[tokio::test]
async fn an_execution_whose_records_the_database_refuses_fails_alone() {
    let stage = Stage::new().await;
    let executions = stage.accept(&two_calls(), 10).await;
    let bad = executions[4];
    stage.spy.set("append", Fault::Refuses(bad));
    let _worker = stage.worker();
    tokio::select! {
        () = stage.world.answer_all() => {}
        () = async {
            assert_eq!(stage.failure(bad).await, "internal");
            for execution in executions.iter().filter(|execution| **execution != bad) {
                stage.output(*execution).await;
            }
        } => {}
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn an_execution_whose_result_the_database_refuses_fails_alone() {
    let stage = Stage::new().await;
    let executions = stage.accept(&row(&["n:number{\"value\":1}"]), 10).await;
    let bad = executions[4];
    stage.spy.set("finish", Fault::Refuses(bad));
    let _worker = stage.worker();
    assert_eq!(stage.failure(bad).await, "internal");
    for execution in executions.iter().filter(|execution| **execution != bad) {
        stage.output(*execution).await;
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn a_worker_nobody_hears_drops_what_it_runs_and_takes_nothing_until_it_is_heard_again() {
    let stage = Stage::new().await;
    let _worker = stage.worker_with(Settings { lease_ttl_ms: 400, trust_margin_ms: 100, ..Stage::settings() });
    let execution = stage.accept_one(&two_calls()).await;
    let mut call = stage.world.asked().await;
    stage.spy.set("heartbeat", Fault::Away(u32::MAX));
    call.abandoned().await;
    let claims = stage.spy.count("claim");
    let other = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    let beats = stage.spy.count("heartbeat");
    stage.until("it tried again", || async { stage.spy.count("heartbeat") > beats + 2 }).await;
    assert_eq!(stage.spy.count("claim"), claims);

    stage.spy.mend("heartbeat");
    stage.output(other).await;
    // Nobody else took the execution over, so it is found by comparing leases.
    let again = stage.world.asked().await;
    assert_eq!(again.call.idempotency_key, call.call.idempotency_key);
    again.done(1);
    stage.world.asked().await.done(2);
    assert_eq!(stage.output(execution).await, "2");
}
