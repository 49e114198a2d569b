use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::elements::Collected;
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "zip",
        title: "Zip",
        category: Category::Array,
        icon: "combine",
        summary: "Puts the elements of several arrays together, place by place.",
        schema: json!({
            "type": "object",
            "properties": {
                "arrays": {"type": "array", "title": "More arrays", "description": "Besides the arrays that come in."},
                "fill_missing": {"title": "Instead of what is missing", "default": null},
                "remove_empty": {"type": "boolean", "default": false, "title": "Only as far as the shortest"}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"arrays": [["a", "b"]]}),
    }
}

struct Zip {
    arrays: Vec<List>,
    fill: Value,
    remove_empty: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(Zip {
        arrays: settings.list("arrays").unwrap_or_default().iter().filter_map(Value::as_list).cloned().collect(),
        fill: settings.get("fill_missing").cloned().unwrap_or_default(),
        remove_empty: settings.boolean("remove_empty").unwrap_or(false),
    }))
}

impl Node for Zip {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let arrays: Vec<&List> = run.inputs.iter().filter_map(array::find).filter_map(Value::as_list).chain(&self.arrays).collect();
        if arrays.is_empty() {
            return Err(Fault::wrong_input("a node of type zip needs at least one array"));
        }
        let longest = arrays.iter().map(|array| array.len()).max().unwrap_or(0);
        let shortest = arrays.iter().map(|array| array.len()).min().unwrap_or(0);
        let mut zipped = Collected::default();
        for at in 0..if self.remove_empty { shortest } else { longest } {
            let tuple: List = arrays.iter().map(|array| array.get(at).unwrap_or(&self.fill).clone()).collect();
            zipped.push(tuple.into(), run)?;
        }
        let result = Map::from_pairs([
            ("array_count", Value::from(arrays.len())),
            ("max_length", Value::from(longest)),
            ("tuple_count", Value::from(zipped.len())),
            ("zipped", zipped.into_value(run)?),
        ]);
        Ok(Flow::Done(result.into()))
    }
}
