use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use thaiyyal_expr::Element;

use super::elements::{self, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, SharedFormula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses, WithLarge};
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
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"condition": "item.id == 7"}),
    }
}

#[derive(Clone)]
struct Find {
    source: Str,
    formula: SharedFormula,
    tells_index: bool,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let source = settings.text("condition")?.clone();
    let tells_index = settings.boolean("return_index").unwrap_or(false);
    Some(Box::new(Find { formula: settings.shared_expression("condition")?, source, tells_index }))
}

impl Node for Find {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("find")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        elements::visit(items.clone(), Finding { find: self.clone(), found: None }, run)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["condition", "error", "found", "index", "input", "input_count", "not_found", "original_type"])
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }

    fn uses(&self) -> Uses {
        Uses::reading(self.formula.references())
    }
}

struct Finding {
    find: Find,
    found: Option<(usize, Value)>,
}

impl Visitor for Finding {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        // An element for which the condition cannot be evaluated is not the one.
        if !self.find.formula.test(run, Binding::of(element)).unwrap_or(false) {
            return Ok(Pass::More);
        }
        self.found = Some((element.index, element.item.clone()));
        Ok(Pass::Done)
    }

    fn finish(self: Box<Self>, count: usize, _run: &mut Run<'_>) -> Result<Value, Fault> {
        let condition = Value::String(self.find.source);
        let result = match self.found {
            Some((at, item)) => {
                let index = self.find.tells_index.then(|| ("index", Value::from(at)));
                Map::from_pairs([("condition", condition), ("found", item)].into_iter().chain(index))
            }
            None => Map::from_pairs([
                ("condition", condition),
                ("found", Value::Null),
                ("input_count", Value::from(count)),
                ("not_found", Value::Bool(true)),
            ]),
        };
        Ok(result.into())
    }
}
