use thaiyyal_commands::publish;
use thaiyyal_store::windows::Windows;
use thaiyyal_worker::{
    Settings,
    scheduler::{self, SchedulerDeps},
};
use tokio_util::sync::CancellationToken;

use super::{
    spy::Fault,
    stage::{Stage, row},
};

fn call() -> String {
    row(&["n:number{\"value\":1}", "a:ask"])
}

impl Stage {
    /// Runs the scheduler loops until the guard is dropped.
    fn scheduler(&self) -> tokio_util::sync::DropGuard {
        let stop = CancellationToken::new();
        let deps = SchedulerDeps {
            storage: self.storage.clone(),
            queue: self.queue.clone(),
            ephemeral: self.ephemeral.clone(),
            publisher: self.publisher.clone(),
            settings: scheduler::Settings {
                relay_ms: 10,
                timers_ms: 10,
                reaper_ms: 10,
                sweeper_ms: 10,
                sweep_backlog_after_ms: 30_000,
                windows_ms: 10,
                window_width: 10,
                ..scheduler::Settings::default()
            },
        };
        tokio_util::task::TaskTracker::new().spawn(scheduler::run(deps, stop.clone()));
        stop.drop_guard()
    }

    /// Publishes hints of everything that is due, as the scheduler does.
    pub(crate) async fn hint_again(&self) {
        let mut hints = self.storage.dispatch.sweep(std::time::Duration::ZERO, 1_000).await.unwrap();
        hints.extend(self.storage.dispatch.tend_windows(&Windows { width: 1_000, turn: 1_000 }).await.unwrap().hints);
        self.published(&hints).await;
    }
}

#[tokio::test]
async fn hints_that_were_never_published_are_relayed() {
    let stage = Stage::new().await;
    let (executions, _hints) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 100).await;
    let _worker = stage.worker();
    stage.pass(2);
    let _scheduler = stage.scheduler();
    for execution in executions {
        stage.output(execution).await;
    }
    stage.until("the outbox is empty", || async { stage.storage.dispatch.backlog().await.unwrap().outbox == 0 }).await;
}

#[tokio::test]
async fn hints_the_broker_lost_are_repeated() {
    let stage = Stage::new().await;
    let (executions, hints) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 100).await;
    // The broker confirmed them and lost everything.
    stage.storage.dispatch.confirm(&hints.iter().filter_map(|hint| hint.outbox).collect::<Vec<_>>()).await.unwrap();
    let _worker = stage.worker();
    stage.pass(31);
    let _scheduler = stage.scheduler();
    for execution in executions {
        stage.output(execution).await;
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn a_tenant_whose_window_closed_has_all_of_its_executions_run_and_the_window_opens_again() {
    let stage = Stage::new().await;
    let _scheduler = stage.scheduler();
    let _other_scheduler = stage.scheduler();
    let pure = row(&["n:number{\"value\":1}"]);
    let mut executions = stage.accept(&pure, 30).await;
    // Whoever comes when the window is closed gets no hint.
    loop {
        let (more, hints) = stage.accept_silently(&pure, 1).await;
        executions.extend(more);
        if hints.is_empty() {
            break;
        }
        stage.published(&hints).await;
        stage.spy.called().await;
    }
    executions.extend(stage.accept(&pure, 100).await);
    let _worker = stage.worker();
    for execution in executions {
        stage.output(execution).await;
    }
    stage.is_clean().await;
    stage
        .until("the window opens", || async {
            let (last, hints) = stage.accept_silently(&pure, 1).await;
            stage.published(&hints).await;
            stage.output(last[0]).await;
            !hints.is_empty()
        })
        .await;
}

#[tokio::test]
async fn executions_run_without_a_broker_that_brings_hints() {
    let stage = Stage::new().await;
    let (executions, _hints) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 300).await;
    stage.pass(1);
    let _worker = stage.worker_with(Settings { claim_directly_after_ms: 20, ..Stage::settings() });
    for execution in executions {
        stage.output(execution).await;
    }
    // Hints that come all the same are taken as ever.
    let (execution, hints) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 1).await;
    stage.published(&hints).await;
    stage.output(execution[0]).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_database_that_is_away_does_not_end_claims_without_hints() {
    let stage = Stage::new().await;
    let (executions, _hints) = stage.accept_silently(&row(&["n:number{\"value\":1}"]), 10).await;
    stage.pass(1);
    stage.spy.set("claim_overdue", Fault::Away(3));
    let _worker = stage.worker_with(Settings { claim_directly_after_ms: 20, ..Stage::settings() });
    for execution in executions {
        stage.output(execution).await;
    }
    assert!(stage.spy.count("claim_overdue") > 3);
    stage.is_clean().await;
}

#[tokio::test]
async fn timers_and_crashes_need_no_hand_but_the_schedulers() {
    let stage = Stage::new().await;
    let _scheduler = stage.scheduler();
    let _other_scheduler = stage.scheduler();
    let first = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "d:delay{\"duration\":\"10m\"}", "a:ask"])).await;
    stage.reached(execution, thaiyyal_model::ExecutionStatus::Waiting).await;
    stage.pass(601);
    let call = stage.world.asked().await;
    first.kill(&stage).await;
    drop(call);
    stage.pass(31);
    stage.until("the lease is freed", || async { stage.storage.dispatch.backlog().await.unwrap().leased == 0 }).await;
    stage.pass(60);
    let _second = stage.worker();
    stage.world.asked().await.done("end");
    assert_eq!(stage.output(execution).await, "\"end\"");
}

#[tokio::test]
async fn repeated_and_late_hints_do_no_harm() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let _other = stage.worker();
    let (executions, hints) = stage.accept_silently(&call(), 20).await;
    for _ in 0..3 {
        stage.published(&hints).await;
    }
    let mut asked = Vec::new();
    for _ in &executions {
        asked.push(stage.world.asked().await);
    }
    let mut begun: Vec<_> = asked.iter().map(|asked| asked.call.execution).collect();
    begun.sort_unstable();
    let mut expected = executions.clone();
    expected.sort_unstable();
    assert_eq!(begun, expected);
    asked.into_iter().for_each(|asked| asked.done(1));
    for execution in &executions {
        stage.output(*execution).await;
    }
    // Hints of what has ended.
    stage.published(&hints).await;
    let last = stage.accept_one(&row(&["n:number{\"value\":1}"])).await;
    stage.output(last).await;
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn confirmed_hints_leave_the_outbox() {
    let stage = Stage::new().await;
    stage.accept(&call(), 200).await;
    stage.until("the outbox is empty", || async { stage.storage.dispatch.backlog().await.unwrap().outbox == 0 }).await;
}

#[tokio::test]
async fn while_the_broker_takes_nothing_hints_stay_in_the_outbox() {
    let stage = Stage::new().await;
    stage.queue.close();
    let (_, hints) = stage.accept_silently(&call(), 10).await;
    let (tracker, stage_queue) = (tokio_util::task::TaskTracker::new(), stage.queue.clone());
    let publisher = publish::Publisher::spawn(&tracker, stage_queue, stage.storage.dispatch.clone(), &publish::Settings::default());
    let count = hints.len() as u64;
    publisher.publish(hints);
    drop(publisher);
    tracker.close();
    tracker.wait().await;
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().outbox, count);
}
