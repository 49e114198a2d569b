//! Blocks with bodies.

use expect_test::expect;
use thaiyyal_model::{Failure, Limits, PortRole, Value};

use super::world::{catalog, check, echo, end, told};
use crate::Answer;

/// Three elements.
pub(super) const ITEMS: &str = "t = \"[1, 2, 3]\"\na: parse JSON\nt -> a\n";

#[test]
fn a_loop_runs_its_body_for_each_element() {
    check(
        &format!(
            r#"{ITEMS}
            f: for_each {{}}
            x: expression item * 10 + index
            y: call {{"url": "{{{{ item }}}} of {{{{ len(items) }}}} is {{{{ input }}}}"}}
            z: expression input.results
            a -> f -body-> x -> y, f -done-> z"#
        )
        .replace("len(items)", "items.length"),
        echo,
        &expect![[r#"
            1 t = "[1, 2, 3]"
            2 a = [1,2,3]
            3 x[0] = 10
            4 y[0] calls {"url":"1 of 3 is 10"}
            5 y[0] = "1 of 3 is 10"
            6 x[1] = 21
            7 y[1] calls {"url":"2 of 3 is 21"}
            8 y[1] = "2 of 3 is 21"
            9 x[2] = 32
            10 y[2] calls {"url":"3 of 3 is 32"}
            11 y[2] = "3 of 3 is 32"
            12 f = {"failed":0,"input_count":3,"iterations":3,"results":["1 of 3 is 10","2 of 3 is 21","3 of 3 is 32"],"successful":3}
            13 z = ["1 of 3 is 10","2 of 3 is 21","3 of 3 is 32"]
            succeeded ["1 of 3 is 10","2 of 3 is 21","3 of 3 is 32"]"#]],
    );
}

#[test]
fn what_follows_a_block_runs_when_its_body_asked_for_nothing() {
    for (block, port, body) in [
        ("for_each {}", "body", "input"),
        (r#"while_loop {"condition": "index < 2"}"#, "body", "input"),
        ("try_catch {}", "try", "input"),
        ("try_catch {}", "try", "1 / 0"),
        ("retry {}", "body", "input"),
        (r#"timeout {"timeout": "1s"}"#, "body", "input"),
        (r#"parallel {"branches": ["left"]}"#, "left", "input"),
    ] {
        let graph = format!("{ITEMS} f: {block}\n x: expression {body}\n z: expression 'after'\n a -> f -{port}-> x, f -done-> z");
        assert_eq!(end(&graph), r#"succeeded "after""#, "{block} around {body}");
    }
}

#[test]
fn the_steps_of_a_body_are_numbered_when_its_output_says_that_there_are_rounds() {
    for (block, port, settings) in [
        ("for_each", "body", "{}"),
        ("while_loop", "body", r#"{"condition": "index < 2"}"#),
        ("retry", "body", "{}"),
        ("try_catch", "try", "{}"),
        ("timeout", "body", r#"{"timeout": "1s"}"#),
        ("parallel", "left", r#"{"branches": ["left"]}"#),
    ] {
        let graph = format!("{ITEMS} f: {block} {settings}\n x: expression 'inside'\n a -> f -{port}-> x");
        let told = told(&graph, Limits::default(), echo);
        let ports = &catalog().find(block).unwrap().ports;
        let has_rounds = ports.outputs.iter().any(|output| output.name == port && output.role == PortRole::Rounds);
        assert_eq!(told.contains(" x[0] = "), has_rounds, "{block}: {told}");
        assert_eq!(told.contains(" x = "), !has_rounds, "{block}: {told}");
    }
}

#[test]
fn in_the_old_notation_what_only_the_loop_leads_to_is_its_body() {
    check(
        &format!(
            r#"{ITEMS}
            f: for_each {{}}
            x: expression input + variables.index
            z: expression 'after'
            a -> f -> x, f -> z, a -> z"#
        ),
        echo,
        &expect![[r#"
            1 t = "[1, 2, 3]"
            2 a = [1,2,3]
            3 x[0] = 1
            4 x[1] = 3
            5 x[2] = 5
            6 f = {"failed":0,"input_count":3,"iterations":3,"results":[1,3,5],"successful":3}
            7 z = "after"
            succeeded "after""#]],
    );
}

#[test]
fn elements_that_fail_are_counted_collected_or_the_end() {
    let graph = |settings: &str| {
        format!(
            r#"{ITEMS}
            f: for_each {settings}
            x: call {{"url": "u{{{{ item == 2 ? '!' : item }}}}"}}
            a -> f -body-> x"#
        )
    };
    for (settings, expected) in [
        ("{}", r#"succeeded {"failed":1,"input_count":3,"iterations":3,"results":["u1",null,"u3"],"successful":2}"#),
        (
            r#"{"on_error": "collect", "max_concurrency": 2}"#,
            r#"succeeded {"errors":[{"code":"refused","error":"u!","index":1}],"failed":1,"input_count":3,"iterations":3,"results":["u1",null,"u3"],"successful":2}"#,
        ),
        (r#"{"on_error": "stop"}"#, "failed: refused at x"),
        (r#"{"stop_on_error": true}"#, "failed: refused at x"),
        (
            r#"{"break_when": "index == 1"}"#,
            r#"succeeded {"failed":1,"input_count":3,"iterations":2,"results":["u1",null],"successful":1}"#,
        ),
        (r#"{"batch_size": 2}"#, r#"succeeded {"failed":0,"input_count":3,"iterations":2,"results":["u[1,2]","u[3]"],"successful":2}"#),
        (r#"{"max_iterations": 2}"#, "failed: too_many_iterations at f"),
    ] {
        assert_eq!(end(&graph(settings)), expected, "{settings}");
    }
}

#[test]
fn several_elements_are_under_way_at_once_and_results_keep_their_order() {
    check(
        &format!(
            r#"{ITEMS}
            f: for_each {{"max_concurrency": 2}}
            d: delay {{"duration": "{{{{ 4 - item }}}}s"}}
            x: expression item
            a -> f -body-> d -> x"#
        ),
        echo,
        &expect![[r#"
            1 t = "[1, 2, 3]"
            2 a = [1,2,3]
            3 d[0] waits for timer until 3000ms
            4 d[1] waits for timer until 2000ms
            5 d[1] = {"delayed":true,"duration":"2s","value":2}
            6 x[1] = 2
            7 d[2] waits for timer until 3000ms
            8 d[0] = {"delayed":true,"duration":"3s","value":1}
            9 x[0] = 1
            10 d[2] = {"delayed":true,"duration":"1s","value":3}
            11 x[2] = 3
            12 f = {"failed":0,"input_count":3,"iterations":3,"results":[1,2,3],"successful":3}
            succeeded {"failed":0,"input_count":3,"iterations":3,"results":[1,2,3],"successful":3}"#]],
    );
}

#[test]
fn a_loop_whose_body_changes_what_is_shared_runs_one_at_a_time() {
    check(
        &format!(
            r#"{ITEMS}
            f: for_each {{"max_concurrency": 3}}
            d: delay {{"duration": "{{{{ 4 - item }}}}s"}}
            x: accumulator {{"accum_op": "concat"}}
            e: expression item + ''
            a -> f -body-> d -> e -> x"#
        ),
        echo,
        &expect![[r#"
            1 t = "[1, 2, 3]"
            2 a = [1,2,3]
            3 d[0] waits for timer until 3000ms
            4 d[0] = {"delayed":true,"duration":"3s","value":1}
            5 e[0] = "1"
            6 x[0] = {"operation":"concat","value":"1"}
            7 d[1] waits for timer until 5000ms
            8 d[1] = {"delayed":true,"duration":"2s","value":2}
            9 e[1] = "2"
            10 x[1] = {"operation":"concat","value":"12"}
            11 d[2] waits for timer until 6000ms
            12 d[2] = {"delayed":true,"duration":"1s","value":3}
            13 e[2] = "3"
            14 x[2] = {"operation":"concat","value":"123"}
            15 f = {"failed":0,"input_count":3,"iterations":3,"results":[{"operation":"concat","value":"1"},{"operation":"concat","value":"12"},{"operation":"concat","value":"123"}],"successful":3}
            succeeded {"failed":0,"input_count":3,"iterations":3,"results":[{"operation":"concat","value":"1"},{"operation":"concat","value":"12"},{"operation":"concat","value":"123"}],"successful":3}"#]],
    );
}

#[test]
fn a_while_runs_until_its_condition_fails() {
    let graph = |condition: &str, most: u32| {
        format!(
            r#"a = 1
            w: while_loop {{"condition": "{condition}", "max_iterations": {most}}}
            x: expression input * 2 + index
            a -> w -body-> x"#
        )
    };
    assert_eq!(end(&graph("input < 20", 9)), r#"succeeded {"condition":"input < 20","final_value":27,"iterations":4}"#);
    assert_eq!(end(&graph("true", 3)), "failed: too_many_iterations at w");
    assert_eq!(end(&graph("false", 3)), r#"succeeded {"condition":"false","final_value":1,"iterations":0}"#);
}

#[test]
fn what_fails_in_a_try_is_caught_and_finally_runs_either_way() {
    let graph = |url: &str, codes: &str| {
        format!(
            r#"a = 1
            t: try_catch {{"catch_codes": [{codes}]}}
            x: call {{"url": "{url}"}}
            c: expression variables.error.code + ' in ' + input.node_id
            f: call last
            z: expression input.value
            a -> t -try-> x, t -catch-> c, t -finally-> f, t -> z"#
        )
    };
    check(
        &graph("fine", ""),
        echo,
        &expect![[r#"
        1 a = 1
        2 x calls {"url":"fine"}
        3 x = "fine"
        4 f calls {"url":"last"}
        5 f = "last"
        6 t = {"error_caught":false,"value":"fine"}
        7 z = "fine"
        succeeded "fine""#]],
    );
    check(
        &graph("no!", "\"ref*\""),
        echo,
        &expect![[r#"
        1 a = 1
        2 x calls {"url":"no!"}
        3 x failed: refused
        4 c = "refused in x"
        5 f calls {"url":"last"}
        6 f = "last"
        7 t = {"error_caught":true,"error_message":"no!","value":"refused in x"}
        8 z = "refused in x"
        succeeded "refused in x""#]],
    );
    check(
        &graph("no!", "\"other\""),
        echo,
        &expect![[r#"
        1 a = 1
        2 x calls {"url":"no!"}
        3 x failed: refused
        4 f calls {"url":"last"}
        5 f = "last"
        6 t failed: refused
        failed: refused at x"#]],
    );
}

#[test]
fn a_retry_runs_its_body_again() {
    let mut count = 0;
    check(
        r#"a = 1
         r: retry {"max_attempts": 3, "initial_delay": "1s"}
         x: call u
         y: expression input + 1
         a -> r -body-> x -> y"#,
        |_| {
            count += 1;
            if count < 3 { Answer::Failed(Failure::new("busy", "no")) } else { Answer::Done(Value::from(41)) }
        },
        &expect![[r#"
            1 a = 1
            2 x[0] calls {"url":"u"}
            3 x[0] failed: busy
            4 r[1] waits for back_off until 1000ms
            5 r[1] = null
            6 x[1] calls {"url":"u"}
            7 x[1] failed: busy
            8 r[2] waits for back_off until 3000ms
            9 r[2] = null
            10 x[2] calls {"url":"u"}
            11 x[2] = 41
            12 y[2] = 42
            13 r = {"attempts":3,"success":true,"value":42}
            succeeded {"attempts":3,"success":true,"value":42}"#]],
    );
}

#[test]
fn a_timeout_cancels_its_body() {
    let graph = |action: &str| {
        format!(
            r#"a = 1
            t: timeout {{"timeout": "2s", "timeout_action": "{action}"}}
            d: delay 1s
            e: delay 1h
            n: visualization
            a -> t -body-> d -> e, t -done-> n"#
        )
    };
    check(
        &graph("error"),
        echo,
        &expect![[r#"
            1 a = 1
            2 t[1] waits for timer until 2000ms
            3 d waits for timer until 1000ms
            4 d = {"delayed":true,"duration":"1s","value":1}
            5 e waits for timer until 3601000ms
            6 t[1] = null
            7 e cancelled
            8 t failed: timeout
            failed: timeout at t"#]],
    );
    check(
        &graph("continue_with_partial"),
        echo,
        &expect![[r#"
            1 a = 1
            2 t[1] waits for timer until 2000ms
            3 d waits for timer until 1000ms
            4 d = {"delayed":true,"duration":"1s","value":1}
            5 e waits for timer until 3601000ms
            6 t[1] = null
            7 e cancelled
            8 t = {"execution_time":"2s","partial_result":true,"timed_out":true,"timeout_duration":"2s","timeout_exceeded":true,"value":null}
            9 n = {"execution_time":"2s","partial_result":true,"timed_out":true,"timeout_duration":"2s","timeout_exceeded":true,"value":null}
            succeeded {"execution_time":"2s","partial_result":true,"timed_out":true,"timeout_duration":"2s","timeout_exceeded":true,"value":null}"#]],
    );
    check(
        r#"a = 1
         t: timeout 1h
         d: delay 1s
         a -> t -body-> d"#,
        echo,
        &expect![[r#"
            1 a = 1
            2 t[1] waits for timer until 3600000ms
            3 d waits for timer until 1000ms
            4 d = {"delayed":true,"duration":"1s","value":1}
            5 t[1] cancelled
            6 t = {"execution_time":"1s","timed_out":false,"timeout_duration":"1h0m0s","value":{"delayed":true,"duration":"1s","value":1}}
            succeeded {"execution_time":"1s","timed_out":false,"timeout_duration":"1h0m0s","value":{"delayed":true,"duration":"1s","value":1}}"#]],
    );
}

#[test]
fn branches_run_at_the_same_time() {
    let graph = |settings: &str| {
        format!(
            r#"a = 1
            p: parallel {{"branches": ["slow", "quick", "bad", "unused"]{settings}}}
            d: delay 5s
            s: call slow
            q: call quick
            b: call no!
            a -> p -slow-> d -> s, p -quick-> q, p -bad-> b"#
        )
    };
    check(
        &graph(""),
        echo,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 5000ms
            3 q calls {"url":"quick"}
            4 b calls {"url":"no!"}
            5 q = "quick"
            6 b failed: refused
            7 d cancelled
            8 p failed: refused
            failed: refused at b"#]],
    );
    check(
        &graph(r#", "on_error": "collect""#),
        echo,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 5000ms
            3 q calls {"url":"quick"}
            4 b calls {"url":"no!"}
            5 q = "quick"
            6 b failed: refused
            7 d = {"delayed":true,"duration":"5s","value":1}
            8 s calls {"url":"slow"}
            9 s = "slow"
            10 p = {"branches":{"quick":"quick","slow":"slow"},"concurrency":10,"count":2,"errors":{"bad":{"code":"refused","error":"no!","node_id":"b"}},"results":["slow","quick",null]}
            succeeded {"branches":{"quick":"quick","slow":"slow"},"concurrency":10,"count":2,"errors":{"bad":{"code":"refused","error":"no!","node_id":"b"}},"results":["slow","quick",null]}"#]],
    );
    check(
        &graph(r#", "wait_for": "first""#),
        echo,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 5000ms
            3 q calls {"url":"quick"}
            4 b calls {"url":"no!"}
            5 q = "quick"
            6 d cancelled
            7 b cancelled
            8 p = {"branches":{"quick":"quick"},"concurrency":10,"count":1,"results":[null,"quick",null]}
            succeeded {"branches":{"quick":"quick"},"concurrency":10,"count":1,"results":[null,"quick",null]}"#]],
    );
    check(
        &graph(r#", "wait_for": 2"#),
        echo,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 5000ms
            3 q calls {"url":"quick"}
            4 b calls {"url":"no!"}
            5 q = "quick"
            6 b failed: refused
            7 d = {"delayed":true,"duration":"5s","value":1}
            8 s calls {"url":"slow"}
            9 s = "slow"
            10 p = {"branches":{"quick":"quick","slow":"slow"},"concurrency":10,"count":2,"results":["slow","quick",null]}
            succeeded {"branches":{"quick":"quick","slow":"slow"},"concurrency":10,"count":2,"results":["slow","quick",null]}"#]],
    );
    check(
        &graph(r#", "wait_for": 2, "max_concurrency": 1"#),
        echo,
        &expect![[r#"
        1 a = 1
        2 d waits for timer until 5000ms
        3 d = {"delayed":true,"duration":"5s","value":1}
        4 s calls {"url":"slow"}
        5 s = "slow"
        6 q calls {"url":"quick"}
        7 q = "quick"
        8 p = {"branches":{"quick":"quick","slow":"slow"},"concurrency":1,"count":2,"results":["slow","quick",null]}
        succeeded {"branches":{"quick":"quick","slow":"slow"},"concurrency":1,"count":2,"results":["slow","quick",null]}"#]],
    );
}

#[test]
fn bodies_nest() {
    check(
        r#"t = "[[1, 2], [3]]"
         a: parse JSON
         f: for_each {}
         g: for_each {"max_concurrency": 2}
         y: try_catch {"fallback_value": "caught"}
         c: call {"url": "u{{ item == 2 ? '!' : item }}"}
         s: expression input.results
         t -> a -> f -body-> g -body-> y -try-> c, g -done-> s"#,
        echo,
        &expect![[r#"
            1 t = "[[1, 2], [3]]"
            2 a = [[1,2],[3]]
            3 c[0.0] calls {"url":"u1"}
            4 c[0.1] calls {"url":"u!"}
            5 c[0.0] = "u1"
            6 y[0.0] = {"error_caught":false,"value":"u1"}
            7 c[0.1] failed: refused
            8 y[0.1] = {"error_caught":true,"error_message":"u!","value":"caught"}
            9 g[0] = {"failed":0,"input_count":2,"iterations":2,"results":[{"error_caught":false,"value":"u1"},{"error_caught":true,"error_message":"u!","value":"caught"}],"successful":2}
            10 s[0] = [{"error_caught":false,"value":"u1"},{"error_caught":true,"error_message":"u!","value":"caught"}]
            11 c[1.0] calls {"url":"u3"}
            12 c[1.0] = "u3"
            13 y[1.0] = {"error_caught":false,"value":"u3"}
            14 g[1] = {"failed":0,"input_count":1,"iterations":1,"results":[{"error_caught":false,"value":"u3"}],"successful":1}
            15 s[1] = [{"error_caught":false,"value":"u3"}]
            16 f = {"failed":0,"input_count":2,"iterations":2,"results":[[{"error_caught":false,"value":"u1"},{"error_caught":true,"error_message":"u!","value":"caught"}],[{"error_caught":false,"value":"u3"}]],"successful":2}
            succeeded {"failed":0,"input_count":2,"iterations":2,"results":[[{"error_caught":false,"value":"u1"},{"error_caught":true,"error_message":"u!","value":"caught"}],[{"error_caught":false,"value":"u3"}]],"successful":2}"#]],
    );
}

#[test]
fn a_body_sees_what_comes_before_its_block_and_not_more() {
    check(
        &format!(
            r#"{ITEMS}
            k = 100
            f: for_each {{}}
            x: expression node.k + item
            y: expression coalesce(node.late, 'nothing') + node.x
            late = 5
            a -> f -body-> x -> y, k -> late"#
        ),
        echo,
        &expect![[r#"
            1 k = 100
            2 t = "[1, 2, 3]"
            3 late = 5
            4 a = [1,2,3]
            5 x[0] = 101
            6 y[0] = 106
            7 x[1] = 102
            8 y[1] = 107
            9 x[2] = 103
            10 y[2] = 108
            11 f = {"failed":0,"input_count":3,"iterations":3,"results":[106,107,108],"successful":3}
            succeeded {"failed":0,"input_count":3,"iterations":3,"results":[106,107,108],"successful":3}"#]],
    );
}

#[test]
fn a_limit_of_the_whole_ends_what_is_around_it() {
    let limits = Limits { max_node_executions: Some(6), ..Limits::default() };
    let graph = format!("{ITEMS}\nf: for_each {{}}\ny: try_catch {{}}\nx: visualization\na -> f -body-> y -try-> x");
    let told = told(&graph, limits, echo);
    assert_eq!(told.lines().last(), Some("failed: too_many_node_executions at x"), "{told}");
}

#[test]
fn results_are_those_of_nodes_that_run_once() {
    let graph = "a = 1\nt: try_catch {}\nx: visualization\nr: retry {}\ny: visualization\na -> t -try-> x -> r -body-> y";
    let mut machine = super::world::machine(graph);
    let (_, _) = super::world::live(&mut machine, |_| Vec::new());
    let results: Vec<&str> = machine.results().map(|(id, _)| id).collect();
    assert_eq!(results, ["a", "t", "x", "r"]);
}
