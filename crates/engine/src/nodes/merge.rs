use std::collections::HashMap;

use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::elements::Collected;
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "merge",
        title: "Merge",
        category: Category::Data,
        icon: "git-merge",
        summary: "Makes one value of several inputs.",
        schema: json!({
            "type": "object",
            "properties": {
                "mode": {"type": "string", "enum": ["append", "by_key", "by_position", "choose"], "default": "append", "title": "How",
                    "description": "append: one list; by_key: objects with the same key become one; by_position: the first with the first, and so on; choose: one of the inputs.", "x-ui": {"order": 1}},
                "key": {"type": "string", "title": "Key", "description": "The member by which objects are matched.", "x-ui": {"order": 2, "when": {"mode": ["by_key"]}}},
                "choose": {"type": ["string", "integer"], "default": "first", "title": "Which", "description": "first or last that is not null, or a number from 0.", "x-ui": {"order": 3, "when": {"mode": ["choose"]}}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"mode": "by_key", "key": "id"}),
    }
}

enum Merge {
    Append,
    ByKey(Str),
    ByPosition,
    Choose(Choice),
}

enum Choice {
    First,
    Last,
    At(usize),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(match settings.text("mode").map(Str::as_str) {
        None | Some("append") => Merge::Append,
        Some("by_position") => Merge::ByPosition,
        Some("by_key") => {
            let Some(key) = settings.text("key").filter(|key| !key.is_empty()) else {
                settings.problem("key", "missing_field", "`key` is required to merge by it".to_owned());
                return None;
            };
            Merge::ByKey(key.clone())
        }
        Some(_) => Merge::Choose(match settings.get("choose") {
            None => Choice::First,
            Some(Value::String(word)) if word == "first" => Choice::First,
            Some(Value::String(word)) if word == "last" => Choice::Last,
            Some(Value::Number(at)) if *at >= 0.0 => Choice::At(*at as usize),
            Some(other) => {
                let detail = format!("`choose` must be \"first\", \"last\" or a number from 0, not {other}");
                settings.problem("choose", "invalid_value", detail);
                return None;
            }
        }),
    }))
}

impl Node for Merge {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        run.needed_input("merge")?;
        let value = match self {
            Self::Append => append(run)?,
            Self::ByKey(key) => by_key(key, run)?,
            Self::ByPosition => by_position(run)?,
            Self::Choose(choice) => {
                let mut there = run.inputs.iter().filter(|input| !input.is_null());
                let chosen = match choice {
                    Choice::First => there.next(),
                    Choice::Last => there.next_back(),
                    Choice::At(at) => run.inputs.get(*at),
                };
                chosen.cloned().unwrap_or_default()
            }
        };
        Ok(Flow::Done(value))
    }
}

/// The elements of the lists, and whatever is no list as an element.
fn append(run: &mut Run<'_>) -> Result<Value, Fault> {
    let mut all = Collected::default();
    for input in run.inputs {
        match array::find(input).and_then(Value::as_list) {
            Some(list) => {
                run.spend(list.len() as u64);
                list.iter().try_for_each(|item| all.push(item.clone(), run))?;
            }
            None => all.push(input.clone(), run)?,
        }
    }
    all.into_value(run)
}

fn lists<'a>(run: &Run<'a>) -> Result<Vec<&'a List>, Fault> {
    run.inputs.iter().map(|input| array::needed(input, "merge").map(|list| list.as_list().unwrap_or(&EMPTY))).collect()
}

static EMPTY: List = List::new();

/// Objects that have an equal member become one, in the order in which the member's values come first; later members win.
fn by_key(key: &Str, run: &Run<'_>) -> Result<Value, Fault> {
    let mut places: HashMap<Vec<u8>, usize, foldhash::fast::RandomState> = HashMap::default();
    let mut merged: Vec<Value> = Vec::new();
    for item in lists(run)?.into_iter().flatten() {
        run.spend(5);
        let value = item.get(key).ok_or_else(|| Fault::new("missing_member", format!("an element has no member `{key}` to merge by")))?;
        let at = *places.entry(value.to_json()).or_insert_with(|| {
            merged.push(Value::Null);
            merged.len() - 1
        });
        merged[at] = joined(&merged[at], item);
    }
    Ok(merged.into())
}

/// The first elements together, the second ones, and so on: objects as one object, anything else as a list.
fn by_position(run: &mut Run<'_>) -> Result<Value, Fault> {
    let lists = lists(run)?;
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let mut rows = Collected::with_capacity(longest);
    for at in 0..longest {
        run.spend(5);
        let row: Vec<&Value> = lists.iter().filter_map(|list| list.get(at)).collect();
        let row = if row.iter().all(|value| value.as_map().is_some()) {
            row.into_iter().fold(Value::Null, |all, value| joined(&all, value))
        } else {
            Value::from(row.into_iter().cloned().collect::<Vec<Value>>())
        };
        rows.push(row, run)?;
    }
    rows.into_value(run)
}

/// An object with the members of both; those of the second win.
fn joined(first: &Value, second: &Value) -> Value {
    match (first.as_map(), second.as_map()) {
        (Some(first), Some(second)) => {
            let own = first.iter().filter(|(name, _)| !second.contains_key(name));
            own.chain(second.iter()).map(|(name, value)| (name.clone(), value.clone())).collect::<Map>().into()
        }
        _ => second.clone(),
    }
}
