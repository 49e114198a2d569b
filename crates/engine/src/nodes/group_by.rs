use serde_json::json;
use std::collections::BTreeMap;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "group_by",
        title: "Group",
        category: Category::Array,
        icon: "group",
        summary: "Puts elements with an equal member together, and counts or sums them.",
        schema: json!({
            "type": "object",
            "required": ["field"],
            "properties": {
                "field": {"type": "string", "minLength": 1, "title": "Field", "description": "The member to group by."},
                "aggregate": {"type": "string", "enum": ["count", "sum", "avg", "min", "max", "values"], "default": "count", "title": "For each group"},
                "value_field": {"type": "string", "title": "Of the member", "x-ui": {"when": {"aggregate": ["sum", "avg", "min", "max", "values"]}}}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"field": "team", "aggregate": "sum", "value_field": "points"}),
    }
}

struct GroupBy {
    field: Str,
    aggregate: Aggregate,
    value_field: Str,
}

#[derive(Clone, Copy)]
enum Aggregate {
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
    Values,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let aggregate = match settings.text("aggregate").map_or("count", Str::as_str) {
        "sum" => Aggregate::Sum,
        "avg" => Aggregate::Average,
        "min" => Aggregate::Minimum,
        "max" => Aggregate::Maximum,
        "values" => Aggregate::Values,
        _ => Aggregate::Count,
    };
    let value_field = settings.text("value_field").cloned().unwrap_or_default();
    if value_field.is_empty() && !matches!(aggregate, Aggregate::Count | Aggregate::Values) {
        settings.warning("value_field", "missing_field", "without `value_field` there is nothing to aggregate".to_owned());
    }
    Some(Box::new(GroupBy { field: settings.text("field")?.clone(), aggregate, value_field }))
}

impl Node for GroupBy {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("group_by")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let mut groups: BTreeMap<Str, Vec<Value>> = BTreeMap::new();
        for item in items {
            groups.entry(self.key(item)).or_default().push(item.clone());
        }
        let mut aggregates = Vec::with_capacity(groups.len());
        for (key, members) in &groups {
            aggregates.push((key.clone(), self.aggregated(members)?));
        }
        let count = groups.len();
        let groups: Map = groups.into_iter().map(|(key, members)| (key, Value::from(members))).collect();
        let (name, results) = self.aggregate.names();
        let result = Map::from_pairs([
            ("aggregate", Value::from(name)),
            (results, aggregates.into_iter().collect::<Map>().into()),
            ("field", Value::String(self.field.clone())),
            ("group_count", Value::from(count)),
            ("groups", groups.into()),
            ("input_count", Value::from(items.len())),
        ]);
        Ok(Flow::Done(result.into()))
    }
}

impl GroupBy {
    fn key(&self, item: &Value) -> Str {
        match item {
            Value::Map(members) => members.get(&self.field).map_or_else(|| "<missing>".into(), Value::text),
            other => other.text(),
        }
    }

    fn aggregated(&self, members: &[Value]) -> Result<Value, Fault> {
        let values = || members.iter().filter_map(|member| member.get(&self.value_field));
        let numbers = || values().filter_map(Value::as_f64);
        let number = match self.aggregate {
            Aggregate::Count => return Ok(Value::from(members.len())),
            Aggregate::Values if self.value_field.is_empty() => return Ok(List::from(members).into()),
            Aggregate::Values => return Ok(values().cloned().collect::<List>().into()),
            Aggregate::Sum => numbers().sum(),
            Aggregate::Average => numbers().sum::<f64>() / numbers().count().max(1) as f64,
            Aggregate::Minimum => return Ok(numbers().reduce(f64::min).into()),
            Aggregate::Maximum => return Ok(numbers().reduce(f64::max).into()),
        };
        if number.is_finite() { Ok(number.into()) } else { Err(Fault::new("not_finite", "the sum of a group is no finite number")) }
    }
}

impl Aggregate {
    /// Its own name, and that of its results.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Count => ("count", "counts"),
            Self::Sum => ("sum", "sums"),
            Self::Average => ("avg", "averages"),
            Self::Minimum => ("min", "minimums"),
            Self::Maximum => ("max", "maximums"),
            Self::Values => ("values", "values"),
        }
    }
}
