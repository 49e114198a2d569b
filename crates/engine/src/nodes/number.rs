use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{constant, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |settings| constant::build(settings, "value"), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "number",
        title: "Number",
        category: Category::Input,
        icon: "hash",
        summary: "Gives a number.",
        schema: json!({
            "type": "object",
            "required": ["value"],
            "properties": {"value": {"type": "number", "title": "Number"}}
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"value": 42}),
    }
}
