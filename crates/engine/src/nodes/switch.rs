use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Choice, Flow, Node, Port, Run, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "switch",
        title: "Switch",
        category: Category::Control,
        icon: "split",
        summary: "Lets the branch of the first case that holds run.",
        schema: json!({
            "type": "object",
            "required": ["cases"],
            "properties": {
                "cases": {
                    "type": "array",
                    "minItems": 1,
                    "title": "Cases",
                    "description": "Tried in order; the last one is the default.",
                    "items": {
                        "type": "object",
                        "properties": {
                            "when": {"type": "string", "title": "When", "x-ui": {"widget": "expression"}},
                            "output_path": {"type": "string", "title": "Output", "x-template": false},
                            "is_default": {"type": "boolean", "title": "Default", "default": false}
                        }
                    }
                }
            }
        }),
        ports: ports::branching(&[("default", "Default")]),
        purity: Purity::Pure,
        example: json!({"cases": [
            {"when": "input > 100", "output_path": "large"},
            {"is_default": true, "output_path": "small"}
        ]}),
    }
}

struct Switch {
    cases: Vec<Case>,
    default_path: Str,
    default_port: Port,
}

struct Case {
    when: Str,
    formula: Formula,
    path: Str,
    port: Port,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let cases = settings.list("cases")?;
    check_default(settings, cases)?;
    let (default, tried) = cases.split_last()?;
    let default_path: Str = output_path(default).unwrap_or_else(|| "default".into());
    let mut switch = Switch { cases: Vec::new(), default_path, default_port: Port(0) };
    for (at, case) in tried.iter().enumerate() {
        let path = output_path(case);
        if path.is_none() {
            let detail = format!("`cases[{at}].output_path` is required, a string that is not empty");
            settings.problem(&format!("cases/{at}/output_path"), "missing_field", detail);
        }
        let when: Str = case.get("when").and_then(Value::as_str).unwrap_or_default().into();
        let formula = settings.expression_at(&format!("cases/{at}/when"), &when);
        if let (Some(path), Some(formula)) = (path, formula) {
            let same = switch.cases.iter().find(|case| case.path == path).map(|case| case.port);
            let port = same.unwrap_or(Port(u16::try_from(at).unwrap_or(u16::MAX - 1)));
            switch.cases.push(Case { when, formula, path, port });
        }
    }
    let own = Port(u16::try_from(tried.len()).unwrap_or(u16::MAX - 1));
    let same = switch.cases.iter().find(|case| case.path == switch.default_path).map(|case| case.port);
    switch.default_port = same.unwrap_or(own);
    (switch.cases.len() == tried.len()).then(|| Box::new(switch) as Box<dyn Node>)
}

/// There must be exactly one default, and it must come last.
fn check_default(settings: &mut Settings<'_>, cases: &[Value]) -> Option<()> {
    let defaults: Vec<usize> = (0..cases.len()).filter(|at| is_default(&cases[*at])).collect();
    let (at, detail) = match defaults[..] {
        [only] if only + 1 == cases.len() => return Some(()),
        [only] => (only, format!("`cases[{only}]` is the default, which must come last")),
        [] => (cases.len().saturating_sub(1), "the last of `cases` must be the default, with `is_default: true`".to_owned()),
        [_, second, ..] => (second, format!("`cases[{second}]` is a second default; there must be only one")),
    };
    settings.problem(&format!("cases/{at}/is_default"), "invalid_value", detail);
    None
}

fn is_default(case: &Value) -> bool {
    case.get("is_default").and_then(Value::as_bool) == Some(true)
}

fn output_path(case: &Value) -> Option<Str> {
    case.get("output_path").and_then(Value::as_str).filter(|path| !path.is_empty()).map(Str::from)
}

impl Node for Switch {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let input = run.needed_input("switch")?;
        // A case that cannot be evaluated is passed over.
        let mut holds = None;
        for (at, case) in self.cases.iter().enumerate() {
            if case.formula.holds(run, Binding::input(input))? {
                holds = Some(at);
                break;
            }
        }
        let (index, case, path, port) = match holds {
            Some(at) => (at, &self.cases[at].when, &self.cases[at].path, self.cases[at].port),
            None => (self.cases.len(), &Str::inline("default"), &self.default_path, self.default_port),
        };
        let result = Map::from_pairs([
            ("case", Value::String(case.clone())),
            ("case_index", Value::from(index)),
            ("matched", Value::Bool(index < self.cases.len())),
            ("output_path", Value::String(path.clone())),
            ("value", input.clone()),
        ]);
        Ok(Flow::Chosen(result.into(), Choice::One(port)))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        self.cases.iter().for_each(|case| uses.references.merge(case.formula.references()));
        uses
    }

    fn port(&self, handle: &str) -> Option<Port> {
        let case = self.cases.iter().find(|case| case.path == handle).map(|case| case.port);
        case.or_else(|| (self.default_path == handle).then_some(self.default_port))
    }
}
