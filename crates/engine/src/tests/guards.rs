//! Nodes that deal with failures of what comes directly before them, outputs for failures, and going on in spite of them.

use expect_test::expect;
use thaiyyal_model::{Failure, Limits, Value};

use super::world::{check, told};
use crate::{Answer, Effect};

fn refused(_: &Effect) -> Answer {
    Answer::Failed(Failure::new("refused", "no"))
}

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).expect("valid JSON")
}

#[test]
fn a_try_catch_takes_the_failure_of_the_node_before_it() {
    check(
        r#"a = 1
         c: call u
         other: expression 'not reached'
         t: try_catch {"fallback_value": 7, "error_output_path": "oops"}
         bad: expression input.error_message
         good: expression input.value
         a -> c -> t -oops-> bad, t -success-> good, c -> other"#,
        refused,
        &expect![[r#"
            1 a = 1
            2 c calls {"url":"u"}
            3 c failed: refused
            4 t = {"error_caught":true,"error_message":"no","error_output_path":"oops","value":7}
            5 other skipped
            6 bad = "no"
            7 good skipped
            succeeded "no""#]],
    );
}

#[test]
fn a_try_catch_that_does_not_go_on_fails_with_what_it_caught() {
    check(
        r#"c: call u
         t: try_catch {"continue_on_error": false}
         c -> t"#,
        refused,
        &expect![[r#"
            1 c calls {"url":"u"}
            2 c failed: refused
            3 t failed: refused
            failed: refused at t"#]],
    );
}

#[test]
fn a_retry_runs_the_node_before_it_again() {
    let graph = r#"a = 1
         c: call u
         r: retry {"max_attempts": 3, "initial_delay": "100ms", "retry_on_errors": ["busy", "no"]}
         a -> c -> r"#;
    let mut count = 0;
    let answer = |_: &Effect| {
        count += 1;
        match count {
            1 => Answer::Failed(Failure::new("busy", "come back")),
            2 => Answer::Done(json(r#"{"error": "not yet, no"}"#)),
            _ => Answer::Done(json("5")),
        }
    };
    check(
        graph,
        answer,
        &expect![[r#"
            1 a = 1
            2 c calls {"url":"u"}
            3 c failed: busy
            4 c (attempt 2) waits for back_off until 100ms
            5 c (attempt 2) begins again
            6 c (attempt 2) calls {"url":"u"}
            7 c (attempt 2) = {"error":"not yet, no"}
            8 c (attempt 3) waits for back_off until 300ms
            9 c (attempt 3) begins again
            10 c (attempt 3) calls {"url":"u"}
            11 c (attempt 3) = 5
            12 r = {"attempts":3,"success":true,"value":5}
            succeeded {"attempts":3,"success":true,"value":5}"#]],
    );
    check(
        graph,
        |_| Answer::Failed(Failure::new("fatal", "never")),
        &expect![[r#"
            1 a = 1
            2 c calls {"url":"u"}
            3 c failed: fatal
            failed: fatal at c"#]],
    );
    check(
        r#"c: call {"url": "u", "retry": {"max_attempts": 2, "initial_delay": "1ms"}}
         r: retry {"max_attempts": 2, "initial_delay": "10ms"}
         c -> r"#,
        |_| Answer::Retry { after_ms: None, failure: Failure::new("busy", "no") },
        &expect![[r#"
            1 c calls {"retry":{"initial_delay":"1ms","max_attempts":2},"url":"u"}
            2 c failed: busy
            3 c (attempt 2) waits for back_off until 1ms
            4 c (attempt 2) calls {"retry":{"initial_delay":"1ms","max_attempts":2},"url":"u"}
            5 c (attempt 2) failed: busy
            6 c (attempt 2) waits for back_off until 11ms
            7 c (attempt 2) begins again
            8 c (attempt 2) calls {"retry":{"initial_delay":"1ms","max_attempts":2},"url":"u"}
            9 c (attempt 2) failed: busy
            10 c (attempt 3) waits for back_off until 12ms
            11 c (attempt 3) calls {"retry":{"initial_delay":"1ms","max_attempts":2},"url":"u"}
            12 c (attempt 3) failed: busy
            failed: busy at c"#]],
    );
}

#[test]
fn a_retry_fails_when_the_error_stays() {
    check(
        r#"a = "{\"error\": \"boom\"}"
         p: parse JSON
         r: retry {"max_attempts": 2, "initial_delay": "1ms", "backoff_strategy": "constant"}
         a -> p -> r"#,
        refused,
        &expect![[r#"
            1 a = "{\"error\": \"boom\"}"
            2 p = {"error":"boom"}
            3 p (attempt 2) waits for back_off until 1ms
            4 p (attempt 2) begins again
            5 p (attempt 2) = {"error":"boom"}
            6 r failed: attempts_exhausted
            failed: attempts_exhausted at r"#]],
    );
}

#[test]
fn a_retry_looks_for_an_error_at_the_top_of_what_a_block_gives() {
    // The value of a body is a part of its block's result; whether an error in it matters is for the block to say.
    for (block, port) in [
        (r#"for_each {}"#, "body"),
        (r#"while_loop {"condition": "index < 1"}"#, "body"),
        (r#"timeout {"timeout": "5s"}"#, "body"),
        (r#"parallel {"branches": ["left"]}"#, "left"),
        (r#"try_catch {"fallback_value": {"error": "soft"}}"#, "try"),
    ] {
        let graph = format!(
            "in: range {{\"start\": 1, \"end\": 2}}
             x: {block}
             b: set {{\"fields\": {{\"error\": \"soft\"}}, \"keep\": false}}
             r: retry {{\"max_attempts\": 3}}
             in -> x -> r
             x -{port}-> b"
        );
        let told = told(&graph, Limits::default(), refused);
        assert!(told.contains(r#"r = {"attempts":1,"success":true"#) && told.contains(r#"{"error":"soft"}"#), "{told}");
    }
}

#[test]
fn a_retry_runs_a_block_before_it_again_when_that_fails() {
    let mut count = 0;
    check(
        r#"a = 1
         x: timeout 5s
         c: call u
         r: retry {"max_attempts": 2, "initial_delay": "1s"}
         a -> x -> r
         x -body-> c"#,
        |effect| {
            count += 1;
            if count == 1 { refused(effect) } else { Answer::Done(json("{\"error\": \"soft\"}")) }
        },
        &expect![[r#"
            1 a = 1
            2 x[1] waits for timer until 5000ms
            3 c calls {"url":"u"}
            4 c failed: refused
            5 x[1] cancelled
            6 x failed: refused
            7 x (attempt 2) waits for back_off until 1000ms
            8 x (attempt 2) begins again
            9 x[1] (attempt 2) waits for timer until 6000ms
            10 c calls {"url":"u"}
            11 c = {"error":"soft"}
            12 x[1] (attempt 2) cancelled
            13 x (attempt 2) = {"execution_time":"0s","timed_out":false,"timeout_duration":"5s","value":{"error":"soft"}}
            14 r = {"attempts":2,"success":true,"value":{"execution_time":"0s","timed_out":false,"timeout_duration":"5s","value":{"error":"soft"}}}
            succeeded {"attempts":2,"success":true,"value":{"execution_time":"0s","timed_out":false,"timeout_duration":"5s","value":{"error":"soft"}}}"#]],
    );
}

#[test]
fn a_timeout_bounds_the_node_before_it() {
    let graph = |action: &str| {
        format!(
            r#"a = 1
             d: delay 1h
             t: timeout {{"timeout": "2s", "timeout_action": "{action}"}}
             a -> d -> t"#
        )
    };
    check(
        &graph("error"),
        refused,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 2000ms
            3 d failed: timeout
            failed: timeout at d"#]],
    );
    check(
        &graph("continue_with_partial"),
        refused,
        &expect![[r#"
            1 a = 1
            2 d waits for timer until 2000ms
            3 d failed: timeout
            4 t = {"execution_time":"2s","partial_result":true,"timed_out":true,"timeout_duration":"2s","timeout_exceeded":true,"value":null}
            succeeded {"execution_time":"2s","partial_result":true,"timed_out":true,"timeout_duration":"2s","timeout_exceeded":true,"value":null}"#]],
    );
    // Another failure is no matter of time.
    check(
        r#"c: call u
         t: timeout {"timeout": "2s", "timeout_action": "continue_with_partial"}
         c -> t"#,
        |effect| {
            assert!(matches!(effect.kind, crate::EffectKind::Call { timeout_ms: 2000, .. }));
            refused(effect)
        },
        &expect![[r#"
            1 c calls {"url":"u"}
            2 c failed: refused
            failed: refused at c"#]],
    );
}

#[test]
fn a_failure_leaves_from_its_own_output() {
    check(
        r#"a = 1
         c: call u
         ok: expression 'fine'
         bad: expression input.code + ' at ' + input.node_id
         a -> c -> ok, c -on_error-> bad"#,
        refused,
        &expect![[r#"
            1 a = 1
            2 c calls {"url":"u"}
            3 c failed: refused
            4 ok skipped
            5 bad = "refused at c"
            succeeded "refused at c""#]],
    );
    check(
        r#"c: call u
         bad: expression input.code
         c -on_error-> bad"#,
        |_| Answer::Done(json("3")),
        &expect![[r#"
            1 c calls {"url":"u"}
            2 c = 3
            3 bad skipped
            succeeded 3"#]],
    );
}

#[test]
fn a_node_may_go_on_with_its_failure_as_its_result() {
    check(
        r#"c: call {"url": "u", "continue_on_fail": true}
         e: expression input.error + ': ' + node.c.code
         c -> e"#,
        refused,
        &expect![[r#"
            1 c calls {"continue_on_fail":true,"url":"u"}
            2 c failed: refused
            3 e = "no: refused"
            succeeded "no: refused""#]],
    );
}

#[test]
fn what_an_execution_may_use_in_all_cannot_be_caught() {
    let limits = Limits { max_node_executions: Some(2), ..Limits::default() };
    let graph = "a = 1\nb: visualization\nc: visualization\nt: try_catch {}\na -> b -> c -> t";
    expect![[r#"
        1 a = 1
        2 b = 1
        3 c failed: too_many_node_executions
        failed: too_many_node_executions at c"#]]
    .assert_eq(&told(graph, limits, refused));
}

#[test]
fn calls_are_tried_again_on_the_codes_and_for_the_time_that_the_setting_says() {
    check(
        r#"c: call {"url": "u", "retry": {"max_attempts": 9, "initial_delay": "1s", "total_time": "3s", "retry_on": ["refused"]}}"#,
        refused,
        &expect![[r#"
            1 c calls {"retry":{"initial_delay":"1s","max_attempts":9,"retry_on":["refused"],"total_time":"3s"},"url":"u"}
            2 c failed: refused
            3 c (attempt 2) waits for back_off until 1000ms
            4 c (attempt 2) calls {"retry":{"initial_delay":"1s","max_attempts":9,"retry_on":["refused"],"total_time":"3s"},"url":"u"}
            5 c (attempt 2) failed: refused
            6 c (attempt 3) waits for back_off until 3000ms
            7 c (attempt 3) calls {"retry":{"initial_delay":"1s","max_attempts":9,"retry_on":["refused"],"total_time":"3s"},"url":"u"}
            8 c (attempt 3) failed: refused
            failed: refused at c"#]],
    );
}
