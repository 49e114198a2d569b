use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{constant, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |settings| constant::build(settings, "boolean_value"), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "boolean_input",
        title: "Yes or no",
        category: Category::Input,
        icon: "toggle-left",
        summary: "Gives true or false.",
        schema: json!({
            "type": "object",
            "required": ["boolean_value"],
            "properties": {"boolean_value": {"type": "boolean", "title": "Value"}}
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"boolean_value": true}),
    }
}
