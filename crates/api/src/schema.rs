//! The closed lists of words, as the OpenAPI document shows them. The types themselves live in `model`, which knows nothing of it.

use std::collections::HashMap;

use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident : $model:ident { $($variant:ident),+ $(,)? })+) => {
        $(
            $(#[$doc])*
            #[derive(ToSchema)]
            #[schema(rename_all = "snake_case")]
            #[expect(dead_code, reason = "only described, never made")]
            pub(crate) enum $name { $($variant,)+ }
        )+

        #[cfg(test)]
        mod tests {
            $(
                #[test]
                #[expect(non_snake_case, reason = "one test per type, named after it")]
                fn $name() {
                    use utoipa::PartialSchema;
                    let schema = serde_json::to_value(super::$name::schema()).unwrap();
                    let words: Vec<_> = thaiyyal_model::$model::ALL.iter().map(|word| serde_json::json!(word.as_str())).collect();
                    assert_eq!(schema["enum"], serde_json::json!(words));
                }
            )+
        }
    };
}

words! {
    /// Where an execution stands; the last four never change again.
    ExecutionStatus: ExecutionStatus { Queued, Running, Waiting, Succeeded, Failed, Cancelled, TimedOut }
    /// Where a step stands.
    StepStatus: StepStatus { Running, Waiting, Succeeded, Failed, Skipped, Cancelled }
    /// What started an execution.
    Trigger: Trigger { Manual, Api, Webhook, Schedule, Error, Parent }
    /// Which executions go first.
    Priority: Priority { High, Normal, Low }
    /// Why an execution is not moving.
    Reason: Reason { Timer, BackOff, Approval, Signal, Child, Concurrency, RateLimit, NoWorker, Paused }
}

/// Why an execution or a step failed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
pub(crate) struct Failure {
    /// Stable, documented.
    code: String,
    /// One sentence for people.
    message: String,
    /// The node that failed, if one did.
    node_id: Option<String>,
    /// The step that failed, if the node is inside something that repeats.
    step: Option<String>,
    /// More for programs.
    details: Option<serde_json::Value>,
}

/// Nodes and the edges between them. What an editor adds is kept as it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: `model` reads definitions")]
pub(crate) struct Definition {
    nodes: Option<Vec<DefinitionNode>>,
    edges: Option<Vec<DefinitionEdge>>,
    #[serde(flatten)]
    rest: HashMap<String, serde_json::Value>,
}

/// A node of a definition.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: `model` reads definitions")]
struct DefinitionNode {
    id: String,
    /// A node type; told from the settings where it is absent.
    r#type: Option<String>,
    /// Its settings, as the node type's schema has them.
    data: Option<HashMap<String, serde_json::Value>>,
    position: Option<DefinitionPosition>,
    #[serde(flatten)]
    rest: HashMap<String, serde_json::Value>,
}

/// A place on the canvas.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: it is kept for editors")]
struct DefinitionPosition {
    x: f64,
    y: f64,
}

/// A connection between two nodes.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "only described: `model` reads definitions")]
struct DefinitionEdge {
    id: Option<String>,
    /// The id of the node it leaves.
    source: String,
    /// The id of the node it enters.
    target: String,
    /// The output it leaves by; the only one unless told.
    source_handle: Option<String>,
    /// The input it enters by; the only one unless told.
    target_handle: Option<String>,
    /// As `sourceHandle`, in older definitions.
    condition: Option<String>,
    #[serde(flatten)]
    rest: HashMap<String, serde_json::Value>,
}
