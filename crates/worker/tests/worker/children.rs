//! Executions that others start: through the store, whatever happens to workers.

use thaiyyal_model::{Clock, DefinitionHash, ExecutionId, ExecutionStatus, Reason, WorkflowId};
use thaiyyal_store::tenant::{Cancel, ExecutionPage, ExecutionSummary, NewWorkflow};
use thaiyyal_worker::Settings;

use super::{
    spy::Fault,
    stage::{Stage, row},
};

impl Stage {
    /// A published workflow.
    async fn workflow(&self, name: &str, definition: &str) -> WorkflowId {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let id = WorkflowId::mint(self.clock.as_ref());
        let new = NewWorkflow {
            id,
            name: name.to_owned(),
            description: String::new(),
            tags: Vec::new(),
            definition: definition.as_bytes().to_vec(),
            hash: DefinitionHash::of(definition.as_bytes()),
            publish: true,
            by: self.owner,
            now: self.clock.now(),
        };
        tx.create_workflow(&new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// What an execution started, the oldest first.
    async fn children(&self, parent: ExecutionId) -> Vec<ExecutionSummary> {
        let mut tx = self.storage.store.begin(&self.scope).await.unwrap();
        let page = ExecutionPage { parent: Some(parent), limit: 200, ..ExecutionPage::default() };
        let mut found = tx.list_executions(&page).await.unwrap().items;
        found.reverse();
        found
    }

    /// Waits until an execution has started so many.
    async fn has_children(&self, parent: ExecutionId, count: usize) -> Vec<ExecutionSummary> {
        self.until("it starts its children", || async { self.children(parent).await.len() == count }).await;
        self.children(parent).await
    }

    /// Stops what nobody waits for any more, as the scheduler does.
    async fn stop_abandoned(&self) -> usize {
        let stopped = self.storage.dispatch.stop_abandoned(1_000).await.unwrap();
        let queued: usize = stopped.hints.iter().map(|hint| hint.executions.len()).sum();
        let count = queued + stopped.running.len();
        self.publisher.publish(stopped.hints);
        count
    }

    /// The failure of an execution, as it is stored.
    async fn failed(&self, id: ExecutionId) -> serde_json::Value {
        let execution = self.reached(id, ExecutionStatus::Failed).await;
        serde_json::from_slice(&execution.summary.error.unwrap()).unwrap()
    }
}

/// A node that calls a workflow, before which stands a number.
fn calls(settings: &str) -> String {
    row(&["n:number{\"value\":1}", &format!("c:sub_workflow{settings}")])
}

#[tokio::test]
async fn a_child_runs_while_its_parent_holds_neither_worker_nor_slot() {
    let stage = Stage::new().await;
    stage.workflow("Double", &row(&["n:number{\"value\":2}", "e:expression{\"expression\":\"trigger.input.x * input\"}", "a:ask"])).await;
    let _worker = stage.worker_with(Settings { slots: 1, ..Stage::settings() });
    let parent = stage.accept_one(&calls(r#"{"workflow":"Double","input":{"x":"{{ input + 20 }}"},"output":"len(input)"}"#)).await;
    let call = stage.world.asked().await;
    let waiting = stage.reached(parent, ExecutionStatus::Waiting).await;
    assert_eq!(waiting.summary.reason, Some(Reason::Child));
    assert_eq!(stage.storage.dispatch.backlog().await.unwrap().leased, 1);
    assert_eq!(call.call.inputs[0].to_string(), "42");
    call.done("from the child");
    assert_eq!(stage.output(parent).await, "14");
    let [child] = &stage.children(parent).await[..] else { panic!("one child") };
    assert_eq!((child.parent, child.parent_step.as_deref(), child.status), (Some(parent), Some("c"), ExecutionStatus::Succeeded));
    stage.is_clean().await;
}

#[tokio::test]
async fn what_cannot_be_started_fails_the_step_and_says_why() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let id = stage.workflow("Twice", &row(&["n:number{\"value\":1}"])).await;
    stage.workflow("Same", &row(&["n:number{\"value\":1}"])).await;
    stage.workflow("Same", &row(&["n:number{\"value\":1}"])).await;
    let gone = WorkflowId::mint(stage.clock.as_ref());
    for (settings, code) in [
        (r#"{"workflow":"Nothing"}"#.to_owned(), "unknown_workflow"),
        (format!(r#"{{"workflow":"{gone}"}}"#), "unknown_workflow"),
        (r#"{"workflow":"Same"}"#.to_owned(), "ambiguous_workflow"),
        (format!(r#"{{"workflow":"{id}","version":7}}"#), "unknown_version"),
    ] {
        let parent = stage.accept_one(&calls(&settings)).await;
        assert_eq!(stage.failure(parent).await, code, "{settings}");
    }
    let parent = stage.accept_one(&calls(&format!(r#"{{"workflow":"{id}","version":1}}"#))).await;
    assert_eq!(stage.output(parent).await, "1");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_failure_three_levels_down_comes_up_with_its_place() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Third", &row(&["n:number{\"value\":1}", r#"s:stop_and_error{"message":"no lines","code":"empty_order"}"#])).await;
    stage.workflow("Second", &calls(r#"{"workflow":"Third"}"#)).await;
    stage.workflow("First", &calls(r#"{"workflow":"Second"}"#)).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"First"}"#)).await;
    let mut error = stage.failed(parent).await;
    assert_eq!((&error["code"], &error["node_id"]), (&"child_failed".into(), &"c".into()));
    for _ in 0..2 {
        error = error["details"].take();
        assert_eq!((&error["code"], &error["node_id"], &error["status"]), (&"child_failed".into(), &"c".into(), &"failed".into()));
    }
    let cause = &error["details"];
    assert_eq!((&cause["code"], &cause["node_id"], &cause["message"]), (&"empty_order".into(), &"s".into(), &"no lines".into()));
    stage.is_clean().await;
}

#[tokio::test]
async fn another_attempt_starts_another_child() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Ask","retry":{"max_attempts":3,"initial_delay":"1ms"}}"#)).await;
    stage.world.asked().await.answer(thaiyyal_connectors::Outcome::Fail(thaiyyal_model::Failure::new("broken", "no")));
    stage.until("the pause has begun", || async { stage.journal(parent).await.len() > 3 }).await;
    stage.pass(1);
    stage.world.asked().await.done("better");
    assert_eq!(stage.output(parent).await, "\"better\"");
    let statuses: Vec<_> = stage.children(parent).await.iter().map(|child| child.status).collect();
    assert_eq!(statuses, [ExecutionStatus::Failed, ExecutionStatus::Succeeded]);
    stage.is_clean().await;
}

#[tokio::test]
async fn workflows_that_call_themselves_come_to_an_end() {
    let mut stage = Stage::new().await;
    stage.limits.max_workflow_depth = 3;
    let _worker = stage.worker();
    stage.workflow("Again", &calls(r#"{"workflow":"Again"}"#)).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Again"}"#)).await;
    let error = stage.failed(parent).await.to_string();
    assert!(error.contains("workflows_too_deep") && error.contains("max_workflow_depth"), "{error}");
    let mut line = vec![parent];
    while let Some(child) = stage.children(*line.last().unwrap()).await.first() {
        line.push(child.id);
    }
    assert_eq!(line.len(), 4);
    stage.is_clean().await;
}

#[tokio::test]
async fn a_child_nobody_waits_for_goes_on_by_itself() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Ask","wait":false}"#)).await;
    let output: serde_json::Value = serde_json::from_str(&stage.output(parent).await).unwrap();
    let child = stage.children(parent).await[0].id;
    assert_eq!((&output["execution_id"], &output["version"]), (&child.to_string().into(), &1.into()));
    assert_eq!(stage.stop_abandoned().await, 0);
    stage.world.asked().await.done("late");
    stage.output(child).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_loop_over_a_hundred_elements_starts_so_many_children_at_a_time() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Square", &row(&["n:number{\"value\":2}", "e:expression{\"expression\":\"pow(trigger.input, input)\"}", "a:ask"])).await;
    let definition = r#"{"nodes":[
        {"id":"r","type":"range","data":{"start":1,"end":100}},
        {"id":"e","type":"for_each","data":{"max_concurrency":7}},
        {"id":"c","type":"sub_workflow","data":{"workflow":"Square"}},
        {"id":"s","type":"expression","data":{"expression":"sum(input.results)"}}
    ],"edges":[{"source":"r","target":"e"},{"source":"e","target":"c","sourceHandle":"body"},{"source":"e","target":"s","sourceHandle":"done"}]}"#;
    let parent = stage.accept_one(definition).await;
    let mut under_way = Vec::new();
    for _ in 0..7 {
        under_way.push(stage.world.asked().await);
    }
    stage.reached(parent, ExecutionStatus::Waiting).await;
    assert_eq!((stage.children(parent).await.len(), stage.world.unseen().await), (7, 0));
    for place in 0..100 {
        let call = if under_way.is_empty() { stage.world.asked().await } else { under_way.remove(0) };
        let value = call.call.inputs[0].clone();
        call.done(value);
        let started = stage.children(parent).await.len();
        assert!(started <= place + 8, "{started} were started after {place} ends");
    }
    assert_eq!(stage.output(parent).await, "338350");
    assert_eq!(stage.children(parent).await.len(), 100);
    stage.is_clean().await;
}

#[tokio::test]
async fn cancelling_the_first_of_three_generations_cancels_them_all() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Third", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    stage.workflow("Second", &calls(r#"{"workflow":"Third"}"#)).await;
    let first = stage.accept_one(&calls(r#"{"workflow":"Second"}"#)).await;
    let mut call = stage.world.asked().await;
    let second = stage.has_children(first, 1).await[0].id;
    let third = stage.has_children(second, 1).await[0].id;
    for waiting in [first, second] {
        stage.reached(waiting, ExecutionStatus::Waiting).await;
    }
    assert_eq!(stage.cancel(first).await, Cancel::Cancelled);
    assert_eq!(stage.stop_abandoned().await, 1);
    stage.reached(second, ExecutionStatus::Cancelled).await;
    assert_eq!(stage.stop_abandoned().await, 1);
    call.abandoned().await;
    stage.reached(third, ExecutionStatus::Cancelled).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_body_that_takes_too_long_stops_its_child_and_the_parent_goes_on() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"t","type":"timeout","data":{"timeout":"10m","timeout_action":"continue_with_partial"}},
        {"id":"c","type":"sub_workflow","data":{"workflow":"Ask"}},
        {"id":"b","type":"ask","data":{}}
    ],"edges":[{"source":"n","target":"t"},{"source":"t","target":"c","sourceHandle":"body"},{"source":"t","target":"b","sourceHandle":"done"}]}"#;
    let parent = stage.accept_one(definition).await;
    let mut inside = stage.world.asked().await;
    stage.reached(parent, ExecutionStatus::Waiting).await;
    let child = stage.children(parent).await[0].id;
    stage.pass(601);
    stage.fire_timers().await;
    let behind = stage.world.asked().await;
    assert_eq!(behind.node(), "b");
    stage.until("the child is abandoned", || async { stage.stop_abandoned().await == 1 }).await;
    inside.abandoned().await;
    stage.reached(child, ExecutionStatus::Cancelled).await;
    assert_eq!(stage.execution(parent).await.summary.status, ExecutionStatus::Running);
    behind.done("on");
    assert_eq!(stage.output(parent).await, "\"on\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_child_that_takes_too_long_is_stopped_and_fails_the_step_as_overdue() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Ask","timeout":"10m"}"#)).await;
    let mut call = stage.world.asked().await;
    stage.reached(parent, ExecutionStatus::Waiting).await;
    let child = stage.children(parent).await[0].id;
    stage.pass(601);
    stage.fire_timers().await;
    assert_eq!(stage.failure(parent).await, "timeout");
    stage.stop_abandoned().await;
    call.abandoned().await;
    stage.until("the child ends", || async { stage.execution(child).await.summary.status.is_terminal() }).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_parent_whose_branch_fails_fast_stops_the_child_in_the_other() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "inside:ask"])).await;
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"p","type":"parallel","data":{"branches":["left","right"]}},
        {"id":"c","type":"sub_workflow","data":{"workflow":"Ask"}},
        {"id":"b","type":"ask","data":{}}
    ],"edges":[{"source":"n","target":"p"},{"source":"p","target":"c","sourceHandle":"left"},{"source":"p","target":"b","sourceHandle":"right"}]}"#;
    let parent = stage.accept_one(definition).await;
    let (one, two) = (stage.world.asked().await, stage.world.asked().await);
    let (mut inside, beside) = if one.node() == "inside" { (one, two) } else { (two, one) };
    let child = stage.has_children(parent, 1).await[0].id;
    beside.answer(thaiyyal_connectors::Outcome::Fail(thaiyyal_model::Failure::new("broken", "no")));
    assert_eq!(stage.failure(parent).await, "broken");
    assert_eq!(stage.stop_abandoned().await, 1);
    inside.abandoned().await;
    stage.reached(child, ExecutionStatus::Cancelled).await;
    stage.is_clean().await;
}

#[tokio::test]
async fn a_worker_killed_between_the_start_of_a_child_and_its_wait_starts_no_second_one() {
    let stage = Stage::new().await;
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Ask"}"#)).await;
    stage.spy.set("suspend", Fault::Away(1_000_000));
    let first = stage.worker();
    let call = stage.world.asked().await;
    let before = stage.has_children(parent, 1).await;
    first.kill(&stage).await;
    drop(call);
    stage.spy.mend("suspend");

    stage.pass(31);
    assert_eq!(stage.reap().await.len(), 2);
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    stage.world.asked().await.done("once");
    assert_eq!(stage.output(parent).await, "\"once\"");
    let after: Vec<_> = stage.children(parent).await.iter().map(|child| child.id).collect();
    assert_eq!(after, [before[0].id]);
    stage.is_clean().await;
}

#[tokio::test]
async fn an_answer_to_a_start_that_is_lost_starts_no_second_child() {
    let stage = Stage::new().await;
    stage.workflow("One", &row(&["n:number{\"value\":1}"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"One"}"#)).await;
    stage.spy.set("accept", Fault::AnswerLost(3));
    let _worker = stage.worker();
    // Its hint was lost with the answer.
    stage
        .until("the child is there", || async {
            stage.hint_again().await;
            stage.execution(parent).await.summary.status == ExecutionStatus::Succeeded
        })
        .await;
    assert_eq!(stage.children(parent).await.len(), 1);
    stage.is_clean().await;
}

#[tokio::test]
async fn the_end_of_a_child_whose_worker_dies_before_it_tells_is_told_by_the_scheduler() {
    let stage = Stage::new().await;
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let parent = stage.accept_one(&calls(r#"{"workflow":"Ask"}"#)).await;
    let first = stage.worker();
    let call = stage.world.asked().await;
    stage.reached(parent, ExecutionStatus::Waiting).await;
    let child = stage.children(parent).await[0].id;
    stage.spy.set("deliver", Fault::Away(1_000_000));
    call.done("told late");
    stage.output(child).await;
    first.kill(&stage).await;
    stage.spy.mend("deliver");
    assert_eq!(stage.execution(parent).await.summary.status, ExecutionStatus::Waiting);
    let _second = stage.worker();
    assert_eq!(stage.deliver().await, 1);
    assert_eq!(stage.output(parent).await, "\"told late\"");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_worker_killed_before_it_abandons_a_child_is_followed_by_one_that_does() {
    let stage = Stage::new().await;
    stage.workflow("Ask", &row(&["n:number{\"value\":1}", "a:ask"])).await;
    let definition = r#"{"nodes":[
        {"id":"n","type":"number","data":{"value":1}},
        {"id":"t","type":"timeout","data":{"timeout":"10m","timeout_action":"continue_with_partial"}},
        {"id":"c","type":"sub_workflow","data":{"workflow":"Ask"}},
        {"id":"d","type":"delay","data":{"duration":"1h"}}
    ],"edges":[{"source":"n","target":"t"},{"source":"t","target":"c","sourceHandle":"body"},{"source":"t","target":"d","sourceHandle":"done"}]}"#;
    let parent = stage.accept_one(definition).await;
    let first = stage.worker();
    let call = stage.world.asked().await;
    stage.reached(parent, ExecutionStatus::Waiting).await;
    stage.spy.set("abandon", Fault::Away(1_000_000));
    let length = stage.journal(parent).await.len();
    stage.pass(601);
    stage.fire_timers().await;
    stage.until("the journal says that the child is cancelled", || async { stage.journal(parent).await.len() > length }).await;
    stage.until("the worker tries to abandon it", || async { stage.spy.count("abandon") > 0 }).await;
    first.kill(&stage).await;
    drop(call);
    stage.spy.mend("abandon");
    assert_eq!(stage.stop_abandoned().await, 0);

    stage.pass(31);
    stage.reap().await;
    stage.pass(60);
    let _second = stage.worker();
    stage.hint_again().await;
    stage.reached(parent, ExecutionStatus::Waiting).await;
    stage.until("the child is abandoned", || async { stage.stop_abandoned().await == 1 }).await;
    let child = stage.children(parent).await[0].id;
    stage.reached(child, ExecutionStatus::Cancelled).await;
}
