use thaiyyal_model::{Epoch, ExecutionStatus};
use thaiyyal_worker::Settings;

use super::stage::{Stage, row};

fn two_calls() -> String {
    row(&["n:number{\"value\":1}", "a:ask", "b:ask"])
}

#[tokio::test]
async fn after_a_crash_another_worker_goes_on_and_repeats_only_what_is_not_recorded() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&two_calls()).await;
    stage.world.asked().await.done("from a");
    let b = stage.world.asked().await;
    let key = b.call.idempotency_key.clone();
    first.kill(&stage).await;
    drop(b);

    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    // The first crash costs a short back-off.
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    let again = stage.world.asked().await;
    assert_eq!(again.node(), "b");
    assert_eq!(again.call.idempotency_key, key);
    again.done("from b");
    assert_eq!(stage.output(execution).await, "\"from b\"");
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_zombie_writes_nothing() {
    let stage = Stage::new().await;
    // This one trusts its leases for an hour and asks nobody.
    let zombie = stage.worker_with(Settings { heartbeat_ms: 3_600_000, ..Stage::settings() });
    let execution = stage.accept_one(&two_calls()).await;
    let of_zombie = stage.world.asked().await;

    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
    // The hint goes to the other worker, as the zombie has stopped listening but is not stopped.
    zombie.stop.cancel();
    let _other = stage.worker();
    stage.hint_again().await;
    let of_other = stage.world.asked().await;
    assert_eq!(of_other.call.idempotency_key, of_zombie.call.idempotency_key);

    of_zombie.done("from the zombie");
    zombie.ended().await;
    of_other.done("from the other");
    stage.world.asked().await.done("end");
    assert_eq!(stage.output(execution).await, "\"end\"");
    let outputs = format!("{:?}", stage.journal(execution).await);
    assert!(outputs.contains("from the other") && !outputs.contains("from the zombie"));
    stage.is_clean().await;
}

#[tokio::test]
async fn epochs_of_an_execution_that_waited_are_never_used_again() {
    let stage = Stage::new().await;
    let zombie = stage.worker_with(Settings { heartbeat_ms: 3_600_000, ..Stage::settings() });
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "d:delay{\"duration\":\"10m\"}", "b:ask"])).await;
    let of_zombie = stage.world.asked().await;
    stage.pass(31);
    stage.reap().await;
    stage.pass(60);
    zombie.stop.cancel();
    let _other = stage.worker();
    stage.hint_again().await;
    stage.world.asked().await.done("from the other");
    stage.reached(execution, ExecutionStatus::Waiting).await;
    stage.pass(601);
    stage.fire_timers().await;
    let b = stage.world.asked().await;
    assert_eq!(b.node(), "b");

    of_zombie.done("from the zombie");
    zombie.ended().await;
    b.done("end");
    assert_eq!(stage.output(execution).await, "\"end\"");
    assert!(!format!("{:?}", stage.journal(execution).await).contains("from the zombie"));
}

#[tokio::test]
async fn an_execution_that_takes_worker_after_worker_down_is_given_up() {
    let stage = Stage::new().await;
    let execution = stage.accept_one(&two_calls()).await;
    for crash in 0..6 {
        let worker = stage.worker();
        stage.hint_again().await;
        let call = stage.world.asked().await;
        worker.kill(&stage).await;
        drop(call);
        stage.pass(3_600);
        assert_eq!(stage.reap().await.len(), usize::from(crash < 5), "crash {crash}");
        stage.pass(3_600);
    }
    assert_eq!(stage.failure(execution).await, "worker_lost");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_lease_nobody_works_on_is_handed_back_by_the_worker_it_belongs_to() {
    let stage = Stage::new().await;
    let worker = stage.worker();
    stage.until("the worker is known", || async { stage.spy.count("leases") > 0 }).await;
    let (executions, _) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 1).await;
    // A claim whose answer got lost looks like this.
    let claimed = stage.storage.dispatch.claim(worker.id, &executions).await.unwrap();
    assert_eq!(claimed[0].epoch, Epoch(1));
    stage.output(executions[0]).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn claims_whose_answers_are_lost_are_found() {
    use super::spy::Fault;
    let stage = Stage::new().await;
    stage.spy.set("claim", Fault::AnswerLost(2));
    let _worker = stage.worker();
    let executions = stage.accept(&row(&["n:number{\"value\":1}"]), 5).await;
    for execution in executions {
        stage.output(execution).await;
    }
    stage.is_clean().await;
}
