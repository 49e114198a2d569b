use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Choice, Flow, Node, Port, Run, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "split",
        title: "Split",
        category: Category::Control,
        icon: "network",
        summary: "Sends its input into several named branches.",
        schema: json!({
            "type": "object",
            "required": ["paths"],
            "properties": {
                "paths": {"type": "array", "minItems": 1, "items": {"type": "string"}, "title": "Branches", "x-template": false}
            }
        }),
        ports: ports::branching(&[]),
        purity: Purity::Pure,
        example: json!({"paths": ["left", "right"]}),
    }
}

struct Split {
    paths: Vec<Str>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(Split { paths: settings.list("paths")?.iter().filter_map(Value::as_str).map(Str::from).collect() }))
}

impl Node for Split {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("split")?;
        let outputs: Map = self.paths.iter().map(|path| (path.clone(), input.clone())).collect();
        let paths: List = self.paths.iter().cloned().map(Value::String).collect();
        let result = Map::from_pairs([("outputs", outputs.into()), ("paths", Value::from(paths)), ("value", input.clone())]);
        Ok(Flow::Chosen(result.into(), Choice::All))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn port(&self, handle: &str) -> Option<Port> {
        self.paths.iter().position(|path| path == handle).and_then(|at| u16::try_from(at).ok()).map(Port)
    }
}
