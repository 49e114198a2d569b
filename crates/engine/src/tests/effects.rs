use std::sync::Arc;

use expect_test::{Expect, expect};
use thaiyyal_model::{ExecutionStatus, Failure, Iteration, Limits, Record, RecordKind, StepId, Timestamp, Value};

use super::world::{ending, live, machine, plan, shown, start, told};
use crate::{Answer, Effect, EffectKind, Machine, Progress, ResumeError, Stop};

fn check(graph: &str, call: impl FnMut(&Effect) -> Answer, expected: &Expect) {
    expected.assert_eq(&told(graph, Limits::default(), call));
}

fn step(node: &str) -> StepId {
    StepId { node_id: node.into(), iteration: Iteration::default() }
}

fn effects(machine: &mut Machine, at_ms: i64) -> Vec<String> {
    match machine.advance(at(at_ms)) {
        Progress::Effects(effects) => effects.iter().map(|effect| format!("{} {}", effect.step, effect.attempt)).collect(),
        other => panic!("{other:?}"),
    }
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("a small number")
}

fn busy() -> Answer {
    Answer::Retry { after_ms: None, failure: Failure::new("busy", "come back later") }
}

#[test]
fn calls_and_delays_are_journalled_before_and_after() {
    check(
        r#"a = 2
         c: call {"url": "http://x/{{ input }}", "count": "{{ input * 2 }}"}
         d: delay 1.5s
         e: expression input.value.said
         a -> c -> d -> e"#,
        |effect| match &effect.kind {
            EffectKind::Call { settings, inputs, timeout_ms } => {
                assert_eq!((inputs.as_slice(), *timeout_ms), (&[Value::from(2)][..], 300_000));
                Answer::Done(Value::from_json(format!("{{\"said\":{}}}", settings.get("count").unwrap()).as_bytes()).unwrap())
            }
            EffectKind::Wait { .. } | EffectKind::Child(_) | EffectKind::Cancel { .. } => panic!("not a call"),
        },
        &expect![[r#"
            1 a = 2
            2 c calls {"count":4,"url":"http://x/2"}
            3 c = {"said":4}
            4 d waits for timer until 1500ms
            5 d = {"delayed":true,"duration":"1.5s","value":{"said":4}}
            6 e = 4
            succeeded 4"#]],
    );
}

#[test]
fn a_call_is_tried_again_as_often_as_its_setting_says() {
    let graph = r#"c: call {"url": "u", "retry": {"max_attempts": 3, "initial_delay": "100ms"}, "timeout": "2s"}"#;
    let mut count = 0;
    check(
        graph,
        |effect| {
            assert!(matches!(effect.kind, EffectKind::Call { timeout_ms: 2000, .. }));
            count += 1;
            if count < 3 { busy() } else { Answer::Done(Value::from("yes")) }
        },
        &expect![[r#"
            1 c calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            2 c failed: busy
            3 c (attempt 2) waits for back_off until 100ms
            4 c (attempt 2) calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            5 c (attempt 2) failed: busy
            6 c (attempt 3) waits for back_off until 300ms
            7 c (attempt 3) calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            8 c (attempt 3) = "yes"
            succeeded "yes""#]],
    );
    check(
        graph,
        |_| Answer::Retry { after_ms: Some(60_000), failure: Failure::new("busy", "no") },
        &expect![[r#"
            1 c calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            2 c failed: busy
            3 c (attempt 2) waits for back_off until 60000ms
            4 c (attempt 2) calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            5 c (attempt 2) failed: busy
            6 c (attempt 3) waits for back_off until 120000ms
            7 c (attempt 3) calls {"retry":{"initial_delay":"100ms","max_attempts":3},"timeout":"2s","url":"u"}
            8 c (attempt 3) failed: busy
            failed: busy at c"#]],
    );
    check(
        r#"c: call u"#,
        |_| busy(),
        &expect![[r#"
            1 c calls {"url":"u"}
            2 c failed: busy
            failed: busy at c"#]],
    );
}

#[test]
fn several_calls_of_a_node_are_steps_of_their_own() {
    let graph = r#"c: calls {"url": "u", "count": 2}"#;
    check(
        graph,
        |effect| Answer::Done(Value::from(effect.step.to_string())),
        &expect![[r#"
            1 c[0] waits for timer until 1000ms
            2 c[0] = null
            3 c[1] calls 1
            4 c[1] = "c[1]"
            5 c[2] waits for timer until 2000ms
            6 c[2] = null
            7 c[3] calls 3
            8 c[3] = "c[3]"
            9 c = ["c[1]","c[3]"]
            succeeded ["c[1]","c[3]"]"#]],
    );
    check(
        graph,
        |_| busy(),
        &expect![[r#"
            1 c[0] waits for timer until 1000ms
            2 c[0] = null
            3 c[1] calls 1
            4 c[1] failed: busy
            5 c failed: busy
            failed: busy at c"#]],
    );
}

#[test]
fn independent_effects_are_under_way_at_the_same_time() {
    let mut machine = machine(
        "a = 1
         c: call u
         d: delay 1s
         e: call v
         z: expression node.c + input
         a -> c, a -> d, a -> e -> z",
    );
    assert_eq!(effects(&mut machine, 0), ["c 1", "d 1", "e 1"]);
    assert_eq!(effects(&mut machine, 0), [""; 0]);
    machine.complete(&step("e"), Answer::Done(Value::from(20)), at(5));
    // `z` has its input, but reads what `c` gives.
    assert_eq!(effects(&mut machine, 5), [""; 0]);
    machine.complete(&step("c"), Answer::Done(Value::from(1)), at(6));
    assert_eq!(effects(&mut machine, 6), [""; 0]);
    assert_eq!(machine.results().find(|(id, _)| *id == "z"), Some(("z", &Value::from(21))));
    machine.complete(&step("d"), Answer::Woken, at(1000));
    assert!(matches!(machine.advance(at(1000)), Progress::Ended(outcome) if outcome.status == ExecutionStatus::Succeeded));
}

#[test]
fn shared_state_changes_in_the_order_of_the_plan_whatever_takes_long() {
    let mut machine = machine(
        r#"a = 1
         slow: call u
         first: variable {"var_name": "x", "var_op": "set"}
         b = 2
         second: variable {"var_name": "x", "var_op": "set"}
         e: expression variables.x
         a -> slow -> first, b -> second -> e"#,
    );
    // In the plan's order `second` comes before `first`, and `e` after both.
    assert_eq!(effects(&mut machine, 0), ["slow 1"]);
    machine.complete(&step("slow"), Answer::Done(Value::from(9)), at(1));
    let (outcome, records) = live(&mut machine, |_| Vec::new());
    expect![[r#"
        1 a = 1
        2 b = 2
        3 slow calls {"url":"u"}
        4 second = {"operation":"set","value":2,"var_name":"x"}
        5 slow = 9
        6 first = {"operation":"set","value":9,"var_name":"x"}
        7 e = 9
    "#]]
    .assert_eq(&records.iter().map(|record| shown(record) + "\n").collect::<String>());
    assert_eq!(ending(&outcome), r#"succeeded {"operation":"set","value":9,"var_name":"x"}"#);
}

#[test]
fn when_a_node_fails_earlier_ones_finish_and_later_ones_are_cancelled() {
    let graph = "a = 1
         early: call u
         fails: call v
         later: call w
         then: expression input + 1
         a -> early -> then, a -> fails, a -> later";
    let mut machine = machine(graph);
    assert_eq!(effects(&mut machine, 0), ["early 1", "fails 1", "later 1"]);
    machine.complete(&step("fails"), Answer::Failed(Failure::new("refused", "no")), at(1));
    machine.complete(&step("later"), Answer::Done(Value::from(1)), at(2));
    let Progress::Effects(told) = machine.advance(at(2)) else { panic!("it waits for `early`") };
    assert!(matches!(&told[..], [Effect { step: dropped, kind: EffectKind::Cancel { child: None }, .. }] if *dropped == step("later")));
    machine.complete(&step("early"), Answer::Done(Value::from(1)), at(3));
    let (outcome, records) = live(&mut machine, |_| Vec::new());
    expect![[r#"
        1 a = 1
        2 early calls {"url":"u"}
        3 fails calls {"url":"v"}
        4 later calls {"url":"w"}
        5 fails failed: refused
        6 later cancelled
        7 early = 1
    "#]]
    .assert_eq(&records.iter().map(|record| shown(record) + "\n").collect::<String>());
    assert_eq!(ending(&outcome), "failed: refused at fails");
    assert_eq!(machine.results().map(|(id, _)| id).collect::<Vec<_>>(), ["a", "early"]);
}

#[test]
fn answers_that_nobody_waits_for_are_ignored() {
    let mut machine = machine("c: call u");
    assert_eq!(effects(&mut machine, 0), ["c 1"]);
    machine.complete(&step("nobody"), Answer::Woken, at(1));
    machine.complete(&StepId { node_id: "c".into(), iteration: Iteration(vec![3]) }, Answer::Done(Value::Null), at(1));
    machine.complete(&step("c"), Answer::Woken, at(1));
    assert_eq!(effects(&mut machine, 1), [""; 0]);
    machine.complete(&step("c"), Answer::Done(Value::from(1)), at(2));
    machine.complete(&step("c"), Answer::Done(Value::from(2)), at(3));
    let (outcome, _) = live(&mut machine, |_| Vec::new());
    assert_eq!(ending(&outcome), "succeeded 1");
    machine.complete(&step("c"), Answer::Done(Value::from(3)), at(4));
    assert!(matches!(machine.advance(at(5)), Progress::Ended(same) if same == outcome));
}

#[test]
fn stopping_cancels_what_is_under_way() {
    for (stop, ended) in [(Stop::Cancel, "cancelled null"), (Stop::TimedOut, "timed_out: timed_out at -")] {
        let mut machine = machine("a = 1\nc: call u\nd: delay 1h\na -> c, a -> d");
        assert_eq!(effects(&mut machine, 0), ["c 1", "d 1"]);
        machine.stop(stop, at(5));
        let (outcome, records) = live(&mut machine, |_| Vec::new());
        assert_eq!(ending(&outcome), ended);
        let last: Vec<String> = records[3..].iter().map(shown).collect();
        assert_eq!(last, ["4 c cancelled", "5 d cancelled"]);
        assert_eq!(machine.results().collect::<Vec<_>>(), [("a", &Value::from(1))]);
    }
}

#[test]
fn an_execution_times_out_at_its_deadline() {
    let limits = Limits { max_duration_ms: 5000, ..Limits::default() };
    let mut machine = Machine::start(plan("d: delay 1h"), start(), Arc::new(limits));
    let Progress::Effects(effects) = machine.advance(at(0)) else { panic!("it waits") };
    assert!(matches!(effects[0].kind, EffectKind::Wait { until: Some(until), .. } if until == at(5000) && machine.deadline() == until));
    assert!(matches!(machine.advance(at(4999)), Progress::Effects(effects) if effects.is_empty()));
    assert!(matches!(machine.advance(at(5000)), Progress::Ended(outcome) if outcome.status == ExecutionStatus::TimedOut));
}

#[test]
fn resuming_hands_out_again_what_has_no_answer() {
    let graph = r#"a = 1
         c: call {"url": "u", "retry": {"max_attempts": 2}}
         d: delay 1h
         a -> c, a -> d"#;
    let mut first = machine(graph);
    assert_eq!(effects(&mut first, 0), ["c 1", "d 1"]);
    first.complete(&step("c"), busy(), at(10));
    assert_eq!(effects(&mut first, 10), ["c 2"]);
    let journal = first.take_records();
    assert_eq!(journal.len(), 5);

    let mut resumed = Machine::resume(plan(graph), start(), Arc::new(Limits::default()), journal).unwrap();
    let Progress::Effects(again) = resumed.advance(at(500)) else { panic!("it waits") };
    let again: Vec<String> = again.iter().map(|effect| format!("{} {} {:?}", effect.step, effect.attempt, effect.kind)).collect();
    assert_eq!(
        again,
        [
            "c 2 Wait { until: Some(1970-01-01T00:00:01.01Z), reason: BackOff, expects: None }",
            "d 1 Wait { until: Some(1970-01-01T01:00:00Z), reason: Timer, expects: None }"
        ]
    );
    assert_eq!(resumed.take_records(), []);
    resumed.complete(&step("c"), Answer::Woken, at(1010));
    assert_eq!(effects(&mut resumed, 1010), ["c 2"]);
    assert_eq!(
        resumed.take_records().iter().map(shown).collect::<Vec<_>>(),
        ["6 c (attempt 2) calls {\"retry\":{\"max_attempts\":2},\"url\":\"u\"}"]
    );
}

#[test]
fn a_journal_of_something_else_is_refused_or_fails_as_our_fault() {
    let mut machine = machine("a = 1\nc: call u\na -> c");
    effects(&mut machine, 0);
    let journal = machine.take_records();
    let resume = |graph: &str, journal| Machine::resume(plan(graph), start(), Arc::new(Limits::default()), journal);
    assert_eq!(resume("a = 1", journal.clone()).err(), Some(ResumeError::UnknownNode("c".into())));
    assert_eq!(resume("c = 1", journal[1..].to_vec()).err(), Some(ResumeError::Gap { expected: 1, found: 2 }));
    let mut other = resume("a = 1\nc: delay 1s\na -> c", journal.clone()).unwrap();
    let (outcome, _) = live(&mut other, |_| Vec::new());
    assert_eq!(ending(&outcome), "failed: internal at -");
    let mut shorter = resume("a = 1\nc = 2", journal).unwrap();
    let (outcome, _) = live(&mut shorter, |_| Vec::new());
    assert_eq!(ending(&outcome), "failed: internal at -");
}

#[test]
fn made_up_values_differ_between_steps_and_are_the_same_in_a_replay() {
    let graph = "a: text_input {\"text\": \"{{ uuid() }}\"}\nc: call {\"url\": \"{{ uuid() + uuid() }}\"}\nb: text_input {\"text\": \"{{ uuid() }}\"}\na -> c -> b";
    let run = |journal: Vec<Record>| {
        let mut machine = Machine::resume(plan(graph), start(), Arc::new(Limits::default()), journal).unwrap();
        live(&mut machine, |effects| effects.drain(..).map(|effect| (effect, Answer::Done(Value::Null))).collect()).1
    };
    let records = run(Vec::new());
    let values: Vec<String> = records
        .iter()
        .flat_map(|record| match &record.kind {
            RecordKind::Started { input: Some(input) } => input.get("url").map(|url| url.text().to_string()),
            RecordKind::Ended { output: Some(output), .. } => output.as_str().map(str::to_owned),
            _ => None,
        })
        .collect();
    let [a, url, b] = values.as_slice() else { panic!("{values:?}") };
    assert_eq!((a.len(), url.len(), b.len()), (36, 72, 36));
    let distinct: std::collections::BTreeSet<&str> = [a, &url[..36], &url[36..], b].into();
    assert_eq!(distinct.len(), 4, "{values:?}");
    for kept in 0..records.len() {
        let mut whole = records[..kept].to_vec();
        whole.extend(run(records[..kept].to_vec()));
        assert_eq!(whole.iter().map(shown).collect::<Vec<_>>(), records.iter().map(shown).collect::<Vec<_>>(), "after {kept}");
    }
}

#[test]
fn expressions_see_what_is_around_them() {
    for (expression, expected) in [
        ("trigger.type + trigger.input.n", "\"api7\""),
        ("execution.attempt", "1"),
        ("execution.id", "\"00000000-0000-0000-0000-000000000000\""),
        ("[execution.workflow, execution.version]", "[null,null]"),
        ("env", "{}"),
        ("env.NOPE ?? 'none'", "\"none\""),
        ("env?.NOPE", "null"),
        ("node.a", "5"),
    ] {
        let graph = format!("a = 5\nx: expression {expression}\na -> x");
        let told = told(&graph, Limits::default(), |_| Answer::Woken);
        assert_eq!(told.lines().last(), Some(format!("succeeded {expected}").as_str()), "{expression}");
    }
    let told = told("a = 5\nx: expression env.NOPE\na -> x", Limits::default(), |_| Answer::Woken);
    assert_eq!(told.lines().last(), Some("failed: expression_unresolved at x"));
}

#[test]
fn made_up_values_of_a_loop_belong_to_the_element_and_not_to_the_order_of_answers() {
    let graph = "t = \"[1, 2, 3]\"\na: parse JSON\nf: for_each {\"max_concurrency\": 3}\nc: call {\"url\": \"u{{ item }}\"}\nx: expression uuid()\nt -> a -> f -body-> c -> x";
    let run = |last_first: bool| {
        let mut machine = machine(graph);
        let (outcome, _) = live(&mut machine, |effects| {
            let effect = if last_first { effects.pop() } else { Some(effects.remove(0)) };
            effect.into_iter().map(|effect| (effect, Answer::Done(Value::Null))).collect()
        });
        outcome.output.get("results").unwrap().clone()
    };
    let ids = run(false);
    let list = ids.as_list().unwrap();
    let distinct: std::collections::HashSet<&Value> = list.iter().collect();
    assert_eq!((list.len(), distinct.len()), (3, 3), "{ids}");
    assert_eq!(run(true), ids);
}
