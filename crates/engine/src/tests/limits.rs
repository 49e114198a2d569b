use std::sync::Arc;

use expect_test::expect;
use thaiyyal_model::{Limits, Value};

use super::notation::definition;
use super::world::{catalog, ending, live, start, told};
use crate::{Answer, Machine, Plan, Progress};

fn ended(graph: &str, limits: Limits) -> String {
    let told = told(graph, limits, |_| Answer::Done(Value::from("x".repeat(2000))));
    told.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn each_limit_fails_the_node_that_crosses_it() {
    let default = Limits::default();
    let chain = "a = 1\nb: visualization\nc: visualization\na -> b -> c";
    let call = "a = 1\nc: call u\nd: call u\na -> c -> d";
    for (graph, limits, expected) in [
        (chain, Limits { max_node_executions: Some(2), ..default.clone() }, "failed: too_many_node_executions at c"),
        (chain, Limits { max_node_executions: None, ..default.clone() }, "succeeded 1"),
        (chain, Limits { max_total_bytes: 50, ..default.clone() }, "failed: too_many_bytes at c"),
        ("a = \"0123456789012345678901234567890\"", Limits { max_value_bytes: 40, ..default.clone() }, "failed: value_too_large at a"),
        (call, Limits { max_calls: Some(1), ..default.clone() }, "failed: too_many_calls at d"),
        (call, Limits { max_value_bytes: 1000, ..default.clone() }, "failed: value_too_large at c"),
        (
            "a = 1\ne: expression sum(map([1,2,3], item))\na -> e",
            Limits { max_expression_steps: 3, ..default.clone() },
            "failed: expression_too_many_steps at e",
        ),
        (
            "a = \"ab\"\nr: text_operation {\"text_op\": \"repeat\", \"repeat_n\": 100000000000000000}\na -> r",
            default.clone(),
            "failed: text_too_long at r",
        ),
        (
            "a = \"[1,2,3]\"\np: parse JSON\nm: map items\na -> p -> m",
            Limits { max_value_bytes: 300, max_stored_bytes: 0, ..default.clone() },
            "failed: value_too_large at m",
        ),
        ("a = 1e308\nb: operation add\na -> b, a -> b", default, "failed: not_finite at b"),
    ] {
        assert_eq!(ended(graph, limits), expected, "{graph}");
    }
}

#[test]
fn work_without_end_ends() {
    let limits = Limits { max_steps: Some(2_000_000), ..Limits::default() };
    let graph = "r: range {\"start\": 1, \"end\": 9000}
        x: expression input.range
        m: map {\"expression\": \"sum(map(range(1, 400), item * 2))\"}
        r -> x -> m";
    let plan = Arc::new(Plan::compile(&definition(graph), catalog(), &limits).unwrap().plan);
    let mut machine = Machine::start(plan, start(), Arc::new(limits));
    let mut slices = 0;
    let outcome = loop {
        match machine.advance(jiff::Timestamp::UNIX_EPOCH) {
            Progress::More => {
                slices += 1;
                assert!(machine.held_bytes() >= 16 << 20, "the list that grows counts before it is done");
            }
            Progress::Ended(outcome) => break outcome,
            Progress::Effects(_) | Progress::Objects(_) => panic!("nothing here waits for the world"),
        }
    };
    assert!((10..100).contains(&slices), "{slices}");
    let error = outcome.error.unwrap();
    assert_eq!((error.code.as_str(), error.node_id.as_deref()), ("too_many_steps", Some("m")));
    assert!(
        error.message.starts_with("an execution may compute 2000000 steps of about ten nanoseconds, and this one has computed 2"),
        "{}",
        error.message
    );
}

#[test]
fn a_refusal_tells_which_limit_and_what_it_allows() {
    let limits = Limits { max_calls: Some(1), ..Limits::default() };
    let plan = Arc::new(Plan::compile(&definition("a = 1\nc: call u\nd: call u\na -> c -> d"), catalog(), &limits).unwrap().plan);
    let mut machine = Machine::start(plan, start(), Arc::new(limits));
    let error = loop {
        match machine.advance(jiff::Timestamp::UNIX_EPOCH) {
            Progress::Ended(outcome) => break outcome.error.unwrap(),
            Progress::Effects(effects) => {
                for effect in effects {
                    machine.complete(&effect.step, Answer::Done(Value::from(1)), jiff::Timestamp::UNIX_EPOCH);
                }
            }
            Progress::More | Progress::Objects(_) => {}
        }
    };
    expect!["an execution may make 1 calls, and this would be one more"].assert_eq(&error.message);
    assert_eq!(error.details.unwrap().to_string(), r#"{"limit":"max_calls","most":1}"#);
}

#[test]
fn large_definitions_are_refused_before_they_are_looked_at() {
    let graph = "a = 1\nb = 2\nc = nope";
    let document = definition(&graph.replace("nope", "3"));
    let few = Limits { max_nodes: 2, ..Limits::default() };
    let invalid = Plan::compile(&document, catalog(), &few).unwrap_err();
    assert_eq!(invalid.problems.len(), 1);
    expect!["a definition may have 2 nodes, and this one has 3"].assert_eq(&invalid.problems[0].detail);
    assert_eq!(invalid.problems[0].code, "too_many_nodes");
    let small = Limits { max_definition_bytes: 10, ..Limits::default() };
    let invalid = Plan::read(br#"{"nodes": ["#, catalog(), &small).unwrap_err();
    expect!["a definition may have 10 bytes, and this one has 11"].assert_eq(&invalid.problems[0].detail);
}

#[test]
fn long_work_is_done_in_slices_and_gives_the_same() {
    let numbers: String = (0..100_000).map(|n| format!("{n},")).collect::<String>();
    let graph = format!(
        "a = \"n\\n{}\"
         p: parse CSV
         m: map item.n * 2
         f: filter item % 4 == 0
         fe: expression input.results
         fx: expression input.filtered
         r: reduce accumulator + item
         a -> p -> m -> fe -> f -> fx -> r",
        numbers.replace(',', "\\n")
    );
    let limits = Limits { max_value_bytes: 1 << 30, max_total_bytes: 1 << 34, ..Limits::default() };
    let plan = Arc::new(Plan::compile(&definition(&graph), catalog(), &limits).unwrap().plan);
    let mut machine = Machine::start(plan, start(), Arc::new(limits));
    let mut slices = 0;
    let outcome = loop {
        match machine.advance(jiff::Timestamp::UNIX_EPOCH) {
            Progress::More => slices += 1,
            Progress::Ended(outcome) => break outcome,
            Progress::Effects(_) | Progress::Objects(_) => panic!("nothing here waits for the world"),
        }
    };
    assert!(slices > 4, "{slices}");
    assert_eq!(outcome.output.get("result"), Some(&Value::Number(2.0 * (0..100_000).filter(|n| n % 2 == 0).sum::<u64>() as f64)));
}

#[test]
fn a_short_run_needs_no_slices() {
    let mut machine = super::world::machine("a = 1");
    let (outcome, _) = live(&mut machine, |_| Vec::new());
    assert_eq!(ending(&outcome), "succeeded 1");
}
