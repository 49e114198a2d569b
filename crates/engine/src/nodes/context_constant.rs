use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity};

use super::{context, ports};
use crate::catalog::{Bodies, Class, Definition};

pub(crate) const TYPE: Definition = Definition {
    describe,
    build: |settings| context::build(settings, context::Kind::Constant),
    class: Class::ContextConstant,
    bodies: Bodies::None,
};

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "context_constant",
        title: "Context constants",
        category: Category::State,
        icon: "lock",
        summary: "Sets values that every expression can read, before anything else runs.",
        schema: context::schema(),
        ports: ports::through(),
        purity: Purity::Stateful,
        example: json!({"context_values": [{"name": "rate", "value": 0.2, "type": "number"}]}),
    }
}
