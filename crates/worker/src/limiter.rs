use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use thaiyyal_connectors::{Call, Outcome, Service};
use thaiyyal_ephemeral::{Ephemeral, PassKey, Rate, Window};
use thaiyyal_model::{Clock, Failure, Map, Value};

/// Gives nodes that limit a rate their places; see [`thaiyyal_engine::LIMITER`].
pub struct Limiter {
    /// Where places are counted.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// By which the time is told.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Service for Limiter {
    async fn call(&self, call: Call) -> Outcome {
        let Some((id, rate)) = read(&call.settings) else {
            return Outcome::Fail(Failure::new("internal", "a node asked for a place in a way that is not understood"));
        };
        let key = PassKey { tenant: call.scope.tenant(), id };
        let pass = self.ephemeral.pass(&key, rate, &call.idempotency_key, self.clock.now()).await;
        let at = Value::Number(pass.at.as_microsecond() as f64);
        Outcome::Done(Map::from_pairs([("at", at), ("count", Value::from(pass.count))]).into())
    }
}

fn read(settings: &Value) -> Option<(String, Rate)> {
    let number = |name: &str| settings.get(name).and_then(Value::as_f64);
    let window = match settings.get("window")?.as_str()? {
        "fixed" => Window::Fixed,
        "sliding" => Window::Sliding,
        "bucket" => Window::Bucket,
        _ => return None,
    };
    let period = Duration::from_micros(number("period_us")? as u64);
    Some((settings.get("key")?.as_str()?.to_owned(), Rate { window, most: number("most")? as u32, period }))
}
