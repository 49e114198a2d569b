//! A connector whose calls the test sees and answers.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use thaiyyal_connectors::{Call, Connector, Connectors, Outcome};
use thaiyyal_model::{Category, Failure, NodeDescription, Port, Ports, Purity, Value};
use tokio::sync::{Mutex, mpsc, oneshot};

/// How long a test waits for something that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The type of its node.
pub(crate) const TYPE: &str = "ask";

/// A call under way.
pub(crate) struct Asked {
    pub(crate) call: Call,
    reply: oneshot::Sender<Outcome>,
}

impl Asked {
    pub(crate) fn node(&self) -> &str {
        &self.call.step.node_id
    }

    pub(crate) fn answer(self, outcome: Outcome) {
        // The slice that asked may be gone, which is what some tests are about.
        drop(self.reply.send(outcome));
    }

    pub(crate) fn done(self, value: impl Into<Value>) {
        self.answer(Outcome::Done(value.into()));
    }

    pub(crate) fn may_pass(self) {
        self.answer(Outcome::Retry { after: None, failure: Failure::new("busy", "try again") });
    }

    /// Waits until nobody wants the answer any more.
    pub(crate) async fn abandoned(&mut self) {
        self.reply.closed().await;
    }
}

/// The test's end of the connector.
pub(crate) struct World {
    asked: Mutex<mpsc::UnboundedReceiver<Asked>>,
}

impl World {
    pub(crate) fn new() -> (Self, Connectors) {
        let (sender, asked) = mpsc::unbounded_channel();
        let connector: Arc<dyn Connector> = Arc::new(Ask { sender });
        (Self { asked: Mutex::new(asked) }, Connectors::of([connector]))
    }

    /// The next call that begins.
    pub(crate) async fn asked(&self) -> Asked {
        tokio::time::timeout(PATIENCE, self.next()).await.expect("a call begins")
    }

    /// The next call, whenever it comes.
    pub(crate) async fn next(&self) -> Asked {
        self.asked.lock().await.recv().await.expect("the connector lives")
    }

    /// Answers every call with its node's id until the future is dropped.
    pub(crate) async fn answer_all(&self) {
        loop {
            let asked = self.next().await;
            let node = Value::from(asked.node());
            asked.done(node);
        }
    }

    /// How many calls began that the test has not looked at.
    pub(crate) async fn unseen(&self) -> usize {
        self.asked.lock().await.len()
    }
}

struct Ask {
    sender: mpsc::UnboundedSender<Asked>,
}

#[async_trait]
impl Connector for Ask {
    fn description(&self) -> NodeDescription {
        let port = || vec![Port::new("", "Value")];
        NodeDescription {
            node_type: TYPE,
            title: "Ask",
            category: Category::Connect,
            icon: "phone",
            summary: "Asks the test.",
            schema: serde_json::json!({"type": "object", "properties": {"panic": {"type": "boolean", "title": "Panic"}}}),
            ports: Ports { inputs: port(), outputs: port(), ..Ports::default() },
            purity: Purity::Effect,
            example: serde_json::json!({}),
        }
    }

    async fn call(&self, call: Call) -> Outcome {
        assert_ne!(call.settings.get("panic"), Some(&Value::Bool(true)), "this panic is part of the test");
        let (reply, answer) = oneshot::channel();
        self.sender.send(Asked { call, reply }).expect("the test listens");
        answer.await.unwrap_or_else(|_| Outcome::Fail(Failure::new("gone", "the test did not answer")))
    }
}
