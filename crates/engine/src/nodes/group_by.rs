use std::collections::BTreeMap;

use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Str, Value};

use super::elements::{self, Pass, Room, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
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
                "value_field": {"type": "string", "title": "Of the member", "x-ui": {"when": {"aggregate": ["sum", "avg", "min", "max", "values"]}}},
                "keep_elements": {"type": "boolean", "default": true, "title": "Keep the elements", "description": "Off: `groups` is left out, so that an array of any length can be grouped."}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"field": "team", "aggregate": "sum", "value_field": "points"}),
    }
}

#[derive(Clone)]
struct GroupBy {
    field: Str,
    aggregate: Aggregate,
    value_field: Str,
    keeps_elements: bool,
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
    let keeps_elements = settings.boolean("keep_elements").unwrap_or(true);
    Some(Box::new(GroupBy { field: settings.text("field")?.clone(), aggregate, value_field, keeps_elements }))
}

impl Node for GroupBy {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        match array::anywhere(run.needed_input("group_by")?) {
            Ok(items) => {
                let grouped = Grouped { node: self.clone(), groups: BTreeMap::new(), room: Room::new("what is kept of the groups") };
                elements::visit(items.clone(), grouped, run)
            }
            Err(result) => Ok(Flow::Done(result)),
        }
    }

    fn with_large(&self) -> WithLarge {
        if self.keeps_elements { WithLarge::Loads } else { WithLarge::Streams }
    }
}

impl GroupBy {
    fn key(&self, item: &Value) -> Str {
        match item {
            Value::Map(members) => members.get(&self.field).map_or_else(|| "<missing>".into(), Value::text),
            other => other.text(),
        }
    }
}

/// The groups of the elements so far.
struct Grouped {
    node: GroupBy,
    groups: BTreeMap<Str, Group>,
    /// For the groups' names and values.
    room: Room,
}

#[derive(Default)]
struct Group {
    count: usize,
    /// Of the numbers.
    numbers: usize,
    sum: f64,
    least: Option<f64>,
    most: Option<f64>,
    /// What `values` gives.
    values: Vec<Value>,
    elements: Vec<Value>,
}

/// What a group takes besides its name, its elements and its values.
const GROUP_BYTES: u64 = size_of::<Group>() as u64;

impl Visitor for Grouped {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        let item = element.item;
        let key = self.node.key(item);
        let name_bytes = key.len() as u64;
        let group = match self.groups.get_mut(&key) {
            Some(group) => group,
            None => {
                if !self.node.keeps_elements {
                    self.room.take(GROUP_BYTES + name_bytes, run.limits)?;
                }
                self.groups.entry(key).or_default()
            }
        };
        group.count += 1;
        if self.node.keeps_elements {
            group.elements.push(item.clone());
        }
        let value = item.get(&self.node.value_field);
        match self.node.aggregate {
            Aggregate::Count => {}
            Aggregate::Values => {
                let value = if self.node.value_field.is_empty() { Some(item) } else { value };
                if let Some(value) = value {
                    if !self.node.keeps_elements {
                        self.room.take(value.size_bytes(), run.limits)?;
                    }
                    group.values.push(value.clone());
                }
            }
            Aggregate::Sum | Aggregate::Average | Aggregate::Minimum | Aggregate::Maximum => {
                if let Some(number) = value.and_then(Value::as_f64) {
                    group.add(number);
                }
            }
        }
        Ok(Pass::More)
    }

    fn finish(self: Box<Self>, count: usize, _run: &mut Run<'_>) -> Result<Value, Fault> {
        let (name, results) = self.node.aggregate.names();
        let group_count = self.groups.len();
        let mut aggregates = Vec::with_capacity(group_count);
        let mut elements = Vec::with_capacity(group_count);
        for (key, mut group) in self.groups {
            elements.push((key.clone(), Value::from(std::mem::take(&mut group.elements))));
            aggregates.push((key, group.aggregated(self.node.aggregate)?));
        }
        let groups = self.node.keeps_elements.then(|| ("groups", elements.into_iter().collect::<Map>().into()));
        let members = [
            ("aggregate", Value::from(name)),
            (results, aggregates.into_iter().collect::<Map>().into()),
            ("field", Value::String(self.node.field)),
            ("group_count", Value::from(group_count)),
            ("input_count", Value::from(count)),
        ];
        Ok(Map::from_pairs(members.into_iter().chain(groups)).into())
    }
}

impl Group {
    fn add(&mut self, number: f64) {
        self.numbers += 1;
        self.sum += number;
        self.least = Some(self.least.map_or(number, |least| least.min(number)));
        self.most = Some(self.most.map_or(number, |most| most.max(number)));
    }

    fn aggregated(self, aggregate: Aggregate) -> Result<Value, Fault> {
        let number = match aggregate {
            Aggregate::Count => return Ok(Value::from(self.count)),
            Aggregate::Values => return Ok(self.values.into()),
            Aggregate::Sum => self.sum,
            Aggregate::Average => self.sum / self.numbers.max(1) as f64,
            Aggregate::Minimum => return Ok(self.least.into()),
            Aggregate::Maximum => return Ok(self.most.into()),
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
