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

/// A node that makes lists of 1 MiB of its own.
const MIB: &str = "expression [range(8738), range(8738), range(8738), range(8738), range(8738)]";

/// How an execution under the default limits ends: where it failed, when it did.
fn default_end(graph: &str) -> String {
    let (outcome, _) = live(&mut super::world::machine(graph), |_| Vec::new());
    if outcome.error.is_some() { ending(&outcome) } else { outcome.status.to_string() }
}

/// The end of an execution in which lists of 1 MiB are made and these nodes follow one another.
fn chained(nodes: impl Iterator<Item = String>) -> String {
    let mut graph = format!("a = 1\nn0: {MIB}\na -> n0");
    for (at, node) in (1..).zip(nodes) {
        graph.push_str(&format!("\nn{at}: {node}\nn{} -> n{at}", at - 1));
    }
    default_end(&graph)
}

#[test]
fn what_nodes_pass_on_counts_once() {
    assert_eq!(chained((0..200).map(|_| "visualization".to_owned())), "succeeded");
    // Each puts what it got into an object or array of its own, or takes it out again.
    let wrapping = [
        "cache {\"cache_op\": \"set\", \"cache_key\": \"k\"}",
        "expression input.value",
        "expression [input]",
        "map item",
        "expression input.results[0]",
    ];
    assert_eq!(chained((0..200).map(|at| wrapping[at % 5].to_owned())), "succeeded");
    let variables =
        (0..100).flat_map(|at| [format!("variable {{\"var_name\": \"v{at}\", \"var_op\": \"set\"}}"), "expression input.value".to_owned()]);
    assert_eq!(chained(variables), "succeeded");
}

#[test]
fn what_nodes_make_anew_counts_each_time() {
    let different = |count: usize| {
        let nodes: String = (0..count).map(|at| format!("n{at}: {MIB}\na -> n{at}\n")).collect();
        default_end(&format!("a = 1\n{nodes}"))
    };
    assert_eq!(different(63), "succeeded");
    assert_eq!(different(65), "failed: too_many_bytes at n63");
    // Behind what takes most of the room, passing on is as free as before.
    let most: String = (0..62).map(|at| format!("m{at}: {MIB}\na -> m{at}\n")).collect();
    let pass: String = (1..100).map(|at| format!("p{at}: visualization\np{} -> p{at}\n", at - 1)).collect();
    let graph = |last: &str| format!("a = 1\n{most}p0: expression node.m7\na -> p0\n{pass}{last}");
    assert_eq!(default_end(&graph("")), "succeeded");
    // Up to an eighth more is seen only with the next count.
    let more: String = (0..12).map(|at| format!("x{at}: {MIB}\na -> x{at}\n")).collect();
    assert_eq!(default_end(&graph(&more)), "failed: too_many_bytes at x8");
}

#[test]
fn what_a_pass_through_a_loop_gave_counts_only_as_long_as_something_holds_it() {
    let looped = |set: &str| {
        let graph = format!(
            "r: range {{\"start\": 1, \"end\": 100}}
             l: for_each {{}}
             m: {MIB}
             s: variable {{\"var_name\": \"{set}\", \"var_op\": \"set\"}}
             e: expression index
             r -> l
             l -body-> m -> s -> e"
        );
        default_end(&graph)
    };
    assert_eq!(looped("one"), "succeeded");
    assert_eq!(looped("v{{ index }}"), "failed: too_many_bytes at s");
}
