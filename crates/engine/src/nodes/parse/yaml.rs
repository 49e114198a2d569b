use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use thaiyyal_model::Value;

use crate::fault::Fault;

/// The reader recurses and takes much stack for each level, so this is less than values may nest.
const MAX_DEPTH: usize = 48;

/// Reads one YAML 1.2 document (core schema). A document that is a plain scalar is refused: almost any text is one.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Fault::new("invalid_yaml", format!("this is not valid YAML: {error}")))?;
    match value {
        Value::List(_) | Value::Map(_) => Ok(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Large(_) => {
            Err(Fault::new("invalid_yaml", "this YAML holds no list and no keys with values"))
        }
    }
}
