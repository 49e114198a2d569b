//! Questions to people: asked under the lease, decided once, closed when nobody needs the answer.

use thaiyyal_commands::approvals::{Decide, Refused, decide};
use thaiyyal_model::{Clock, ExecutionStatus, Reason, UserId, Value};
use thaiyyal_store::{
    approvals::{Approval, ApprovalPage},
    tenant::Person,
};

use super::stage::{Stage, row};

const ASK: &str = "p:approval{\"title\":\"Go on?\"}";

impl Stage {
    /// What people are asked.
    async fn asked(&self, open_only: bool) -> Vec<Approval> {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let page = ApprovalPage { limit: 200, before: None, execution: None, open_only, assignee: None, now: self.clock.now() };
        tx.list_approvals(&page).await.unwrap().items
    }

    /// Decides as the API does.
    async fn decide(&self, asked: &Approval, is_approved: bool) -> Result<Approval, Refused> {
        let by = Person { id: UserId::mint(self.clock.as_ref()), email: "a@example.test".to_owned(), name: "A".to_owned() };
        let new =
            Decide { approval: asked.id, by, is_administrator: false, is_approved, data: Value::Null, comment: None, most_pending: 100 };
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let decided = decide(&mut *tx, new, self.clock.now()).await?;
        tx.commit().await.unwrap();
        self.deliver().await;
        Ok(decided)
    }
}

/// Many executions wait, every worker dies, each question is decided twice at once.
#[tokio::test]
async fn each_of_many_questions_is_decided_once_although_every_worker_is_killed() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let waiting = stage.accept(&row(&["n:number{\"value\":1}", ASK, "a:ask"]), 40).await;
    for execution in &waiting {
        assert_eq!(stage.reached(*execution, ExecutionStatus::Waiting).await.summary.reason, Some(Reason::Approval));
    }
    first.kill(&stage).await;
    stage.pass(31);
    assert_eq!(stage.reap().await, []);
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 0);

    let asked = stage.asked(true).await;
    assert_eq!(asked.len(), 40);
    for question in &asked {
        let (one, other) = tokio::join!(stage.decide(question, true), stage.decide(question, true));
        let second = if one.is_ok() { other } else { one };
        assert!(matches!(second, Err(Refused::Decided)), "{second:?}");
    }
    assert!(stage.asked(true).await.is_empty());
    let _second = stage.worker();
    stage.hint_again().await;
    for _ in &waiting {
        let call = stage.world.asked().await;
        assert_eq!(call.call.inputs[0].get("decision").and_then(Value::as_str), Some("approved"));
        call.done(1);
    }
    for execution in waiting {
        stage.output(execution).await;
    }
    assert_eq!(stage.world.unseen().await, 0);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_question_is_asked_again_by_nobody_after_a_crash_and_stays_the_same() {
    let stage = Stage::new().await;
    let first = stage.worker();
    // Beside a call, so that the lease is held while the question is open.
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"long","type":"ask","data":{}},{"id":"p","type":"approval","data":{"title":"Go on?"}}
    ],"edges":[{"source":"n","target":"long"},{"source":"n","target":"p"}]}"#;
    let execution = stage.accept_one(definition).await;
    let call = stage.world.asked().await;
    stage.until("it is asked", || async { !stage.asked(true).await.is_empty() }).await;
    let before = stage.asked(true).await;
    first.kill(&stage).await;
    drop(call);
    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    let call = stage.world.asked().await;
    assert_eq!(stage.asked(true).await, before);
    stage.decide(&before[0], false).await.unwrap();
    call.done(1);
    stage.output(execution).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_question_nobody_answered_in_time_is_closed() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"p","type":"approval","data":{"title":"Go on?","timeout":"1h"}},
        {"id":"late","type":"expression","data":{"expression":"input.decision"}},{"id":"a","type":"ask","data":{}}
    ],"edges":[{"source":"p","target":"late","sourceHandle":"timeout"},{"source":"late","target":"a"}]}"#;
    let execution = stage.accept_one(definition).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    let asked = stage.asked(true).await;
    stage.pass(3_601);
    stage.fire_timers().await;
    let call = stage.world.asked().await;
    assert!(matches!(stage.decide(&asked[0], true).await, Err(Refused::Over)));
    call.done(1);
    stage.output(execution).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn the_question_of_a_branch_that_lost_is_closed() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"p","type":"parallel","data":{"branches":["left","right"],"wait_for":"first"}},
        {"id":"l","type":"approval","data":{"title":"Left?"}},
        {"id":"r","type":"approval","data":{"title":"Right?"}},
        {"id":"next","type":"wait","data":{"for":"signal"}}
    ],"edges":[{"source":"n","target":"p"},{"source":"p","target":"l","sourceHandle":"left"},
        {"source":"p","target":"r","sourceHandle":"right"},{"source":"p","target":"next"}]}"#;
    let execution = stage.accept_one(definition).await;
    stage.reached(execution, ExecutionStatus::Waiting).await;
    let asked = stage.asked(true).await;
    let [right, left] = asked.as_slice() else { panic!("{asked:?}") };
    stage.decide(left, true).await.unwrap();
    stage.until("the other is closed", || async { stage.asked(true).await.is_empty() }).await;
    assert!(matches!(stage.decide(right, true).await, Err(Refused::Over)));
    stage.signal(execution, "signal", "1").await;
    stage.output(execution).await;
    stage.is_clean().await;
}
