use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{constant, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition =
    Definition { describe, build: |settings| constant::build(settings, "text"), class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "text_input",
        title: "Text",
        category: Category::Input,
        icon: "type",
        summary: "Gives a text.",
        schema: json!({
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "string", "title": "Text", "x-ui": {"widget": "textarea"}}}
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"text": "Hello"}),
    }
}
