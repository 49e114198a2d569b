use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::expression::{Binding, Formula};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "set",
        title: "Set fields",
        category: Category::Data,
        icon: "list-plus",
        summary: "Makes an object: sets fields, and keeps or drops the others of its input.",
        schema: json!({
            "type": "object",
            "anyOf": [{"required": ["fields"]}, {"required": ["expressions"]}, {"required": ["remove"]}],
            "properties": {
                "fields": {"type": "object", "title": "Fields", "description": "Values by name; `{{ }}` in them is filled in. A name with dots is a path.", "x-ui": {"order": 1, "widget": "key-value"}},
                "expressions": {"type": "object", "title": "Fields by expression", "description": "Expressions by name, such as `total`: `input.price * input.count`.", "x-ui": {"order": 2, "widget": "expression"}},
                "keep": {"type": "boolean", "default": true, "title": "Keep the others", "x-ui": {"order": 3}},
                "remove": {"type": "array", "items": {"type": "string"}, "title": "Remove", "description": "Fields of the input that are dropped.", "x-ui": {"order": 4}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"fields": {"status": "new"}, "expressions": {"total": "input.price * input.count"}}),
    }
}

struct Set {
    fields: Map,
    expressions: Vec<(Str, Formula)>,
    keeps: bool,
    removed: Vec<Str>,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let none = Map::new();
    let given = settings.get("expressions").and_then(Value::as_map).unwrap_or(&none).clone();
    let mut expressions = Vec::with_capacity(given.len());
    for (name, source) in given.iter() {
        let path = format!("expressions/{}", name.as_str().replace('~', "~0").replace('/', "~1"));
        let Some(source) = source.as_str() else {
            settings.problem(&path, "wrong_kind", format!("`expressions.{name}` must be a string, not {}", source.kind()));
            continue;
        };
        expressions.extend(settings.expression_at(&path, source).map(|formula| (name.clone(), formula)));
    }
    (expressions.len() == given.len()).then(|| {
        Box::new(Set {
            fields: settings.get("fields").and_then(Value::as_map).unwrap_or(&none).clone(),
            expressions,
            keeps: settings.boolean("keep").unwrap_or(true),
            removed: settings.list("remove").into_iter().flatten().filter_map(Value::as_str).map(Str::from).collect(),
        }) as Box<dyn Node>
    })
}

impl Node for Set {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let mut object = match run.input() {
            Some(Value::Map(input)) if self.keeps => input.clone(),
            Some(Value::Map(_) | Value::Null) | None => Map::new(),
            Some(_) if !self.keeps => Map::new(),
            Some(other) => {
                return Err(Fault::wrong_input(format!(
                    "fields can only be set in an object, and the input is of kind {}; set `keep` to false to make a new one",
                    other.kind()
                )));
            }
        };
        for name in &self.removed {
            object = object.without(name);
        }
        for (name, value) in self.fields.iter() {
            object = with_path(&object, name, value.clone());
        }
        let binding = Binding { input: run.input(), ..Binding::default() };
        for (name, formula) in &self.expressions {
            let value = formula.value(run, binding)?;
            object = with_path(&object, name, value);
        }
        Ok(Flow::Done(object.into()))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        self.expressions.iter().for_each(|(_, formula)| uses.references.merge(formula.references()));
        uses
    }
}

/// The deepest path of names with dots; what is deeper is part of the last name.
const MOST_STEPS: usize = 32;

/// An object in which the value stands at a path of names with dots.
fn with_path(object: &Map, path: &str, value: Value) -> Map {
    let steps: Vec<&str> = path.splitn(MOST_STEPS, '.').collect();
    set(object, &steps, value)
}

fn set(object: &Map, steps: &[&str], value: Value) -> Map {
    match steps {
        [] => object.clone(),
        [name] => object.with(*name, value),
        [name, rest @ ..] => {
            let inner = object.get(name).and_then(Value::as_map).cloned().unwrap_or_default();
            object.with(*name, set(&inner, rest, value))
        }
    }
}
