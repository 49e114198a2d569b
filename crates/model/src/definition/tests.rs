use super::*;

fn problems(text: &str) -> Vec<(String, String)> {
    let problems = Definition::from_json(text.as_bytes()).unwrap_err();
    problems.into_iter().map(|problem| (problem.code.to_string(), problem.pointer)).collect()
}

fn one(code: &str, pointer: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), pointer.to_owned())]
}

#[test]
fn a_definition_is_read_without_what_only_the_editor_uses() {
    let text = br#"{"workflow_id":"w","name":"x","nodes":[
        {"id":"a","type":"number","data":{"value":1,"label":"L"},"position":{"x":1}},
        {"id":"b","data":null,"selected":true},
        {"id":"c","type":""}],
        "edges":[{"id":"e","source":"a","target":"b","sourceHandle":"","targetHandle":"left"},
                 {"source":"b","target":"c","sourceHandle":null,"condition":"true"},
                 {"source":"b","target":"c","sourceHandle":"x","condition":"true"}]}"#;
    let definition = Definition::from_json(text).unwrap();
    assert_eq!(definition.workflow_id.as_deref(), Some("w"));
    assert_eq!(definition.nodes[0].data.to_string(), r#"{"label":"L","value":1}"#);
    assert_eq!(definition.nodes.iter().map(|node| node.node_type.as_deref()).collect::<Vec<_>>(), [Some("number"), None, None]);
    assert_eq!(definition.nodes[1].data.to_string(), "{}");
    assert_eq!(definition.edges.iter().map(|edge| edge.source_handle.as_deref()).collect::<Vec<_>>(), [None, Some("true"), Some("x")]);
    assert_eq!(definition.edges[0].target_handle.as_deref(), Some("left"));
    assert_eq!(Definition::from_value(&Value::from_json(text).unwrap()), Ok(definition));
}

#[test]
fn nothing_is_needed() {
    for text in ["{}", r#"{"nodes":null,"edges":null}"#, r#"{"nodes":[],"workflow_id":null}"#, r#"{"nodes":[{"id":"a"}],"nodes":[]}"#] {
        assert_eq!(Definition::from_json(text.as_bytes()), Ok(Definition::default()), "{text}");
    }
}

#[test]
fn text_that_is_no_json_is_told_with_its_place() {
    for (text, place) in [
        ("", "line 1"),
        ("{\"nodes\": [\n  {\"id\": }]}", "line 2, column 10"),
        ("{} x", "line 1, column 4"),
        ("{\"nodes\":[{\"id\":\"a\",\"data\":{\"v\":1e999}}]}", "number out of range"),
        ("{\"nodes\":[{\"id\":\"a\",\"data\":{\"v\":\"\\u0000\"}}]}", "U+0000"),
        ("{\"nodes\":[{\"id\":\"\\u0000\"}]}", "U+0000"),
        ("\u{feff}{}", "line 1"),
    ] {
        let found = Definition::from_json(text.as_bytes()).unwrap_err();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].code, "invalid_json", "{text}");
        assert!(found[0].detail.contains(place), "{}", found[0].detail);
    }
    let deep = format!("{{\"nodes\":[{{\"id\":\"a\",\"data\":{{\"v\":{}{}}}}}]}}", "[".repeat(125), "]".repeat(125));
    assert_eq!(problems(&deep), one("invalid_json", ""));
    let deep_elsewhere = format!("{{\"x\":{}", "[".repeat(1_000_000));
    assert_eq!(problems(&deep_elsewhere), one("invalid_json", ""));
}

#[test]
fn every_mistake_of_shape_is_told_at_once_with_its_pointer() {
    for text in ["[]", "1", "\"x\"", "null", "[\"w\",[],[]]"] {
        assert_eq!(problems(text), one("wrong_kind", ""), "{text}");
    }
    assert_eq!(problems(r#"{"nodes":[["a","number",{}]]}"#), one("wrong_kind", "/nodes/0"));
    assert_eq!(problems(r#"{"nodes":{}}"#), one("wrong_kind", "/nodes"));
    let found = Definition::from_json(
        br#"{"workflow_id":7,"nodes":[{"type":"number"},{"id":3},{"id":"b","type":true,"data":[]},5],"edges":[{"source":"a"},{"source":1,"target":"b","sourceHandle":2}]}"#,
    )
    .unwrap_err();
    let told: Vec<String> =
        found.iter().map(|problem| format!("{} {} {}", problem.pointer, problem.code, problem.node_id.as_deref().unwrap_or("-"))).collect();
    assert_eq!(
        told,
        [
            "/workflow_id wrong_kind -",
            "/nodes/0/id missing_field -",
            "/nodes/1/id wrong_kind -",
            "/nodes/2/type wrong_kind b",
            "/nodes/2/data wrong_kind b",
            "/nodes/3 wrong_kind -",
            "/edges/0/target missing_field -",
            "/edges/1/source wrong_kind -",
            "/edges/1/sourceHandle wrong_kind -",
        ]
    );
    assert!(found[2].detail.contains("must be a string, not a number"), "{}", found[2].detail);
}

#[test]
fn what_is_not_kept_may_not_nest_too_deeply_either() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for document in [format!(r#"{{"extra":{}}}"#, nested(5_000)), format!(r#"{{"nodes":[{{"id":"a","position":{}}}]}}"#, nested(5_000))] {
        assert_eq!(problems(&document), one("invalid_json", ""));
    }
    assert!(Definition::from_json(format!(r#"{{"extra":{}}}"#, nested(100)).as_bytes()).is_ok());
}

#[test]
fn texts_of_every_length_are_read_the_quick_way_as_the_careful_way_reads_them() {
    for length in 0..70 {
        for at in 0..=length {
            for special in ["", "\"", "\\\"", "\\n", "\\", "\u{1}", "\u{1f}", " ", "\u{7f}", "é", "€"] {
                let text = format!("{}{special}{}", "a".repeat(at), "b".repeat(length - at));
                let document = format!(r#"{{"nodes":[{{"id":"{text}","data":{{"{text}":"{text}"}}}}]}}"#);
                let careful = Value::from_json(document.as_bytes()).ok().and_then(|value| Definition::from_value(&value).ok());
                assert_eq!(Definition::from_json(document.as_bytes()).ok(), careful, "{document}");
            }
        }
    }
}
