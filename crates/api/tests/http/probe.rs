//! A node type whose calls end when and how a test says.

use async_trait::async_trait;
use serde_json::json;
use thaiyyal_connectors::{Call, Connector, Outcome};
use thaiyyal_model::{Category, Failure, NodeDescription, Port, Ports, Purity};
use tokio::sync::{Notify, Semaphore};

/// `{"type": "probe", "data": {"act": "answer" | "fail" | "hold", "with": ...}}`.
pub(crate) struct Probe {
    /// A call to `hold` has begun.
    pub(crate) began: Notify,
    /// Permits for calls to `hold` to end.
    pub(crate) go: Semaphore,
}

impl Default for Probe {
    fn default() -> Self {
        Self { began: Notify::new(), go: Semaphore::new(0) }
    }
}

#[async_trait]
impl Connector for Probe {
    fn description(&self) -> NodeDescription {
        NodeDescription {
            node_type: "probe",
            title: "Probe",
            category: Category::Connect,
            icon: "flask-conical",
            summary: "Does what a test says.",
            schema: json!({
                "type": "object",
                "properties": {"act": {"type": "string", "enum": ["answer", "fail", "hold"]}, "with": {}},
                "required": ["act"]
            }),
            ports: Ports { inputs: vec![Port::new("", "In")], outputs: vec![Port::new("", "Out")], ..Ports::default() },
            purity: Purity::Effect,
            example: json!({"act": "answer"}),
        }
    }

    async fn call(&self, call: Call) -> Outcome {
        let act = call.settings.get("act").and_then(|act| act.as_str()).unwrap_or_default().to_owned();
        let with = call.settings.get("with").cloned().unwrap_or_default();
        match act.as_str() {
            "fail" => return Outcome::Fail(Failure::new("probe_failed", "the probe was told to fail").with_details(with)),
            "hold" => {
                self.began.notify_one();
                tokio::select! {
                    permit = self.go.acquire() => permit.expect("never closed").forget(),
                    () = call.cancelled.cancelled() => return Outcome::Fail(Failure::new("cancelled", "nobody waits any more")),
                }
            }
            _ => {}
        }
        Outcome::Done(with)
    }
}
