use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::{array, ports};
use crate::catalog::{Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "for_each",
        title: "For each",
        category: Category::Control,
        icon: "repeat",
        summary: "Runs its body once for every element of an array.",
        schema: json!({
            "type": "object",
            "properties": {
                "max_iterations": {"type": "integer", "default": 1000, "title": "Most elements", "description": "More elements are a failure."}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"max_iterations": 100}),
    }
}

struct ForEach {
    most: usize,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let most = settings.number("max_iterations").filter(|most| *most > 0.0).unwrap_or(1000.0);
    Some(Box::new(ForEach { most: most as usize }))
}

impl Node for ForEach {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = array::needed(run.needed_input("for_each")?, "for_each")?;
        let count = items.as_list().map_or(0, |list| list.len());
        if count > self.most {
            let message = format!("the array has {count} elements, and `max_iterations` allows {}", self.most);
            return Err(Fault::limit("max_iterations", message));
        }
        let count = Value::from(count);
        let counters = [("failed", Value::from(0)), ("input_count", count.clone()), ("iterations", count.clone()), ("successful", count)];
        Ok(Flow::Done(Map::from_pairs(counters).into()))
    }
}
