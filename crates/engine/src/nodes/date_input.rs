use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{constant, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |settings| constant::build(settings, "date_value"), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "date_input",
        title: "Date",
        category: Category::Input,
        icon: "calendar",
        summary: "Gives a date as text.",
        schema: json!({
            "type": "object",
            "required": ["date_value"],
            "properties": {"date_value": {"type": "string", "title": "Date", "x-ui": {"widget": "date"}}}
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"date_value": "2026-01-31"}),
    }
}
