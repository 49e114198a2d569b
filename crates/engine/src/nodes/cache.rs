use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;
use crate::state::Parts;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "cache",
        title: "Cache",
        category: Category::State,
        icon: "database-zap",
        summary: "Keeps a value under a key for a while.",
        schema: json!({
            "type": "object",
            "required": ["cache_op", "cache_key"],
            "properties": {
                "cache_op": {"type": "string", "enum": ["get", "set", "delete"], "title": "What to do"},
                "cache_key": {"type": "string", "title": "Key"},
                "ttl": {"type": "string", "default": "5m", "title": "For how long", "x-ui": {"widget": "duration", "when": {"cache_op": ["set"]}}},
                "max_size": {"title": "Most entries", "x-ui": {"hidden": true}},
                "eviction": {"title": "Eviction", "x-ui": {"hidden": true}},
                "storage": {"title": "Storage", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"cache_op": "set", "cache_key": "rates", "ttl": "10m"}),
    }
}

struct Cache {
    key: Str,
    operation: Operation,
}

enum Operation {
    Get,
    Set { ttl: SignedDuration, text: Option<Str> },
    Delete,
}

const DEFAULT_TTL: SignedDuration = SignedDuration::from_mins(5);

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let operation = match settings.required_text("cache_op") {
        "get" => Operation::Get,
        "set" => {
            let text = settings.text("ttl").cloned();
            let ttl = if text.is_some() { settings.duration("ttl")? } else { DEFAULT_TTL };
            Operation::Set { ttl, text }
        }
        "delete" => Operation::Delete,
        _ => return None,
    };
    Some(Box::new(Cache { key: settings.text("cache_key")?.clone(), operation }))
}

impl Node for Cache {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let key = ("key", Value::String(self.key.clone()));
        let result = match &self.operation {
            Operation::Get => {
                let found = run.state.cached(&self.key, run.now).cloned();
                Map::from_pairs([("found", found.is_some().into()), key, ("operation", "get".into()), ("value", found.unwrap_or_default())])
            }
            Operation::Set { ttl, text } => {
                let value = run.needed_input("cache")?.clone();
                run.state.cache(&self.key, value.clone(), run.now.saturating_add(*ttl).unwrap_or(Timestamp::MAX));
                let ttl = text.clone().map_or(Value::Null, Value::String);
                Map::from_pairs([key, ("operation", "set".into()), ("ttl", ttl), ("value", value)])
            }
            Operation::Delete => {
                let deleted = run.state.cached(&self.key, run.now).is_some();
                run.state.uncache(&self.key);
                Map::from_pairs([("deleted", deleted.into()), key, ("operation", "delete".into())])
            }
        };
        Ok(Flow::Done(result.into()))
    }

    fn uses(&self) -> Uses {
        Uses { writes: Parts::CACHE, ..Uses::default() }
    }
}
