//! The conformance vectors: reading them, and judging what came out of a run. Used by the engine's own test, by the one over HTTP and by
//! the one of the command line.

mod compare;
mod report;

use std::path::{Path, PathBuf};

use serde_json::Value;
use thaiyyal_model::Limits;

pub use compare::compare;
pub use report::Report;

use crate::repository;

/// One workflow with what must come out of it.
#[derive(Debug, Clone)]
pub struct Vector {
    /// Unique; the part before the first `/` is the topic.
    pub name: String,
    /// The file it comes from, without folder and extension.
    pub file: String,
    /// The types of its nodes; types that the definition leaves out are inferred.
    pub node_types: Vec<String>,
    /// The definition, as it is posted.
    pub workflow: Value,
    /// Limits that differ from the defaults: `max_node_executions` and the like; 0 is no limit.
    pub config: Option<Value>,
    /// What must come out, in the format of the vectors.
    pub expected: Value,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Actual {
    /// It succeeded.
    Succeeded {
        /// Node id to value, of the nodes that ran.
        node_results: Value,
        /// The final output.
        final_output: Value,
    },
    /// A node failed.
    NodeFailed {
        /// Which one.
        node: String,
        /// Node id to value, of the nodes that had finished.
        completed: Value,
    },
    /// It was refused before it ran.
    Refused {
        /// `parse` or `graph`.
        stage: String,
    },
    /// Anything else, in words. Never right.
    Other(String),
}

/// All vectors: those in the repository, and those of `repo*.jsonl` where they are present. They lie in the folder that the environment
/// variable `THAIYYAL_CONFORMANCE_DIR` names, or else in `../shared/conformance` as seen from the repository.
#[must_use]
pub fn vectors() -> Vec<Vector> {
    let mut files = files_in(&repository().join("testdata/conformance"), "");
    assert!(!files.is_empty(), "the repository has no conformance vectors");
    files.extend(files_in(&elsewhere(), "repo"));
    files.iter().flat_map(|file| read(file)).collect()
}

fn elsewhere() -> PathBuf {
    let given = std::env::var_os("THAIYYAL_CONFORMANCE_DIR");
    given.map_or_else(|| repository().join("../shared/conformance"), PathBuf::from)
}

fn files_in(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_wanted = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "jsonl")
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    };
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_wanted).collect();
    files.sort();
    files
}

fn read(path: &Path) -> Vec<Vector> {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let vector = |line: &str| {
        let mut vector: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let workflow = vector["workflow"].take();
        Vector {
            name: vector["name"].as_str().unwrap_or_default().to_owned(),
            file: file.clone(),
            node_types: node_types(&workflow),
            workflow,
            config: vector.get("config").cloned(),
            expected: superseded(vector["name"].as_str().unwrap_or_default()).unwrap_or_else(|| vector["expected"].take()),
        }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(vector).collect()
}

/// What must come out of a vector of the original that contradicts a deviation of the specification, which wins.
fn superseded(name: &str) -> Option<Value> {
    // A `try_catch` takes the failure of the node before it (section 10.13), so the request that fails does not end the execution; the
    // `extract` behind, which looks for a member that the caught error does not have, does.
    (name == "doc/README.2").then(|| serde_json::json!({"status": "error"}))
}

fn node_types(workflow: &Value) -> Vec<String> {
    let nodes = workflow["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut types: Vec<String> = nodes.iter().map(|node| node_type(node).to_owned()).collect();
    types.sort();
    types.dedup();
    types
}

/// The type of a node of a definition; the inferred one where the definition leaves it out.
#[must_use]
fn node_type(node: &Value) -> &str {
    match node["type"].as_str() {
        Some(named) if !named.is_empty() => named,
        _ => inferred(&node["data"]),
    }
}

/// The type that section 2.2 of the specification gives to settings.
fn inferred(data: &Value) -> &'static str {
    let has = |key: &str| data.get(key).is_some();
    let text = |key: &str| data[key].as_str().is_some_and(|text| !text.is_empty());
    match () {
        () if has("value") => "number",
        () if has("text") => "text_input",
        () if has("boolean_value") => "boolean_input",
        () if has("date_value") => "date_input",
        () if has("datetime_value") => "datetime_input",
        () if has("mode") => "visualization",
        () if has("op") => "operation",
        () if has("text_op") => "text_operation",
        () if has("url") => "http",
        () if has("condition") && has("true_path") => "condition",
        () if has("condition") => "filter",
        () if has("expression") && has("initial_value") => "reduce",
        () if text("expression") => "expression",
        () if has("var_name") && has("var_op") => "variable",
        () if has("field") || has("fields") => "extract",
        () if has("transform_type") => "transform",
        () if has("accum_op") => "accumulator",
        () if has("counter_op") => "counter",
        () if has("cases") => "switch",
        () if has("join_strategy") => "join",
        () if has("paths") => "split",
        () if has("duration") => "delay",
        () if has("cache_op") && has("cache_key") => "cache",
        () if has("context_name") || has("context_values") => "context_variable",
        () if has("max_attempts") || has("backoff_strategy") => "retry",
        () if has("fallback_value") || has("continue_on_error") => "try_catch",
        () if has("timeout") && has("timeout_action") => "timeout",
        () => UNKNOWN,
    }
}

const UNKNOWN: &str = "(unknown)";

impl Vector {
    /// The limits it is to run under: the defaults with what its `config` changes, where 0 is no limit.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let defaults = Limits::default();
        let limit = |name: &str, default: Option<u32>| match self.config.as_ref().and_then(|config| config[name].as_u64()) {
            None => default,
            Some(0) => None,
            Some(limit) => u32::try_from(limit).ok(),
        };
        Limits {
            max_node_executions: limit("max_node_executions", defaults.max_node_executions),
            max_variables: limit("max_variables", defaults.max_variables),
            max_string_length: limit("max_string_length", defaults.max_string_length),
            max_array_length: limit("max_array_length", defaults.max_array_length),
            max_context_depth: limit("max_context_depth", defaults.max_context_depth),
            ..defaults
        }
    }
}
