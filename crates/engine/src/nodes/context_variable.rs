use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{context, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition = Definition {
    describe,
    build: |settings| context::build(settings, context::Kind::Variable),
    class: Class::ContextVariable,
    bodies: Bodies::None,
};

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "context_variable",
        title: "Context variables",
        category: Category::State,
        icon: "braces",
        summary: "Sets values that every later expression can read.",
        schema: context::schema(),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"context_values": [{"name": "rate", "value": 0.2, "type": "number"}]}),
    }
}
