//! Executions that nodes start.

use std::sync::Arc;

use expect_test::{Expect, expect};
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Limits, Record, Value};

use super::world::{self, ending, live, machine, plan, shown, start};
use crate::{Answer, Child, Effect, EffectKind, Machine, Outcome, Progress, Stop};

fn check(graph: &str, limits: Limits, answer: impl FnMut(&Child) -> Answer, expected: &Expect) {
    expected.assert_eq(&told_of(graph, limits, answer));
}

fn told_of(graph: &str, limits: Limits, mut answer: impl FnMut(&Child) -> Answer) -> String {
    world::told(graph, limits, |effect| match &effect.kind {
        EffectKind::Child(child) => answer(child),
        other => panic!("{other:?} starts nothing"),
    })
}

/// The end of a child in time.
fn ended(child: &Child, status: ExecutionStatus, output: Value, error: Option<Failure>) -> Answer {
    Child::ended(child.id, Outcome { status, output, error }, child.until, start().started_at)
}

fn gave(child: &Child, output: Value) -> Answer {
    ended(child, ExecutionStatus::Succeeded, output, None)
}

fn broke(child: &Child) -> Answer {
    let error = Failure::new("empty_order", "the order has no lines").at("check");
    ended(child, ExecutionStatus::Failed, Value::Null, Some(error))
}

#[test]
fn a_child_gets_the_input_of_the_node_or_what_the_setting_says_and_gives_what_it_gave() {
    check(
        r#"a = 2
           b: sub_workflow plain
           c: sub_workflow {"workflow": "of {{ input }}", "version": 3, "input": {"twice": "{{ input * 2 }}"}, "output": "input.twice + 1"}
           a -> b -> c"#,
        Limits::default(),
        |child| gave(child, child.input.clone()),
        &expect![[r#"
            1 a = 2
            2 b calls {"execution_id":"00000000-0000-7e80-ba4e-d2d7e06f4e39","input":2,"wait":true,"workflow":"plain"}
            3 b = 2
            4 c calls {"execution_id":"00000000-0000-7e21-996d-274da8138e07","input":{"twice":4},"version":3,"wait":true,"workflow":"of 2"}
            5 c = 5
            succeeded 5"#]],
    );
}

#[test]
fn a_failed_child_fails_the_node_and_says_where() {
    let graph = r#"a: sub_workflow {"workflow": "w", "continue_on_fail": true}"#;
    check(
        graph,
        Limits::default(),
        broke,
        &expect![[r#"
        1 a calls {"execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","input":null,"wait":true,"workflow":"w"}
        2 a failed: child_failed
        succeeded {"code":"child_failed","details":{"code":"empty_order","execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","message":"the order has no lines","node_id":"check","status":"failed"},"error":"execution 00000000-0000-7b82-a0f6-1d37b91277d2, which this node started, ended as failed at check: the order has no lines","node_id":"a"}"#]],
    );
    let cancelled = |child: &Child| ended(child, ExecutionStatus::Cancelled, Value::Null, None);
    check(
        "a: sub_workflow w\nh: expression input.code\na -on_error-> h",
        Limits::default(),
        cancelled,
        &expect![[r#"
        1 a calls {"execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","input":null,"wait":true,"workflow":"w"}
        2 a failed: child_failed
        3 h = "child_failed"
        succeeded "child_failed""#]],
    );
}

#[test]
fn each_attempt_starts_a_child_of_its_own() {
    let mut ids = Vec::new();
    let told = told_of(
        r#"r: retry {"max_attempts": 2, "initial_delay": "1s"}
           a: sub_workflow {"workflow": "w", "retry": {"max_attempts": 2}}
           x = 1
           x -> r -body-> a"#,
        Limits::default(),
        |child| {
            ids.push(child.id);
            broke(child)
        },
    );
    assert!(told.ends_with("failed: child_failed at a"), "{told}");
    assert_eq!(ids.len(), 4);
    ids.dedup();
    assert_eq!(ids.len(), 4, "{ids:?}");
    assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7), "{ids:?}");
}

#[test]
fn a_child_that_someone_stopped_is_not_tried_again() {
    let cancelled = |child: &Child| ended(child, ExecutionStatus::Cancelled, Value::Null, None);
    let told = told_of(r#"a: sub_workflow {"workflow": "w", "retry": {"max_attempts": 3}}"#, Limits::default(), cancelled);
    assert_eq!(told.lines().count(), 3, "{told}");
}

#[test]
fn a_child_nobody_waits_for_is_answered_when_it_starts() {
    check(
        r#"a: sub_workflow {"workflow": "w", "wait": false, "timeout": "2s"}"#,
        Limits::default(),
        |child| {
            assert!(!child.waits && child.until.is_some());
            child.started(None, Some(thaiyyal_model::VersionNumber(4)))
        },
        &expect![[r#"
            1 a calls {"execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","input":null,"wait":false,"workflow":"w"}
            2 a = {"execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","version":4,"workflow_id":null}
            succeeded {"execution_id":"00000000-0000-7b82-a0f6-1d37b91277d2","version":4,"workflow_id":null}"#]],
    );
    told_of(r#"a: sub_workflow {"workflow": "w", "wait": false}"#, Limits::default(), |child| {
        assert_eq!(child.until, None);
        child.started(None, None)
    });
}

#[test]
fn each_attempt_has_the_time_of_the_setting_within_that_of_the_node_and_the_execution() {
    let mut ends = Vec::new();
    let mut until = |graph: &str| {
        told_of(graph, Limits { max_duration_ms: 60_000, ..Limits::default() }, |child| {
            ends.push(child.until.expect("the execution's own time is bounded").as_millisecond());
            broke(child)
        });
    };
    until("a: sub_workflow w");
    until(r#"a: sub_workflow {"workflow": "w", "timeout": "5s", "retry": {"max_attempts": 2, "initial_delay": "1s"}}"#);
    until(r#"a: sub_workflow {"workflow": "w", "timeout": "5s", "deadline": "3s"}"#);
    until(r#"a: sub_workflow {"workflow": "w", "timeout": "5m"}"#);
    assert_eq!(ends, [60_000, 5_000, 6_000, 3_000, 60_000]);
}

#[test]
fn depth_and_number_of_children_are_bounded() {
    let graph = r#"x: range {"start": 1, "end": 3}
        e: for_each {"max_concurrency": 1}
        a: sub_workflow w
        x -> e -body-> a"#;
    let most = Limits { max_children: Some(2), ..Limits::default() };
    let told = told_of(graph, most, |child| gave(child, Value::Null));
    assert!(told.ends_with("failed: too_many_children at a"), "{told}");
    let deep = Limits { max_workflow_depth: 0, ..Limits::default() };
    let told = told_of("a: sub_workflow w", deep, |_| panic!("it is too deep to start one"));
    assert!(told.ends_with("failed: workflows_too_deep at a"), "{told}");
}

/// Runs until children are asked for; the rest of the journal is lost.
fn asked(machine: &mut Machine, now_ms: i64) -> (Vec<Effect>, Vec<Record>) {
    let now = thaiyyal_model::Timestamp::from_millisecond(now_ms).expect("a small number");
    let Progress::Effects(effects) = machine.advance(now) else { panic!("it has ended") };
    (effects, machine.take_records())
}

fn children(effects: &[Effect]) -> Vec<ExecutionId> {
    effects.iter().filter_map(|effect| if let EffectKind::Child(child) = &effect.kind { Some(child.id) } else { None }).collect()
}

#[test]
fn a_resumed_machine_asks_for_the_same_children_again() {
    let graph = r#"x: range {"start": 1, "end": 3}
        w: delay 1500ms
        e: for_each {"max_concurrency": 3}
        a: sub_workflow w
        w -> x -> e -body-> a"#;
    let mut first = machine(graph);
    let (effects, mut records) = asked(&mut first, 0);
    let now = thaiyyal_model::Timestamp::from_millisecond(1_507).expect("a small number");
    first.complete(&effects[0].step, Answer::Woken, now);
    let (effects, more) = asked(&mut first, 1_507);
    records.extend(more);
    let ids = children(&effects);
    assert_eq!(ids.len(), 3);
    let mut resumed = Machine::resume(plan(graph), start(), Arc::new(Limits::default()), records).expect("it is a journal");
    let (effects, _) = asked(&mut resumed, 9_999);
    assert_eq!(children(&effects), ids);
}

#[test]
fn whoever_resumes_is_told_again_which_children_are_to_be_ended() {
    let graph = r#"x = 1
        t: timeout {"timeout": "1s", "timeout_action": "continue_with_partial"}
        a: sub_workflow w
        d: delay 1h
        x -> t -body-> a
        t -done-> d"#;
    let mut first = machine(graph);
    let (effects, mut records) = asked(&mut first, 0);
    let ids = children(&effects);
    let wait = effects.iter().find(|effect| matches!(effect.kind, EffectKind::Wait { .. })).expect("the timeout waits");
    first.complete(&wait.step, Answer::Woken, thaiyyal_model::Timestamp::from_second(1).expect("a small number"));
    let told = |effects: &[Effect]| -> Vec<Option<ExecutionId>> {
        effects.iter().filter_map(|effect| if let EffectKind::Cancel { child } = effect.kind { Some(child) } else { None }).collect()
    };
    let (effects, more) = asked(&mut first, 1_000);
    assert_eq!(told(&effects), [Some(ids[0])]);
    records.extend(more);
    let mut resumed = Machine::resume(plan(graph), start(), Arc::new(Limits::default()), records).expect("it is a journal");
    let (effects, _) = asked(&mut resumed, 2_000);
    assert_eq!(told(&effects), [Some(ids[0])]);
    assert_eq!(children(&effects), []);
}

#[test]
fn a_stop_ends_the_step_that_waits_for_a_child() {
    let mut stopped = machine("a: sub_workflow w");
    let (effects, _) = asked(&mut stopped, 0);
    assert_eq!(children(&effects).len(), 1);
    stopped.stop(Stop::Cancel, start().started_at);
    let (outcome, records) = live(&mut stopped, |_| panic!("nothing is left to ask"));
    assert_eq!((ending(&outcome).as_str(), shown(&records[0]).as_str()), ("cancelled null", "2 a cancelled"));
}

#[test]
fn expressions_see_which_execution_started_theirs() {
    let parent = ExecutionId::from_uuid(uuid::Uuid::from_u128(7));
    let start = crate::Start { parent: Some(parent), depth: 1, ..start() };
    let mut machine = Machine::start(plan("x = 1\na: expression execution.parent\nx -> a"), start, Arc::new(Limits::default()));
    let Progress::Ended(outcome) = machine.advance(thaiyyal_model::Timestamp::UNIX_EPOCH) else { panic!("it waits for nothing") };
    assert_eq!(outcome.output, Value::from(parent.to_string()));
}

#[test]
fn a_definition_that_calls_itself_is_warned_about() {
    let mut definition =
        super::notation::definition("a: sub_workflow me\nb: sub_workflow you\nc: sub_workflow {\"workflow\": \"{{ input }}\"}\na -> c");
    definition.workflow_id = Some("me".into());
    let compiled = crate::Plan::compile(&definition, world::catalog(), &Limits::default()).expect("it can run");
    let told: Vec<_> = compiled.warnings.iter().map(|warning| (warning.code.as_str(), warning.pointer.as_str())).collect();
    assert_eq!(told, [("calls_itself", "/nodes/0/data/workflow")]);
    let called: Vec<_> = compiled.calls.iter().map(|call| (call.node_id.as_str(), call.workflow.as_str())).collect();
    assert_eq!(called, [("a", "me"), ("b", "you")]);
}
