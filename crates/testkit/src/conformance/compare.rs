use serde_json::{Map, Value};

use super::{Actual, Vector};

/// Judges what came out of a vector; the difference, when it is not what must come out.
pub fn compare(vector: &Vector, actual: &Actual) -> Result<(), String> {
    if let Actual::Other(what) = actual {
        return Err(what.clone());
    }
    let expected = &vector.expected;
    match expected["status"].as_str() {
        Some("ok") => succeeded(expected, actual),
        Some("error") => failed(expected, actual),
        // The rule is in words; that it ended properly is all that can be said here.
        Some("see-note") => Ok(()),
        other => Err(format!("the vector expects the status {other:?}")),
    }
}

fn succeeded(expected: &Value, actual: &Actual) -> Result<(), String> {
    let Actual::Succeeded { node_results, final_output } = actual else { return Err(format!("must succeed, but {actual:?}")) };
    if let Some(wanted) = expected.get("node_results") {
        same(wanted, node_results, "node_results")?;
    }
    for skipped in expected["skipped"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if node_results.get(skipped).is_some() {
            return Err(format!("node {skipped} must be skipped"));
        }
    }
    if let Some(wanted) = expected.get("final_output") {
        same(wanted, final_output, "final_output")?;
    }
    match expected["final_output_recommended_from"].as_str() {
        Some(node) => same(&node_results[node], final_output, "final_output"),
        None => Ok(()),
    }
}

fn failed(expected: &Value, actual: &Actual) -> Result<(), String> {
    let may_be_static = expected["may_be_static"] == true;
    match (expected["stage"].as_str(), actual) {
        (_, Actual::Succeeded { .. } | Actual::Other(_)) => Err(format!("must fail, but {actual:?}")),
        (None, Actual::NodeFailed { .. } | Actual::Refused { .. }) => Ok(()),
        (Some("node"), Actual::NodeFailed { node, completed }) => {
            if expected["node"] != **node {
                return Err(format!("node {} must fail, not {node}", expected["node"]));
            }
            let none = Value::Object(Map::new());
            same(expected.get("completed").unwrap_or(&none), completed, "completed")
        }
        (Some("node"), Actual::Refused { stage }) if may_be_static && stage == "parse" => Ok(()),
        (Some(wanted), Actual::Refused { stage }) if wanted == stage => Ok(()),
        (Some(wanted), _) => Err(format!("must fail at stage {wanted}, but {actual:?}")),
    }
}

fn same(wanted: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (key, value) in wanted {
                let own = found.get(key).ok_or_else(|| format!("{at}.{key} is missing; it must be {value}"))?;
                match (key.as_str(), value, own) {
                    ("errors", Value::Array(wanted), Value::Array(found)) => same_errors(wanted, found, &format!("{at}.{key}"))?,
                    _ => same(value, own, &format!("{at}.{key}"))?,
                }
            }
            match found.keys().find(|key| !wanted.contains_key(*key)) {
                Some(extra) => Err(format!("{at}.{extra} must not be there; it is {}", found[extra])),
                None => Ok(()),
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            wanted.iter().zip(found).enumerate().try_for_each(|(index, (wanted, found))| same(wanted, found, &format!("{at}[{index}]")))
        }
        (Value::Number(left), Value::Number(right)) if close(left.as_f64(), right.as_f64()) => Ok(()),
        (wanted, found) if wanted == found => Ok(()),
        (wanted, found) => Err(format!("{at} must be {wanted}, and is {found}")),
    }
}

/// Equal but for rounding.
fn close(left: Option<f64>, right: Option<f64>) -> bool {
    left.zip(right).is_some_and(|(left, right)| left == right || (left - right).abs() <= 1e-12 * left.abs().max(right.abs()))
}

/// The errors of a schema check: in any order, whatever their texts.
fn same_errors(wanted: &[Value], found: &[Value], at: &str) -> Result<(), String> {
    let without_text = |errors: &[Value]| {
        let mut errors: Vec<Value> = errors.to_vec();
        errors.iter_mut().filter_map(Value::as_object_mut).for_each(|error| {
            error.remove("description");
        });
        errors.sort_by_key(Value::to_string);
        Value::Array(errors)
    };
    same(&without_text(wanted), &without_text(found), at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vector(expected: Value) -> Vector {
        Vector { name: "v".into(), file: "f".into(), node_types: Vec::new(), workflow: json!({}), config: None, expected }
    }

    #[test]
    fn results_are_compared_whole() {
        let vector = vector(json!({"status": "ok", "node_results": {"a": 0.3}, "final_output": 3, "skipped": ["b"]}));
        let actual = |node_results: Value, final_output: Value| Actual::Succeeded { node_results, final_output };
        assert_eq!(compare(&vector, &actual(json!({"a": 0.1 + 0.2}), json!(3.0))), Ok(()));
        for wrong in [
            actual(json!({"a": 0.31}), json!(3)),
            actual(json!({"a": 0.3, "b": 1}), json!(3)),
            actual(json!({}), json!(3)),
            actual(json!({"a": 0.3}), json!("3")),
            Actual::Refused { stage: "parse".into() },
            Actual::Other("crash".into()),
        ] {
            assert!(compare(&vector, &wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn failures_are_compared_by_stage_node_and_what_was_done() {
        let failing = json!({"status": "error", "stage": "node", "node": "x", "completed": {"a": 1}});
        let actual = |node: &str, completed: Value| Actual::NodeFailed { node: node.into(), completed };
        let refused = |stage: &str| Actual::Refused { stage: stage.into() };
        assert_eq!(compare(&vector(failing.clone()), &actual("x", json!({"a": 1}))), Ok(()));
        assert!(compare(&vector(failing.clone()), &actual("y", json!({"a": 1}))).is_err());
        assert!(compare(&vector(failing.clone()), &actual("x", json!({}))).is_err());
        assert!(compare(&vector(failing.clone()), &refused("parse")).is_err());
        let mut seen = failing;
        seen["may_be_static"] = json!(true);
        assert_eq!(compare(&vector(seen), &refused("parse")), Ok(()));
        assert!(compare(&vector(json!({"status": "error", "stage": "graph"})), &refused("parse")).is_err());
        assert_eq!(compare(&vector(json!({"status": "error"})), &refused("parse")), Ok(()));
    }
}
