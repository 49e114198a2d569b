//! What is told about expressions when a definition is compiled.

use thaiyyal_model::{Limits, Problem};

use super::notation::definition;
use super::world::catalog;
use crate::Plan;

/// Everything found, as `pointer line:column offset detail`.
fn found(graph: &str) -> Vec<String> {
    let problems = match Plan::compile(&definition(graph), catalog(), &Limits::default()) {
        Ok(compiled) => compiled.warnings,
        Err(invalid) => invalid.problems,
    };
    let told = |problem: &Problem| {
        let place = problem.place.map_or_else(|| "-".to_owned(), |place| format!("{}:{} {}", place.line, place.column, place.offset));
        format!("{} {place} {} {}", problem.pointer, problem.code, problem.detail)
    };
    problems.iter().map(told).collect()
}

fn check(graph: &str, expected: &[&str]) {
    assert_eq!(found(graph), expected, "{graph}");
}

#[test]
fn names_that_nothing_sets_are_told_with_place_and_suggestion() {
    let setting = "a = 1\nv: variable {\"var_name\": \"total\", \"var_op\": \"set\"}\na -> v\n";
    check(
        &format!("{setting}x: expression 1 +\n  variables.totl\nv -> x").replace("+\n  ", "+   "),
        &[
            "/nodes/2/data/expression 1:7 6 expression_unknown_name no node sets the variable `totl`; did you mean `total`? (line 1, column 7)",
        ],
    );
    check(&format!("{setting}x: expression variables.total + 1\nv -> x"), &[]);
    check(
        "a = 1\nx: text_input {\"text\": \"ñ {{ context.who }}\"}\na -> x",
        &["/nodes/1/data/text 1:6 6 expression_unknown_name no node sets the context value `who` (line 1, column 6)"],
    );
    check(
        "c: context_variable {\"context_name\": \"who\", \"context_value\": \"x\"}\nx: text_input {\"text\": \"{{ context.who }}\"}",
        &[],
    );
    // What a template names is not known before it runs.
    check("a = 1\nv: variable {\"var_name\": \"{{ input }}\", \"var_op\": \"set\"}\nx: expression variables.any\na -> v -> x", &[]);
}

#[test]
fn members_that_results_cannot_have_are_told() {
    check(
        "a = 1\nm: map item\nx: expression node.m.result[0]\na -> m -> x",
        &[
            "/nodes/2/data/expression 1:1 0 expression_unknown_member the result of `m` has no member `result`; did you mean `results`? (line 1, column 1)",
        ],
    );
    check("a = 1\nm: map item\nx: expression node.m?.result ?? node.m.results\na -> m -> x", &[]);
    check("a = 1\nx: expression node.a.anything\na -> x", &[]);
    check(
        "a = 1\nx: expression execution.idd\na -> x",
        &[
            "/nodes/1/data/expression 1:1 0 expression_unknown_member `execution` has no member `idd`; did you mean `id`? (line 1, column 1)",
        ],
    );
}

#[test]
fn nodes_that_do_not_come_before_are_told_once_with_their_place() {
    check(
        "a = 1\nb = 2\nx: expression node.b + node.b + node.a\na -> x",
        &[
            "/nodes/2/data/expression 1:1 0 not_an_ancestor node `x` reads the result of `b`, to which it is not connected: it may have been skipped when `x` runs (line 1, column 1)",
        ],
    );
}

#[test]
fn mistakes_in_expressions_are_told_with_their_place() {
    check(
        "a = 1\nx: expression len(1, 2) + uuid()\na -> x",
        &[
            "/nodes/1/data/expression 1:1 0 expression_wrong_arguments in `expression`: `len` takes 1 argument, but 2 were given: `len(x)` (line 1, column 1)",
        ],
    );
    check(
        "a = 1\nx: text_input {\"text\": \"{{ 1 + lenn(2) }}\"}\na -> x",
        &[
            "/nodes/1/data/text 1:8 7 expression_unknown_function in `text`: there is no function `lenn`; did you mean `len`? (line 1, column 8)",
        ],
    );
    let many: String = (0..20).map(|at| format!("x{at}: expression {}\n", vec!["matches('a', 'a')"; 20].join(" && "))).collect();
    let told = found(&many);
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(told[0].contains("expression_invalid_pattern") && told[0].contains("the workflow has too many"), "{}", told[0]);
}
