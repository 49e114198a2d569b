use jiff::SignedDuration;
use thaiyyal_model::{Map, Value};

use crate::duration;

/// How often a call is tried, and how long to wait in between: the setting `retry` of every node with a connector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
    first: SignedDuration,
    most: SignedDuration,
    multiplier: f64,
    backoff: BackOff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BackOff {
    Fixed,
    Linear,
    Exponential,
}

impl Default for Retry {
    /// One attempt.
    fn default() -> Self {
        Self {
            max_attempts: 1,
            first: SignedDuration::from_secs(1),
            most: SignedDuration::from_secs(30),
            multiplier: 2.0,
            backoff: BackOff::Exponential,
        }
    }
}

impl Retry {
    /// The JSON Schema of the setting.
    pub(crate) fn schema() -> serde_json::Value {
        let duration = serde_json::json!({"type": "string", "x-ui": {"widget": "duration"}});
        let with = |title: &str, default: serde_json::Value, base: &serde_json::Value| {
            let mut schema = base.clone();
            schema["title"] = title.into();
            schema["default"] = default;
            schema
        };
        serde_json::json!({
            "type": "object",
            "title": "Retry",
            "description": "What to do when a call fails in a way that may pass.",
            "properties": {
                "max_attempts": {"type": "integer", "minimum": 1, "maximum": 100, "default": 1, "title": "Attempts", "description": "The first one included."},
                "backoff": {"type": "string", "enum": ["exponential", "linear", "fixed"], "default": "exponential", "title": "Back-off"},
                "initial_delay": with("First delay", "1s".into(), &duration),
                "max_delay": with("Longest delay", "30s".into(), &duration),
                "multiplier": {"type": "number", "minimum": 1, "default": 2, "title": "Multiplier"},
            }
        })
    }

    /// Reads settings that fit the schema; the name of a member that does not read otherwise.
    pub(crate) fn read(settings: &Map) -> Result<Self, &'static str> {
        let default = Self::default();
        let number = |name: &str| settings.get(name).and_then(Value::as_f64);
        let time = |name: &'static str, default: SignedDuration| match settings.get(name) {
            Some(Value::String(text)) => duration::parse(text).ok_or(name),
            Some(_) | None => Ok(default),
        };
        Ok(Self {
            max_attempts: number("max_attempts").map_or(default.max_attempts, |attempts| attempts as u32).max(1),
            first: time("initial_delay", default.first)?,
            most: time("max_delay", default.most)?,
            multiplier: number("multiplier").unwrap_or(default.multiplier),
            backoff: match settings.get("backoff").and_then(Value::as_str) {
                Some("fixed") => BackOff::Fixed,
                Some("linear") => BackOff::Linear,
                Some(_) | None => BackOff::Exponential,
            },
        })
    }

    /// How long to wait after `attempt` attempts, the last of which was answered with a wish to wait `asked_ms`.
    pub(super) fn delay(&self, attempt: u32, asked_ms: Option<u64>) -> SignedDuration {
        let first = self.first.as_secs_f64();
        let seconds = match self.backoff {
            BackOff::Fixed => first,
            BackOff::Linear => first * f64::from(attempt),
            BackOff::Exponential => first * self.multiplier.powf(f64::from(attempt - 1)),
        };
        let own = SignedDuration::try_from_secs_f64(seconds).map_or(self.most, |own| own.min(self.most));
        let asked = asked_ms.map_or(SignedDuration::ZERO, |ms| SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX)));
        own.max(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(settings: serde_json::Value) -> Vec<i128> {
        let Value::Map(settings) = Value::from(settings) else { panic!("settings are an object") };
        let retry = Retry::read(&settings).unwrap();
        (1..5).map(|attempt| retry.delay(attempt, None).as_millis()).collect()
    }

    #[test]
    fn delays_grow_as_the_setting_says() {
        assert_eq!(delays(serde_json::json!({})), [1000, 2000, 4000, 8000]);
        assert_eq!(delays(serde_json::json!({"initial_delay": "20s", "multiplier": 3})), [20_000, 30_000, 30_000, 30_000]);
        assert_eq!(delays(serde_json::json!({"backoff": "linear", "initial_delay": "10ms"})), [10, 20, 30, 40]);
        assert_eq!(delays(serde_json::json!({"backoff": "fixed"})), [1000; 4]);
        assert_eq!(Retry::default().delay(1000, None), SignedDuration::from_secs(30));
        assert_eq!(Retry::default().delay(1, Some(60_000)), SignedDuration::from_secs(60));
    }
}
