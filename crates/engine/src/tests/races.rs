//! What comes first counts: joins that race, and deadlines.

use expect_test::expect;

use super::bodies::ITEMS;
use super::world::{check, echo, end};

#[test]
fn a_join_that_races_goes_on_with_what_is_there_first() {
    let graph = |settings: &str| {
        format!(
            r#"a = 1
            s: delay 5s
            q: delay 1s
            x: delay 2s
            j: join {settings}
            n: visualization
            a -> s -> j, a -> q -> j, a -> x -> j -> n"#
        )
    };
    check(
        &graph(r#"{"wait_for": "first"}"#),
        echo,
        &expect![[r#"
        1 a = 1
        2 s waits for timer until 5000ms
        3 q waits for timer until 1000ms
        4 x waits for timer until 2000ms
        5 q = {"delayed":true,"duration":"1s","value":1}
        6 j = {"strategy":"first","value":{"delayed":true,"duration":"1s","value":1}}
        7 n = {"strategy":"first","value":{"delayed":true,"duration":"1s","value":1}}
        8 x = {"delayed":true,"duration":"2s","value":1}
        9 s = {"delayed":true,"duration":"5s","value":1}
        succeeded {"strategy":"first","value":{"delayed":true,"duration":"1s","value":1}}"#]],
    );
    check(
        &graph(r#"{"wait_for": 2}"#),
        echo,
        &expect![[r#"
        1 a = 1
        2 s waits for timer until 5000ms
        3 q waits for timer until 1000ms
        4 x waits for timer until 2000ms
        5 q = {"delayed":true,"duration":"1s","value":1}
        6 x = {"delayed":true,"duration":"2s","value":1}
        7 j = {"count":2,"strategy":"all","values":[{"delayed":true,"duration":"1s","value":1},{"delayed":true,"duration":"2s","value":1}]}
        8 n = {"count":2,"strategy":"all","values":[{"delayed":true,"duration":"1s","value":1},{"delayed":true,"duration":"2s","value":1}]}
        9 s = {"delayed":true,"duration":"5s","value":1}
        succeeded {"count":2,"strategy":"all","values":[{"delayed":true,"duration":"1s","value":1},{"delayed":true,"duration":"2s","value":1}]}"#]],
    );
    check(
        &graph(r#"{"wait_for": "all", "timeout": "3s"}"#),
        echo,
        &expect![[r#"
        1 a = 1
        2 s waits for timer until 5000ms
        3 q waits for timer until 1000ms
        4 x waits for timer until 2000ms
        5 j[1] waits for timer until 3000ms
        6 q = {"delayed":true,"duration":"1s","value":1}
        7 x = {"delayed":true,"duration":"2s","value":1}
        8 j[1] = null
        9 j failed: timeout
        10 s = {"delayed":true,"duration":"5s","value":1}
        failed: timeout at j"#]],
    );
    assert_eq!(end(&graph(r#"{"wait_for": 4}"#)), "failed: missing_input at j");
    assert_eq!(end("j: join {\"wait_for\": \"any\"}"), "succeeded null");
    // What is settled already needs no race.
    assert_eq!(end("a = 1\nb = 2\nj: join {\"wait_for\": \"any\"}\na -> j, b -> j"), r#"succeeded {"count":2,"strategy":"any","value":1}"#);
    assert_eq!(
        end(
            "a = 1\nc: condition > 5\nd: delay 1s\ne: visualization\nj: join {\"wait_for\": \"all\"}\na -> d -> c -true-> j, c -true-> e -> j"
        ),
        "succeeded null"
    );
}

#[test]
fn any_node_that_takes_time_can_have_a_deadline() {
    let graph = |settings: &str| {
        format!(
            r#"{ITEMS}
            f: for_each {settings}
            d: delay 1s
            c: expression input.code
            a -> f -body-> d, f -on_error-> c"#
        )
    };
    check(
        &graph(r#"{"deadline": "2500ms"}"#),
        echo,
        &expect![[r#"
        1 t = "[1, 2, 3]"
        2 a = [1,2,3]
        3 f[0] waits for timer until 2500ms
        4 d[0] waits for timer until 1000ms
        5 d[0] = {"delayed":true,"duration":"1s","value":1}
        6 d[1] waits for timer until 2000ms
        7 d[1] = {"delayed":true,"duration":"1s","value":2}
        8 d[2] waits for timer until 3000ms
        9 f[0] = null
        10 d[2] cancelled
        11 f failed: timeout
        12 c = "timeout"
        succeeded "timeout""#]],
    );
    assert_eq!(end(&graph(r#"{"deadline": "4s"}"#)).split_once(' ').map(|(word, _)| word), Some("succeeded"));
    assert_eq!(end("d: delay {\"duration\": \"1h\", \"deadline\": \"1s\"}"), "failed: timeout at d");
    // A timeout behind a block, in the old notation.
    assert_eq!(end(&format!("{ITEMS}f: for_each {{}}\nd: delay 1s\nz: timeout 2s\na -> f -body-> d, f -done-> z")), "failed: timeout at f");
}
