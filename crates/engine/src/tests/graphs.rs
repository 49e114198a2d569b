use expect_test::{Expect, expect};
use thaiyyal_model::{Limits, Value};

use super::world::{ending, live, machine, told};
use crate::Answer;

fn check(graph: &str, expected: &Expect) {
    expected.assert_eq(&told(graph, Limits::default(), |_| Answer::Done(Value::from("answer"))));
}

#[test]
fn nodes_run_breadth_first_and_roots_in_the_order_of_their_ids_bytes() {
    check(
        "9 = 1
         10 = 2
         2 = 3
         x: operation add
         y: operation add
         2 -> y, 9 -> x, 10 -> x, 10 -> y",
        &expect![[r#"
            1 10 = 2
            2 2 = 3
            3 9 = 1
            4 y = 5
            5 x = 3
            succeeded 3"#]],
    );
}

#[test]
fn only_the_chosen_branch_runs_and_a_join_sees_only_what_came() {
    check(
        "a = 5
         c: condition > 10
         t: expression input.value * 2
         f: expression input.value - 1
         end: visualization
         a -> c -true-> t -> end, c -false-> f -> end",
        &expect![[r#"
            1 a = 5
            2 c = {"condition":"> 10","condition_met":false,"false_path":true,"path":"false","true_path":false,"value":5}
            3 t skipped
            4 f = 4
            5 end = 4
            succeeded 4"#]],
    );
}

#[test]
fn edges_that_do_not_fire_deliver_nothing() {
    check(
        "a = 5
         c: condition > 10
         d: condition > 1
         v: expression input.condition
         a -> c -true-> v, a -> d -true-> v",
        &expect![[r#"
            1 a = 5
            2 c = {"condition":"> 10","condition_met":false,"false_path":true,"path":"false","true_path":false,"value":5}
            3 d = {"condition":"> 1","condition_met":true,"false_path":false,"path":"true","true_path":true,"value":5}
            4 v = "> 1"
            succeeded "> 1""#]],
    );
}

#[test]
fn skipping_spreads_downstream() {
    check(
        "a = 5
         c: condition > 10
         t: expression 1
         u: expression 2
         a -> c -true-> t -> u",
        &expect![[r#"
            1 a = 5
            2 c = {"condition":"> 10","condition_met":false,"false_path":true,"path":"false","true_path":false,"value":5}
            3 t skipped
            4 u skipped
            succeeded null"#]],
    );
}

#[test]
fn a_switch_takes_the_first_case_that_holds() {
    check(
        r#"a = 5
         s: switch {"cases": [{"when": "nope.x > 1", "output_path": "p"}, {"when": "> 3", "output_path": "q"}, {"when": "> 1", "output_path": "p"}, {"is_default": true, "output_path": "q"}]}
         p: expression 'p'
         q: expression 'q'
         a -> s -p-> p, s -q-> q"#,
        &expect![[r#"
            1 a = 5
            2 s = {"case":"> 3","case_index":1,"matched":true,"output_path":"q","value":5}
            3 p skipped
            4 q = "q"
            succeeded "q""#]],
    );
}

#[test]
fn handles_are_chosen_by_branching_nodes_only() {
    check(
        r#"a = "{\"path\": \"admin\"}"
         p: parse JSON
         x: expression 1
         a -> p -admin-> x"#,
        &expect![[r#"
            1 a = "{\"path\": \"admin\"}"
            2 p = {"path":"admin"}
            3 x skipped
            succeeded null"#]],
    );
}

#[test]
fn a_failure_stops_what_comes_later_and_keeps_what_was_done() {
    let graph = "a = 1
         b = 0
         d: operation divide
         later = 7
         v: visualization
         a -> d, b -> d, d -> v";
    check(
        graph,
        &expect![[r#"
            1 a = 1
            2 b = 0
            3 later = 7
            4 d failed: division_by_zero
            failed: division_by_zero at d"#]],
    );
    let mut machine = machine(graph);
    let (outcome, _) = live(&mut machine, |_| Vec::new());
    assert_eq!(ending(&outcome), "failed: division_by_zero at d");
    let results: Vec<String> = machine.results().map(|(id, value)| format!("{id}={value}")).collect();
    assert_eq!(results, ["a=1", "b=0", "later=7"]);
}

#[test]
fn the_first_terminal_node_of_the_definition_gives_the_final_output() {
    check(
        "z: expression input + 1
         b: expression input + 2
         a = 1
         a -> b, a -> z",
        &expect![[r#"
            1 a = 1
            2 b = 3
            3 z = 2
            succeeded 2"#]],
    );
    check("", &expect!["succeeded null"]);
}

#[test]
fn the_same_edge_twice_delivers_twice() {
    check(
        "a = 4
         r: operation multiply
         a -> r, a -> r",
        &expect![[r#"
            1 a = 4
            2 r = 16
            succeeded 16"#]],
    );
}

#[test]
fn expressions_see_earlier_nodes_variables_and_what_started_the_execution() {
    check(
        r#"a = 2
         s: variable {"var_name": "x", "var_op": "set"}
         e: expression node.a + variables.x + trigger.input.n
         late: expression coalesce(node.zz, 'not yet')
         z: expression 1
         zz: visualization
         a -> s -> e, a -> late, a -> z -> zz"#,
        &expect![[r#"
            1 a = 2
            2 s = {"operation":"set","value":2,"var_name":"x"}
            3 late = "not yet"
            4 z = 1
            5 e = 11
            6 zz = 1
            succeeded 11"#]],
    );
}

#[test]
fn templates_are_filled_in_before_a_node_runs() {
    check(
        r#"a = 3
         t: text_input {"text": "{{ node.a }} and {{ input + 1 }}"}
         n: number {"value": "{{ input * 2 }}"}
         r: text_operation {"text_op": "repeat", "repeat_n": "{{ node.a }}"}
         bad: number {"value": "{{ 'x' }}"}
         a -> t -> r, a -> n, r -> bad"#,
        &expect![[r#"
            1 a = 3
            2 t = "3 and 4"
            3 n = 6
            4 r = "3 and 43 and 43 and 4"
            5 bad failed: wrong_kind
            failed: wrong_kind at bad"#]],
    );
}
