use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{constant, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |settings| constant::build(settings, "datetime_value"), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "datetime_input",
        title: "Date and time",
        category: Category::Input,
        icon: "calendar-clock",
        summary: "Gives a date with a time as text.",
        schema: json!({
            "type": "object",
            "required": ["datetime_value"],
            "properties": {"datetime_value": {"type": "string", "title": "Date and time", "x-ui": {"widget": "datetime"}}}
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"datetime_value": "2026-01-31T12:00:00Z"}),
    }
}
