use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What one execution may use. `None` means no limit of that kind. Defaults are those of an installation that sets none. Reading them,
/// names that this version does not know are passed over: they may come from a newer one. What people write is a [`LimitChanges`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Nodes in a definition.
    pub max_nodes: u32,
    /// Edges in a definition.
    pub max_edges: u32,
    /// Bytes of a definition's JSON text.
    pub max_definition_bytes: u32,
    /// Node runs in one execution, bodies of loops included.
    pub max_node_executions: Option<u32>,
    /// Bytes of one text.
    pub max_string_length: Option<u32>,
    /// Elements of one list.
    pub max_array_length: Option<u32>,
    /// Workflow variables.
    pub max_variables: Option<u32>,
    /// Depth of a value kept in a variable.
    pub max_context_depth: Option<u32>,
    /// Bytes of one value in memory. A list that grows larger goes to the object store.
    pub max_value_bytes: u64,
    /// Bytes of all values one execution holds in memory: results of nodes, variables, what is cached. What several of them share counts
    /// once. Counted when the sum of their sizes reaches the limit, and then each time it has grown by an eighth of the limit.
    pub max_total_bytes: u64,
    /// Bytes one execution may put into the object store; 0 for none, so that what does not fit into memory fails.
    pub max_stored_bytes: u64,
    /// Steps one evaluation of an expression may take.
    pub max_expression_steps: u64,
    /// Steps of about ten nanoseconds that one execution may compute; looked at about every two milliseconds.
    pub max_steps: Option<u64>,
    /// Calls of connectors in one execution.
    pub max_calls: Option<u32>,
    /// Executions that one execution may start.
    pub max_children: Option<u32>,
    /// How deep executions may start one another: one that nobody's node started has depth 0.
    pub max_workflow_depth: u32,
    /// Whole milliseconds one execution may take, waits included.
    pub max_duration_ms: u64,
    /// Whole milliseconds one node may take.
    pub max_node_duration_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_nodes: 1_000,
            max_edges: 10_000,
            max_definition_bytes: 1 << 20,
            max_node_executions: Some(10_000),
            max_string_length: Some(1 << 20),
            max_array_length: Some(10_000),
            max_variables: Some(1_000),
            max_context_depth: Some(32),
            max_value_bytes: 16 << 20,
            max_total_bytes: 64 << 20,
            max_stored_bytes: 4 << 30,
            max_expression_steps: 1_000_000,
            max_steps: Some(10_000_000_000),
            max_calls: Some(100),
            max_children: Some(1_000),
            max_workflow_depth: 16,
            max_duration_ms: 24 * 60 * 60 * 1_000,
            max_node_duration_ms: 5 * 60 * 1_000,
        }
    }
}

/// Some limits, by their names, to lay over others: what a configuration or a tier says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct LimitChanges(Map<String, Value>);

impl LimitChanges {
    /// Takes limits as people write them.
    ///
    /// # Errors
    /// A name or a value that no limit can have.
    pub fn new(changes: Map<String, Value>) -> Result<Self, WrongLimit> {
        let known = Limits::default().to_map();
        for (name, value) in &changes {
            if !known.contains_key(name) {
                let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                return Err(WrongLimit::Unknown { name: name.clone(), names });
            }
            if Limits::from_map(Map::from_iter([(name.clone(), value.clone())])).is_none() {
                let or_null =
                    if Limits::from_map(Map::from_iter([(name.clone(), Value::Null)])).is_some() { ", or null for none" } else { "" };
                return Err(WrongLimit::Value { name: name.clone(), value: value.to_string(), or_null });
            }
        }
        Ok(Self(changes))
    }

    /// Reads what [`to_json`](Self::to_json) wrote, perhaps of another version: unknown names stay, and change nothing here.
    ///
    /// # Errors
    /// It is no JSON object.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// A JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }

    /// `limits` with these changes.
    #[must_use]
    pub fn over(&self, limits: &Limits) -> Limits {
        let mut changed = limits.to_map();
        for (name, value) in &self.0 {
            if let Some(before) = changed.insert(name.clone(), value.clone())
                && Limits::from_map(changed.clone()).is_none()
            {
                changed.insert(name.clone(), before);
            }
        }
        Limits::from_map(changed).unwrap_or_else(|| limits.clone())
    }
}

impl TryFrom<Map<String, Value>> for LimitChanges {
    type Error = WrongLimit;

    fn try_from(changes: Map<String, Value>) -> Result<Self, WrongLimit> {
        Self::new(changes)
    }
}

/// Something that cannot be a limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongLimit {
    /// There is none of this name.
    #[error("there is no limit `{name}`; there are {names}")]
    Unknown {
        /// What was written.
        name: String,
        /// What could have been.
        names: String,
    },
    /// It cannot have this value.
    #[error("`{name}` cannot be {value}: it is a whole number from 0{or_null}")]
    Value {
        /// Which limit.
        name: String,
        /// What was written.
        value: String,
        /// What else is allowed.
        or_null: &'static str,
    },
}

impl Limits {
    fn to_map(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }

    fn from_map(map: Map<String, Value>) -> Option<Self> {
        serde_json::from_value(Value::Object(map)).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changes(json: &Value) -> Result<LimitChanges, WrongLimit> {
        LimitChanges::new(json.as_object().unwrap().clone())
    }

    #[test]
    fn what_is_not_changed_stays() {
        let limits = Limits { max_edges: 7, ..Limits::default() };
        let changed = changes(&json!({"max_nodes": 5, "max_calls": null})).unwrap().over(&limits);
        assert_eq!(changed, Limits { max_nodes: 5, max_calls: None, ..limits });
    }

    #[test]
    fn wrong_names_and_values_are_told() {
        let told = |json| changes(&json).unwrap_err().to_string();
        assert!(
            told(json!({"max_node": 5})).starts_with("there is no limit `max_node`; there are max_nodes, "),
            "{}",
            told(json!({"max_node": 5}))
        );
        assert_eq!(told(json!({"max_nodes": -1})), "`max_nodes` cannot be -1: it is a whole number from 0");
        assert_eq!(told(json!({"max_nodes": null})), "`max_nodes` cannot be null: it is a whole number from 0");
        assert_eq!(told(json!({"max_calls": "many"})), "`max_calls` cannot be \"many\": it is a whole number from 0, or null for none");
    }

    #[test]
    fn what_another_version_wrote_changes_what_this_one_knows() {
        let read = LimitChanges::from_json(r#"{"max_nodes": 5, "max_moons": 3, "max_edges": "few"}"#).unwrap();
        assert_eq!(read.over(&Limits::default()), Limits { max_nodes: 5, ..Limits::default() });
        assert_eq!(LimitChanges::from_json(&read.to_json()).unwrap(), read);
        assert_eq!(serde_json::from_value::<Limits>(json!({"max_moons": 3})).unwrap(), Limits::default());
    }
}
