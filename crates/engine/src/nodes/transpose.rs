use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |_settings| Some(Box::new(Transpose)), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "transpose",
        title: "Transpose",
        category: Category::Array,
        icon: "rotate-3d",
        summary: "Swaps the rows and columns of an array of arrays.",
        schema: json!({"type": "object", "properties": {}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({}),
    }
}

struct Transpose;

impl Node for Transpose {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::soft(run.needed_input("transpose")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        Ok(Flow::Done(transposed(items).into()))
    }
}

fn transposed(items: &[Value]) -> Map {
    let Some(first) = items.first() else {
        return Map::from_pairs([("cols", Value::from(0)), ("rows", Value::from(0)), ("transposed", List::new().into())]);
    };
    let Some(columns) = first.as_list().map(|row| row.len()) else {
        return Map::from_pairs([
            ("error", Value::from("input is not a 2D array (array of arrays)")),
            ("expected", Value::from("array of arrays")),
            ("first_element", first.clone()),
        ]);
    };
    let mut rows = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let Some(row) = item.as_list() else {
            return Map::from_pairs([
                ("error", Value::from(format!("row {at} is not an array"))),
                ("row_index", Value::from(at)),
                ("row_value", item.clone()),
            ]);
        };
        if row.len() != columns {
            return Map::from_pairs([
                ("actual_cols", Value::from(row.len())),
                ("error", Value::from("all rows must have the same length")),
                ("expected_cols", Value::from(columns)),
                ("row_index", Value::from(at)),
            ]);
        }
        rows.push(row);
    }
    let turned: List = (0..columns).map(|column| Value::from(rows.iter().map(|row| row[column].clone()).collect::<List>())).collect();
    Map::from_pairs([
        ("cols", Value::from(columns)),
        ("rows", Value::from(rows.len())),
        ("transposed", turned.into()),
        ("transposed_cols", Value::from(rows.len())),
        ("transposed_rows", Value::from(columns)),
    ])
}
