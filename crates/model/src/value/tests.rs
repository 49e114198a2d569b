use std::collections::HashSet;

use super::*;

fn json(text: &str) -> Value {
    Value::from_json(text.as_bytes()).unwrap()
}

#[test]
fn a_value_is_small() {
    assert!(size_of::<Value>() <= 24);
    assert_eq!(size_of::<Option<Value>>(), size_of::<Value>());
}

#[test]
fn json_is_written_compactly_with_sorted_keys() {
    for (text, expected) in [
        ("null", "null"),
        ("[ ]", "[]"),
        ("{ }", "{}"),
        ("[1, 2.50, -3, 1e3]", "[1,2.5,-3,1000]"),
        ("{\"b\": 1, \"a\": {\"z\": [true, false, null]}}", "{\"a\":{\"z\":[true,false,null]},\"b\":1}"),
        ("\"\\u0007\\n\\\"\\\\\\/ü\\ud83d\\ude00\\u007f\"", "\"\\u0007\\n\\\"\\\\/ü😀\u{7f}\""),
        ("\"\\b\\f\\r\\t\"", "\"\\b\\f\\r\\t\""),
    ] {
        let value = json(text);
        assert_eq!(String::from_utf8(value.to_json()).unwrap(), expected);
        assert_eq!(value.to_string(), expected);
        assert_eq!(serde_json::to_string(&value).unwrap(), expected);
        assert_eq!(json(expected), value);
    }
}

#[test]
fn every_special_character_is_escaped_wherever_it_stands() {
    for code in 0..0x100u32 {
        let character = char::from_u32(code).unwrap();
        for before in 0..18 {
            for after in [0, 1, 7, 8, 20] {
                let text = format!("{}{character}{}", "x".repeat(before), "é".repeat(after));
                assert_eq!(Value::from(text.as_str()).to_string(), serde_json::to_string(&text).unwrap());
            }
        }
    }
}

#[test]
fn pretty_json_has_two_spaces_and_keeps_empty_containers_short() {
    assert_eq!(
        json(r#"{"b":[1,{"c":[]}],"a":{}}"#).to_json_pretty(),
        "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"c\": []\n    }\n  ]\n}"
    );
}

#[test]
fn numbers_print_as_javascript_prints_them() {
    for (number, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (7.0, "7"),
        (-1.5, "-1.5"),
        (999_999.0, "999999"),
        (1e15, "1000000000000000"),
        (9_007_199_254_740_993.0, "9007199254740992"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (0.1 + 0.2, "0.30000000000000004"),
        (f64::MAX, "1.7976931348623157e+308"),
        (f64::NAN, "null"),
        (f64::NEG_INFINITY, "null"),
    ] {
        assert_eq!(Value::Number(number).to_string(), expected);
        let mut text = String::new();
        write_number(number, &mut text);
        assert_eq!(text, expected);
    }
}

#[test]
fn text_leaves_strings_alone_and_prints_the_rest_as_json() {
    for (value, expected) in [
        (json("\"a \\\"b\\\"\""), "a \"b\""),
        (json("null"), "null"),
        (json("true"), "true"),
        (json("-2.50"), "-2.5"),
        (json("[1, \"x\"]"), "[1,\"x\"]"),
        (json("{\"b\":1,\"a\":null}"), "{\"a\":null,\"b\":1}"),
    ] {
        assert_eq!(value.text(), expected);
        let mut text = String::from("> ");
        value.write_text(&mut text);
        assert_eq!(text, format!("> {expected}"));
    }
}

#[test]
fn kinds_have_the_names_that_results_use() {
    let names: Vec<_> = ["null", "true", "1", "\"\"", "[]", "{}"].map(|text| json(text).kind().to_string()).into();
    assert_eq!(names, ["null", "boolean", "number", "string", "array", "object"]);
}

#[test]
fn equality_is_that_of_json() {
    let value = json(r#"{"a":[1,{"b":null}],"c":"x"}"#);
    assert_eq!(value, json(r#"{"c":"x","a":[1.0,{"b":null}]}"#));
    assert_eq!(value, value.clone());
    assert_ne!(value, json(r#"{"a":[1,{"b":false}],"c":"x"}"#));
    assert_ne!(json("1"), json("\"1\""));
    assert_eq!(Value::Number(0.0), Value::Number(-0.0));
    let distinct: HashSet<Value> = ["1", "1.0", "\"1\"", "[1]", "[1.0]", "-0.0", "0", "{}", "[]"].map(json).into();
    assert_eq!(distinct.len(), 6);
}

#[test]
fn the_last_of_equal_keys_wins() {
    let map = Map::from_pairs([("b", 1), ("a", 2), ("b", 3), ("a", 4), ("c", 5)]);
    assert_eq!(Value::from(map).to_string(), r#"{"a":4,"b":3,"c":5}"#);
    assert_eq!(json(r#"{"x":1,"x":2}"#).to_string(), r#"{"x":2}"#);
}

#[test]
fn members_are_found_in_small_and_large_objects() {
    for size in [0, 1, 7, 8, 9, 1000] {
        let map: Map = (0..size).map(|n| (Str::from(format!("key {n}")), Value::from(n))).collect();
        assert_eq!(map.len() as u32, size);
        assert_eq!(map.is_empty(), size == 0);
        for n in 0..size {
            assert_eq!(map.get(&format!("key {n}")), Some(&Value::from(n)));
        }
        assert_eq!(map.get("key"), None);
        assert_eq!(map.get("zzz"), None);
        assert!(map.keys().is_sorted());
    }
}

#[test]
fn with_and_without_leave_the_original_alone() {
    let map = Map::from_pairs([("a", 1), ("c", 3)]);
    assert_eq!(Value::from(map.with("b", 2)).to_string(), r#"{"a":1,"b":2,"c":3}"#);
    assert_eq!(Value::from(map.with("c", "new")).to_string(), r#"{"a":1,"c":"new"}"#);
    assert_eq!(Value::from(map.without("a")).to_string(), r#"{"c":3}"#);
    assert_eq!(Value::from(Map::new().with("x", Value::Null)).to_string(), r#"{"x":null}"#);
    assert_eq!(Value::from(map).to_string(), r#"{"a":1,"c":3}"#);
}

#[test]
fn depth_and_size_are_known_without_walking() {
    for (text, depth) in [("1", 0), ("[]", 1), ("{}", 1), ("[1]", 1), ("[[]]", 2), (r#"{"a":{"b":{"c":1}},"d":[]}"#, 3)] {
        assert_eq!(json(text).depth(), depth, "{text}");
    }
    assert_eq!(json("1").size_bytes(), 24);
    assert_eq!(json("[1,2]").size_bytes(), 24 * 3);
    assert_eq!(json(r#"{"a":1}"#).size_bytes(), 24 + 16 + 24);
    assert_eq!(Value::from("x".repeat(1000)).size_bytes(), 1024);

    // 2^70 leaves in 70 steps: what such a value weighs is seen at once, and never wraps.
    let mut bomb = Value::from(1);
    for _ in 0..70 {
        bomb = Value::from(vec![bomb.clone(), bomb]);
    }
    assert_eq!((bomb.depth(), bomb.size_bytes()), (70, u64::MAX - 1));
}

#[test]
fn values_convert_to_and_from_serde() {
    let given = serde_json::json!({"a": [1, 2.5, "x", null, true], "b": {"c": -7}});
    let value = Value::from(given.clone());
    assert_eq!(value, serde_json::from_value(given.clone()).unwrap());
    assert_eq!(serde_json::Value::from(&value), given);
    assert_eq!(serde_json::to_value(&value).unwrap(), given);
    assert_eq!(serde_json::from_str::<Map>("{\"a\":1}").unwrap(), Map::from_pairs([("a", 1)]));
    assert_eq!(serde_json::from_str::<List>("[1]").unwrap(), List::from(vec![Value::from(1)]));
    assert!(serde_json::from_str::<Map>("[1]").is_err());
}
