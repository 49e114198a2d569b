use thaiyyal_model::{Map, Value};

/// The type of a node that names none, from the settings it has; the first rule whose keys are all there decides.
pub(super) fn infer(settings: &Map) -> Option<&'static str> {
    RULES.iter().find(|(keys, _)| keys.iter().all(|key| has(settings, key))).map(|(_, node_type)| *node_type)
}

fn has(settings: &Map, key: &str) -> bool {
    match key {
        // The presence of a key decides, whatever its value, except that an empty expression is none.
        "expression!" => matches!(settings.get("expression"), Some(Value::String(text)) if !text.is_empty()),
        key => settings.contains_key(key),
    }
}

const RULES: &[(&[&str], &str)] = &[
    (&["value"], "number"),
    (&["text"], "text_input"),
    (&["boolean_value"], "boolean_input"),
    (&["date_value"], "date_input"),
    (&["datetime_value"], "datetime_input"),
    (&["mode"], "visualization"),
    (&["op"], "operation"),
    (&["text_op"], "text_operation"),
    (&["url"], "http"),
    (&["condition", "true_path"], "condition"),
    (&["condition"], "filter"),
    (&["expression", "initial_value"], "reduce"),
    (&["expression!"], "expression"),
    (&["var_name", "var_op"], "variable"),
    (&["field"], "extract"),
    (&["fields"], "extract"),
    (&["transform_type"], "transform"),
    (&["accum_op"], "accumulator"),
    (&["counter_op"], "counter"),
    (&["cases"], "switch"),
    (&["join_strategy"], "join"),
    (&["paths"], "split"),
    (&["duration"], "delay"),
    (&["cache_op", "cache_key"], "cache"),
    (&["context_name"], "context_variable"),
    (&["context_values"], "context_variable"),
    (&["max_attempts"], "retry"),
    (&["backoff_strategy"], "retry"),
    (&["fallback_value"], "try_catch"),
    (&["continue_on_error"], "try_catch"),
    (&["timeout", "timeout_action"], "timeout"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_matching_rule_decides() {
        for (settings, expected) in [
            (r#"{"value":1,"text":"x"}"#, Some("number")),
            (r#"{"value":null}"#, Some("number")),
            (r#"{"condition":">1"}"#, Some("filter")),
            (r#"{"condition":">1","true_path":"x"}"#, Some("condition")),
            (r#"{"expression":"","var_name":"a","var_op":"get"}"#, Some("variable")),
            (r#"{"expression":"","initial_value":0}"#, Some("reduce")),
            (r#"{"expression":"x"}"#, Some("expression")),
            (r#"{"expression":""}"#, None),
            (r#"{"fields":[]}"#, Some("extract")),
            (r#"{"timeout":"1s"}"#, None),
            (r#"{}"#, None),
        ] {
            let Value::Map(settings) = Value::from_json(settings.as_bytes()).unwrap() else { panic!("settings are an object") };
            assert_eq!(infer(&settings), expected, "{settings:?}");
        }
    }
}
