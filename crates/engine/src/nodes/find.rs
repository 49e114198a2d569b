use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::elements::{self, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "find",
        title: "Find",
        category: Category::Array,
        icon: "search",
        summary: "Finds the first element for which a condition holds.",
        schema: json!({
            "type": "object",
            "required": ["condition"],
            "properties": {
                "condition": {"type": "string", "title": "Condition", "description": "`item` is the element, `index` its position, `items` the array.", "x-ui": {"widget": "expression"}},
                "return_index": {"type": "boolean", "default": false, "title": "Tell the position too"}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"condition": "item.id == 7"}),
    }
}

#[derive(Clone)]
struct Find {
    source: Str,
    formula: Formula,
    tells_index: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    let tells_index = settings.boolean("return_index").unwrap_or(false);
    Some(Box::new(Find { formula: settings.expression("condition")?, source, tells_index }))
}

impl Node for Find {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("find")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        elements::visit(items.clone().into(), Finding { find: self.clone(), found: None }, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["condition", "error", "found", "index", "input", "input_count", "not_found", "original_type"])
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }
}

struct Finding {
    find: Find,
    found: Option<usize>,
}

impl Visitor for Finding {
    fn visit(&mut self, at: usize, items: &Value, run: &mut Run<'_>) -> Result<Pass, Fault> {
        // An element for which the condition cannot be evaluated is not the one.
        if !self.find.formula.test(run, Binding::element(at, items)).unwrap_or(false) {
            return Ok(Pass::More);
        }
        self.found = Some(at);
        Ok(Pass::Done)
    }

    fn finish(self: Box<Self>, items: &Value) -> Value {
        let items = items.as_list().cloned().unwrap_or_default();
        let condition = Value::String(self.find.source);
        match self.found {
            Some(at) => {
                let index = self.find.tells_index.then(|| ("index", Value::from(at)));
                Map::from_pairs([("condition", condition), ("found", items[at].clone())].into_iter().chain(index)).into()
            }
            None => Map::from_pairs([
                ("condition", condition),
                ("found", Value::Null),
                ("input_count", Value::from(items.len())),
                ("not_found", Value::Bool(true)),
            ])
            .into(),
        }
    }
}
