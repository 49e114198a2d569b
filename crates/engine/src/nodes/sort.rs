use serde_json::json;
use std::cmp::Ordering;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "sort",
        title: "Sort",
        category: Category::Array,
        icon: "arrow-up-narrow-wide",
        summary: "Puts the elements of an array in order.",
        schema: json!({
            "type": "object",
            "properties": {
                "field": {"type": "string", "title": "Field", "description": "Order by this member of the elements."},
                "order": {"type": "string", "title": "Direction", "default": "asc", "x-ui": {"options": ["asc", "desc"]}}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"field": "name", "order": "asc"}),
    }
}

struct Sort {
    field: Str,
    order: Str,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let order: Str = settings.text("order").filter(|order| !order.is_empty()).map_or_else(|| "asc".into(), Str::to_lowercase);
    if !matches!(order.as_str(), "asc" | "desc") {
        settings.warning("order", "invalid_value", format!("`order` is neither asc nor desc but {order:?}, so it sorts ascending"));
    }
    Some(Box::new(Sort { field: settings.text("field").cloned().unwrap_or_default(), order }))
}

impl Node for Sort {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("sort")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let key = |item: &Value| if self.field.is_empty() { item.clone() } else { item.get(&self.field).cloned().unwrap_or_default() };
        let entries: Vec<(Value, &Value)> = items.iter().map(|item| (key(item), item)).collect();
        let is_descending = self.order == "desc";
        let sorted = merge_sorted(entries, |a, b| if is_descending { compare(b, a) } else { compare(a, b) });
        let result = Map::from_pairs([
            ("count", Value::from(items.len())),
            ("field", Value::String(self.field.clone())),
            ("order", Value::String(self.order.clone())),
            ("sorted", sorted.into_iter().map(|(_, item)| item.clone()).collect::<List>().into()),
        ]);
        Ok(Flow::Done(result.into()))
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (a, b) => a.text().cmp(&b.text()),
    }
}

/// Stable. Values of several kinds have no consistent order ("10" < "1a" < "9", but 9 < 10), which the sort of the standard library may
/// answer with a panic; this one gives some permutation, always the same.
fn merge_sorted(mut entries: Vec<(Value, &Value)>, compare: impl Fn(&Value, &Value) -> Ordering) -> Vec<(Value, &Value)> {
    let mut width = 1;
    while width < entries.len() {
        let mut merged = Vec::with_capacity(entries.len());
        for run in entries.chunks(width * 2) {
            let (mut left, mut right) = run.split_at(width.min(run.len()));
            while let ([a, rest_of_left @ ..], [b, rest_of_right @ ..]) = (left, right) {
                if compare(&a.0, &b.0).is_le() {
                    merged.push(a.clone());
                    left = rest_of_left;
                } else {
                    merged.push(b.clone());
                    right = rest_of_right;
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        entries = merged;
        width *= 2;
    }
    entries
}
