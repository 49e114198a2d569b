use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses};
use crate::settings::Settings;
use crate::state::Parts;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "variable",
        title: "Variable",
        category: Category::State,
        icon: "variable",
        summary: "Keeps its input under a name, or gives what is kept there.",
        schema: json!({
            "type": "object",
            "required": ["var_name", "var_op"],
            "properties": {
                "var_name": {"type": "string", "minLength": 1, "title": "Name", "description": "In expressions: `variables.NAME`."},
                "var_op": {"type": "string", "enum": ["set", "get"], "title": "What to do"},
                "scope": {"type": "string", "title": "Scope", "x-ui": {"hidden": true}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"var_name": "total", "var_op": "set"}),
    }
}

enum Variable {
    Set(Str),
    Get(Str),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let name = settings.text("var_name")?.clone();
    Some(Box::new(if settings.required_text("var_op") == "set" { Variable::Set(name) } else { Variable::Get(name) }))
}

impl Node for Variable {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let (name, operation, value) = match self {
            Self::Set(name) => {
                let value = run.needed_input("variable")?.clone();
                run.state.set_variable(name, &value, run.limits)?;
                (name, "set", value)
            }
            Self::Get(name) => {
                let known = run.state.variables.get(name).cloned();
                let value = known.ok_or_else(|| Fault::new("unknown_variable", format!("no variable `{name}` has been set")))?;
                (name, "get", value)
            }
        };
        let name = Value::String(name.clone());
        Ok(Flow::Done(Map::from_pairs([("operation", Value::from(operation)), ("value", value), ("var_name", name)]).into()))
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["operation", "value", "var_name"])
    }

    fn uses(&self) -> Uses {
        match self {
            Self::Set(name) => Uses { writes: Parts::VARIABLES, sets: vec![name.clone()], ..Uses::default() },
            Self::Get(_) => Uses { reads: Parts::VARIABLES, ..Uses::default() },
        }
    }
}
