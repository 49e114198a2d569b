use thaiyyal_model::{Definition, Limits, Severity};

use super::notation::document;
use super::world::catalog;
use crate::{Plan, Stage};

/// Every problem as `node pointer code`, or what is only warned about.
fn problems(text: &str) -> (Option<Stage>, Vec<String>) {
    let told =
        |problem: &thaiyyal_model::Problem| format!("{} {} {}", problem.node_id.as_deref().unwrap_or("-"), problem.pointer, problem.code);
    let definition = match Definition::from_json(text.as_bytes()) {
        Ok(definition) => definition,
        Err(problems) => return (Some(Stage::Parse), problems.iter().map(told).collect()),
    };
    match Plan::compile(&definition, catalog(), &Limits::default()) {
        Err(invalid) => {
            assert!(invalid.problems.iter().all(|problem| problem.severity == Severity::Error));
            (Some(invalid.stage), invalid.problems.iter().map(told).collect())
        }
        Ok(compiled) => {
            assert!(compiled.warnings.iter().all(|problem| problem.severity == Severity::Warning));
            (None, compiled.warnings.iter().map(told).collect())
        }
    }
}

fn in_graph(graph: &str) -> (Option<Stage>, Vec<String>) {
    problems(&document(graph).to_string())
}

fn owned(problems: &[&str]) -> Vec<String> {
    problems.iter().map(|problem| (*problem).to_owned()).collect()
}

#[test]
fn mistakes_in_nodes_are_told_with_node_and_field() {
    for (graph, expected) in [
        ("a: nubmer {}", vec!["a /nodes/0/type unknown_type"]),
        ("a: number {}", vec!["a /nodes/0/data/value missing_field"]),
        ("a: number {\"value\": null}", vec!["a /nodes/0/data/value missing_field"]),
        ("a: number {\"value\": \"1\"}", vec!["a /nodes/0/data/value wrong_kind"]),
        ("a: operation modul", vec!["a /nodes/0/data/op invalid_value"]),
        ("a: expression input +", vec!["a /nodes/0/data/expression expression_syntax"]),
        ("a: expression foo(1)", vec!["a /nodes/0/data/expression expression_unknown_function"]),
        ("a: condition (1", vec!["a /nodes/0/data/condition expression_syntax"]),
        ("a: filter {\"condition\": \"\"}", vec!["a /nodes/0/data/condition expression_empty"]),
        ("a: delay soon", vec!["a /nodes/0/data/duration invalid_value"]),
        ("a: delay {\"duration\": 5}", vec!["a /nodes/0/data/duration wrong_kind"]),
        ("a: text_input {\"text\": \"{{ 1 + }}\"}", vec!["a /nodes/0/data/text expression_syntax"]),
        ("a: text_input {\"text\": \"{{ open\"}", vec!["a /nodes/0/data/text template_unclosed"]),
        ("a: text_operation repeat", vec!["a /nodes/0/data/repeat_n missing_field"]),
        ("a: extract {}", vec!["a /nodes/0/data missing_field"]),
        ("a: parse {\"input_type\": \"toml\"}", vec!["a /nodes/0/data/input_type invalid_value"]),
        ("a: switch {\"cases\": []}", vec!["a /nodes/0/data/cases invalid_value"]),
        ("a: switch {\"cases\": [{\"when\": \"> 1\", \"output_path\": \"p\"}]}", vec!["a /nodes/0/data/cases/0/is_default invalid_value"]),
        ("a: switch {\"cases\": [{\"is_default\": true}, {\"when\": \"> 1\"}]}", vec!["a /nodes/0/data/cases/0/is_default invalid_value"]),
        (
            "a: switch {\"cases\": [{\"when\": \"> \"}, {\"is_default\": true}]}",
            vec!["a /nodes/0/data/cases/0/output_path missing_field", "a /nodes/0/data/cases/0/when expression_syntax"],
        ),
        ("a: call {\"url\": \"u\", \"retry\": {\"max_attempts\": 0}}", vec!["a /nodes/0/data/retry/max_attempts invalid_value"]),
        ("a: call {\"url\": \"u\", \"retry\": {\"max_delay\": \"x\"}}", vec!["a /nodes/0/data/retry/max_delay invalid_value"]),
        ("a: call {\"url\": \"u\", \"timeout\": \"x\"}", vec!["a /nodes/0/data/timeout invalid_value"]),
        ("a: call {\"url\": 7, \"count\": 1.5}", vec!["a /nodes/0/data/url wrong_kind", "a /nodes/0/data/count wrong_kind"]),
    ] {
        assert_eq!(in_graph(graph), (Some(Stage::Parse), owned(&expected)), "{graph}");
    }
    assert_eq!(problems(r#"{"nodes":[{"id":"a","data":{"zzz":1}}]}"#), (Some(Stage::Parse), owned(&["a /nodes/0/type missing_type"])));
}

#[test]
fn all_problems_of_a_definition_are_told_at_once() {
    let text = r#"{"nodes":[{"id":"a","type":"quantum"},{"id":"a","type":"number","data":{}},{"id":"","data":{"expression":"1 +"}}],
        "edges":[{"source":"a","target":"ghost"}]}"#;
    let expected = [
        "a /nodes/0/type unknown_type",
        "a /nodes/1/data/value missing_field",
        " /nodes/2/data/expression expression_syntax",
        "a /nodes/1/id duplicate_id",
        " /nodes/2/id empty_id",
        "- /edges/0/target unknown_target",
    ];
    assert_eq!(problems(text), (Some(Stage::Parse), owned(&expected)));
}

#[test]
fn mistakes_in_connections_are_of_the_graph_stage() {
    for (graph, expected) in [
        ("a = 1\na = 2", vec!["a /nodes/1/id duplicate_id"]),
        ("a = 1\na -> ghost", vec!["- /edges/0/target unknown_target"]),
        ("a = 1\nghost -> a", vec!["- /edges/0/source unknown_source"]),
        ("a = 1\na -> a", vec!["a /edges/0 cycle"]),
        ("a = 1\nb: visualization\nc: visualization\nd: visualization\na -> b -> c -> b, c -> d", vec!["b /edges/2 cycle"]),
    ] {
        assert_eq!(in_graph(graph), (Some(Stage::Graph), owned(&expected)), "{graph}");
    }
    let text = document("a = 1\nb: visualization\nc: visualization\nd: visualization\na -> b -> c -> b, c -> d").to_string();
    let definition = Definition::from_json(text.as_bytes()).unwrap();
    let invalid = Plan::compile(&definition, catalog(), &Limits::default()).unwrap_err();
    assert_eq!(invalid.problems[0].detail, "these nodes wait for each other in a circle: b -> c -> b");
}

#[test]
fn what_is_probably_a_mistake_is_warned_about() {
    for (graph, expected) in [
        ("a = 1\nb: visualization\na -output-> b", vec!["a /edges/0/sourceHandle unknown_handle"]),
        ("a = 1\nb: condition > 1\nc: visualization\na -> b -maybe-> c", vec!["b /edges/1/sourceHandle unknown_handle"]),
        ("a = 1\nb = 2\nc: expression node.b\na -> c", vec!["c /nodes/2/data/expression not_an_ancestor"]),
        ("a = 1\nc: expression node.d\nd: visualization\na -> c -> d", vec!["c /nodes/1/data/expression not_an_ancestor"]),
        ("a = 1\nc: expression coalesce(node.ghost, 1)\na -> c", vec!["c /nodes/1/data/expression expression_unknown_node"]),
        ("a = 1\nm: map {}\na -> m", vec!["m /nodes/1/data/expression invalid_value"]),
        ("a = 1\nc: expression node.a\na -> c", vec![]),
    ] {
        assert_eq!(in_graph(graph), (None, owned(&expected)), "{graph}");
    }
}

#[test]
fn long_cycles_and_deep_chains_take_no_deep_stack() {
    let chain = |close: bool| {
        let nodes: String = (0..1000).map(|n| format!("n{n}: visualization\n")).collect();
        let edges: String = (1..1000).map(|n| format!("n{} -> n{n}\n", n - 1)).collect();
        format!("{nodes}{edges}{}", if close { "n999 -> n0" } else { "" })
    };
    assert_eq!(in_graph(&chain(false)).0, None);
    assert_eq!(in_graph(&chain(true)).1.len(), 1);
}

#[test]
fn bodies_are_entered_and_left_at_their_ports_only() {
    let nodes = "a = 1\nf: for_each {}\ng: for_each {}\nt: try_catch {}\nx: visualization\ny: visualization\nz: visualization\n";
    for (edges, expected) in [
        // Into a body from outside, out of it, and from one into another.
        ("a -> f -body-> x, a -> x", vec!["x /edges/2 crosses_body"]),
        ("a -> x, a -> f -body-> x", vec!["x /edges/0 crosses_body"]),
        ("a -> f -body-> x -> y, a -> y", vec!["y /edges/2 crosses_body"]),
        ("a -> f -body-> x -> y, f -done-> y", vec!["y /edges/2 crosses_body"]),
        ("a -> t -try-> x -> z, t -catch-> y -> z", vec!["z /edges/4 crosses_body"]),
        ("a -> f -body-> g -body-> x, f -body-> x", vec!["x /edges/3 crosses_body"]),
        // In the old notation too: what comes behind the loop as well as out of its body.
        ("a -> f -> x -> y, a -> y", vec!["y /edges/2 crosses_body"]),
    ] {
        assert_eq!(in_graph(&format!("{nodes}{edges}")), (Some(Stage::Graph), owned(&expected)), "{edges}");
    }
    for edges in [
        "a -> f -body-> x -> y, f -> z, f -done-> z",
        "a -> f -body-> g -body-> x, g -> y, f -> z",
        "a -> t -try-> x, t -catch-> y, t -finally-> z, t -> f",
        "a -> f -> x, f -> y, x -> z, y -> z",
        "a -> f -> x, a -> g -> y",
        "a -> f -> x, a -> x",
        "a -> f -> g -> x",
    ] {
        assert_eq!(in_graph(&format!("{nodes}{edges}")), (None, vec![]), "{edges}");
    }
    let told = |edges: &str| {
        let definition = Definition::from_json(document(&format!("{nodes}{edges}")).to_string().as_bytes()).unwrap();
        Plan::compile(&definition, catalog(), &Limits::default()).unwrap_err().problems[0].detail.clone()
    };
    assert_eq!(
        told("a -> f -body-> x, a -> x"),
        "this edge from `a` leads to `x`, which is in a body of `f`: a body is entered at its own output of `f` only; use an expression such \
         as `node.a` to read a value from outside"
    );
    assert_eq!(
        told("a -> f -body-> x -> y, a -> y"),
        "this edge from `x` to `y` leaves a body of `f`: other edges lead to `y` from outside, and a body's value leaves through `f` only"
    );
}
