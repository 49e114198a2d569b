//! Nodes that wait for something from outside.

use std::sync::Arc;

use expect_test::{Expect, expect};
use thaiyyal_model::{Limits, Value};

use super::notation::definition;
use super::world::{catalog, ending, live, plan, shown, start, until};
use crate::{Answer, Effect, EffectKind, Machine, Plan};

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).expect("valid JSON")
}

/// Runs a graph in which waits are answered one after the other, the one that ends first before the others; resumed after each record, it
/// comes to the same end.
fn check(graph: &str, answer: impl Fn(&str) -> Answer, expected: &Expect) {
    let answer = |open: &mut Vec<Effect>| {
        let at = (0..open.len()).min_by_key(|at| (until(&open[*at]), open[*at].step.clone())).expect("something is open");
        let effect = open.remove(at);
        let EffectKind::Wait { expects, .. } = &effect.kind else { panic!("{effect:?}") };
        let given = expects.as_ref().map_or(Answer::Woken, |expects| answer(&expects.signal));
        vec![(effect, given)]
    };
    let plan = plan(graph);
    let limits = || Arc::new(Limits::default());
    let (outcome, records) = live(&mut Machine::start(Arc::clone(&plan), start(), limits()), answer);
    for length in 0..=records.len() {
        let mut resumed = Machine::resume(Arc::clone(&plan), start(), limits(), records[..length].to_vec()).unwrap();
        assert_eq!(live(&mut resumed, answer).0, outcome, "after {length} records");
    }
    let text: String = records.iter().map(|record| shown(record) + "\n").collect();
    expected.assert_eq(&(text + &ending(&outcome)));
}

fn sent(name: &str) -> Answer {
    Answer::Done(Value::from(format!("what came for {name}")))
}

#[test]
fn a_wait_gives_what_the_signal_carries() {
    check(
        r#"a = 1
         w: wait {"for": "signal", "name": "paid-{{ input }}", "timeout": "1h"}
         ok: expression input.payload
         late: expression 'late'
         a -> w -received-> ok, w -timeout-> late"#,
        sent,
        &expect![[r#"
            1 a = 1
            2 w waits for signal paid-1 until 3600000ms
            3 w = {"payload":"what came for paid-1","timed_out":false,"value":1,"waited_ms":3600000}
            4 ok = "what came for paid-1"
            5 late skipped
            succeeded "what came for paid-1""#]],
    );
}

#[test]
fn a_wait_whose_time_is_up_takes_that_output_or_fails() {
    let late = |_: &str| Answer::Woken;
    check(
        r#"w: wait {"for": "callback", "name": "x", "timeout": "1h"}
         ok: expression 'ok'
         late: expression [input.timed_out, input.waited_ms]
         w -received-> ok, w -timeout-> late"#,
        late,
        &expect![[r#"
            1 w waits for signal callback:x until 3600000ms
            2 w = {"payload":null,"timed_out":true,"value":null,"waited_ms":3600000}
            3 ok skipped
            4 late = [true,3600000]
            succeeded [true,3600000]"#]],
    );
    check(
        "w: wait {\"for\": \"callback\", \"name\": \"x\", \"timeout\": \"1h\"}",
        late,
        &expect![[r#"
        1 w waits for signal callback:x until 3600000ms
        2 w failed: timeout
        failed: timeout at w"#]],
    );
}

#[test]
fn a_wait_may_be_for_a_while_or_until_an_instant() {
    check(
        r#"a = 1
         w: wait {"for": "duration", "duration": "90s"}
         v: wait {"for": "time", "until": "1970-01-01T00:10:00Z"}
         past: wait {"for": "time", "until": "1969-01-01T00:10:00Z"}
         a -> w -> v -> past"#,
        sent,
        &expect![[r#"
            1 a = 1
            2 w waits for timer until 90000ms
            3 w = {"payload":null,"timed_out":false,"value":1,"waited_ms":90000}
            4 v waits for timer until 600000ms
            5 v = {"payload":null,"timed_out":false,"value":{"payload":null,"timed_out":false,"value":1,"waited_ms":90000},"waited_ms":510000}
            6 past = {"payload":null,"timed_out":false,"value":{"payload":null,"timed_out":false,"value":{"payload":null,"timed_out":false,"value":1,"waited_ms":90000},"waited_ms":510000},"waited_ms":0}
            succeeded {"payload":null,"timed_out":false,"value":{"payload":null,"timed_out":false,"value":{"payload":null,"timed_out":false,"value":1,"waited_ms":90000},"waited_ms":510000},"waited_ms":0}"#]],
    );
}

#[test]
fn each_round_of_a_loop_waits_for_a_signal_of_its_own() {
    check(
        r#"r: range {"start": 1, "end": 2}
         l: for_each {"max_concurrency": 2}
         w: wait {"for": "signal", "name": "item-{{ item }}"}
         r -> l -body-> w"#,
        sent,
        &expect![[r#"
            1 r = {"count":2,"end":2,"range":[1,2],"start":1,"step":1}
            2 w[0] waits for signal item-1
            3 w[1] waits for signal item-2
            4 w[0] = {"payload":"what came for item-1","timed_out":false,"value":1,"waited_ms":0}
            5 w[1] = {"payload":"what came for item-2","timed_out":false,"value":2,"waited_ms":0}
            6 l = {"failed":0,"input_count":2,"iterations":2,"results":[{"payload":"what came for item-1","timed_out":false,"value":1,"waited_ms":0},{"payload":"what came for item-2","timed_out":false,"value":2,"waited_ms":0}],"successful":2}
            succeeded {"failed":0,"input_count":2,"iterations":2,"results":[{"payload":"what came for item-1","timed_out":false,"value":1,"waited_ms":0},{"payload":"what came for item-2","timed_out":false,"value":2,"waited_ms":0}],"successful":2}"#]],
    );
}

#[test]
fn an_approval_goes_on_by_the_output_of_its_decision() {
    let graph = r#"a = 1
         p: approval {"title": "Pay {{ input }}?", "assignees": "x@example.com , y@example.com", "timeout": "1h"}
         yes: expression input.data.amount
         no: expression input.comment
         late: expression input.decision
         a -> p -approved-> yes, p -rejected-> no, p -timeout-> late"#;
    let approved = |_: &str| Answer::Done(json(r#"{"decision": "approved", "data": {"amount": 7}, "by": {"email": "x@example.com"}}"#));
    check(
        graph,
        approved,
        &expect![[r#"
        1 a = 1
        2 p waits for approval approval:p until 3600000ms
        3 p = {"at":null,"by":{"email":"x@example.com"},"comment":null,"data":{"amount":7},"decision":"approved","value":1}
        4 yes = 7
        5 no skipped
        6 late skipped
        succeeded 7"#]],
    );
    check(
        graph,
        |_| Answer::Done(json(r#"{"decision": "rejected", "comment": "no"}"#)),
        &expect![[r#"
        1 a = 1
        2 p waits for approval approval:p until 3600000ms
        3 p = {"at":null,"by":null,"comment":"no","data":null,"decision":"rejected","value":1}
        4 yes skipped
        5 no = "no"
        6 late skipped
        succeeded "no""#]],
    );
    check(
        graph,
        |_| Answer::Woken,
        &expect![[r#"
        1 a = 1
        2 p waits for approval approval:p until 3600000ms
        3 p = {"at":null,"by":null,"comment":null,"data":null,"decision":"timeout","value":1}
        4 yes skipped
        5 no skipped
        6 late = "timeout"
        succeeded "timeout""#]],
    );
}

#[test]
fn what_people_are_asked_is_filled_in_and_told_with_the_wait() {
    let mut machine = Machine::start(
        plan("a = 1\np: approval {\"title\": \"Pay {{ input }}?\", \"assignees\": \" x@example.com,\"}\na -> p"),
        start(),
        Arc::default(),
    );
    let crate::Progress::Effects(effects) = machine.advance(start().started_at) else { panic!("it waits") };
    let EffectKind::Wait { expects: Some(expects), until: None, .. } = &effects[0].kind else { panic!("{effects:?}") };
    assert_eq!(expects.signal, "approval:p");
    let asked = json(r#"{"assignees": ["x@example.com"], "form": null, "message": null, "title": "Pay 1?"}"#);
    assert_eq!(expects.question.as_ref(), Some(&asked));
}

#[test]
fn settings_that_mean_nothing_are_told() {
    let problem = |settings: &str| {
        let graph = definition(&format!("w: {settings}"));
        let invalid = Plan::compile(&graph, catalog(), &Limits::default()).unwrap_err();
        let first = &invalid.problems[0];
        format!("{} {}", first.code, first.pointer)
    };
    assert_eq!(problem(r#"wait {"for": "luck"}"#), "invalid_value /nodes/0/data/for");
    assert_eq!(problem(r#"wait {"for": "duration"}"#), "missing_field /nodes/0/data/duration");
    assert_eq!(problem(r#"wait {"for": "time", "until": "soon"}"#), "invalid_value /nodes/0/data/until");
    assert_eq!(problem(r#"wait {"for": "signal", "name": "child:1"}"#), "invalid_value /nodes/0/data/name");
    assert_eq!(problem(r#"wait {"for": "signal", "timeout": "soon"}"#), "invalid_value /nodes/0/data/timeout");
    assert_eq!(problem(r#"approval {"message": "?"}"#), "missing_field /nodes/0/data/title");
    assert_eq!(problem(r#"approval {"title": "?", "form": {"type": 7}}"#), "invalid_value /nodes/0/data/form");
}
