use jiff::SignedDuration;
use thaiyyal_model::{Failure, Map, Str, Value};

use crate::duration;

/// How often a call is tried, and how long to wait in between: the setting `retry` of every node with a connector.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Retry {
    pub(crate) max_attempts: u32,
    first: SignedDuration,
    most: SignedDuration,
    multiplier: f64,
    backoff: BackOff,
    /// The part of a delay that it may be shorter or longer by.
    jitter: f64,
    /// No attempt begins later than this after the first one.
    total: Option<SignedDuration>,
    /// Codes and HTTP statuses to try again on; empty means whatever the connector says may pass.
    on: Vec<Str>,
    never_on: Vec<Str>,
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
            jitter: 0.0,
            total: None,
            on: Vec::new(),
            never_on: Vec::new(),
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
        let codes = |title: &str, description: &str| serde_json::json!({"type": "array", "items": {"type": ["string", "number"]}, "title": title, "description": description});
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
                "jitter": {"type": "number", "minimum": 0, "maximum": 1, "default": 0, "title": "Jitter", "description": "The part of a delay by which it varies: 0.2 is up to a fifth shorter or longer."},
                "total_time": {"type": "string", "title": "Time in all", "description": "No attempt begins later than this after the first.", "x-ui": {"widget": "duration"}},
                "retry_on": codes("Only on", "Codes and HTTP statuses (503, \"5xx\") that are tried again, even when the connector takes them for final."),
                "never_on": codes("Never on", "Codes and HTTP statuses that are never tried again."),
            }
        })
    }

    /// Reads settings that fit the schema; the name of a member that does not read otherwise.
    pub(crate) fn read(settings: &Map) -> Result<Self, &'static str> {
        let default = Self::default();
        let number = |name: &str| settings.get(name).and_then(Value::as_f64);
        let time = |name: &'static str| match settings.get(name) {
            Some(Value::String(text)) => duration::parse(text).map(Some).ok_or(name),
            Some(_) | None => Ok(None),
        };
        let words =
            |name: &str| settings.get(name).and_then(Value::as_list).into_iter().flat_map(|list| list.iter().map(Value::text)).collect();
        Ok(Self {
            max_attempts: number("max_attempts").map_or(default.max_attempts, |attempts| attempts as u32).max(1),
            first: time("initial_delay")?.unwrap_or(default.first),
            most: time("max_delay")?.unwrap_or(default.most),
            multiplier: number("multiplier").unwrap_or(default.multiplier),
            backoff: match settings.get("backoff").and_then(Value::as_str) {
                Some("fixed") => BackOff::Fixed,
                Some("linear") => BackOff::Linear,
                Some(_) | None => BackOff::Exponential,
            },
            jitter: number("jitter").unwrap_or(0.0),
            total: time("total_time")?,
            on: words("retry_on"),
            never_on: words("never_on"),
        })
    }

    /// Reads the settings of a `retry` node, in which what does not read has its default.
    pub(crate) fn of_node(settings: &Map) -> Self {
        let default = Self::default();
        let number = |name: &str| settings.get(name).and_then(Value::as_f64);
        let time = |name: &str| settings.get(name).and_then(Value::as_str).and_then(duration::parse);
        Self {
            max_attempts: number("max_attempts").map_or(3, |attempts| attempts as u32).max(1),
            first: time("initial_delay").unwrap_or(default.first),
            most: time("max_delay").unwrap_or(default.most),
            multiplier: number("multiplier").unwrap_or(default.multiplier),
            backoff: match settings.get("backoff_strategy").and_then(Value::as_str) {
                None | Some("exponential") => BackOff::Exponential,
                Some("linear") => BackOff::Linear,
                Some(_) => BackOff::Fixed,
            },
            jitter: number("jitter").unwrap_or(0.0).clamp(0.0, 1.0),
            total: time("total_time"),
            on: Vec::new(),
            never_on: Vec::new(),
        }
    }

    /// How long to wait after `attempt` attempts, the last of which was answered with a wish to wait `asked_ms`. The jitter is taken from
    /// `seed`, so that a replay waits as long.
    pub(crate) fn delay(&self, attempt: u32, asked_ms: Option<u64>, seed: u64) -> SignedDuration {
        let first = self.first.as_secs_f64();
        let seconds = match self.backoff {
            BackOff::Fixed => first,
            BackOff::Linear => first * f64::from(attempt),
            BackOff::Exponential => first * self.multiplier.powf(f64::from(attempt - 1)),
        };
        let mixed = (seed ^ u64::from(attempt)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let varied = seconds * (1.0 + self.jitter * ((mixed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0));
        let own = SignedDuration::try_from_secs_f64(varied).map_or(self.most, |own| own.min(self.most));
        let asked = asked_ms.map_or(SignedDuration::ZERO, |ms| SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX)));
        own.max(asked)
    }

    /// Whether an attempt may begin this long after the first one.
    pub(crate) fn has_time(&self, since_first: SignedDuration) -> bool {
        self.total.is_none_or(|total| since_first <= total)
    }

    /// Whether the settings let a failure be tried again; `None` where they leave it to the connector.
    pub(super) fn wants(&self, failure: &Failure) -> Option<bool> {
        let is_in = |codes: &[Str]| codes.iter().any(|code| is_named(code, failure));
        if is_in(&self.never_on) {
            return Some(false);
        }
        (!self.on.is_empty()).then(|| is_in(&self.on))
    }
}

/// Whether `code` is the failure's code, its HTTP status, or the class of that (`5xx`).
fn is_named(code: &str, failure: &Failure) -> bool {
    let status = failure.details.as_ref().and_then(|details| details.get("status")).and_then(Value::as_f64);
    failure.code == code
        || status.is_some_and(|status| {
            let status = status.to_string();
            status == code || (code.len() == 3 && code.ends_with("xx") && status.starts_with(&code[..1]))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(settings: serde_json::Value) -> Vec<i128> {
        let Value::Map(settings) = Value::from(settings) else { panic!("settings are an object") };
        let retry = Retry::read(&settings).unwrap();
        (1..5).map(|attempt| retry.delay(attempt, None, 0).as_millis()).collect()
    }

    #[test]
    fn delays_grow_as_the_setting_says() {
        assert_eq!(delays(serde_json::json!({})), [1000, 2000, 4000, 8000]);
        assert_eq!(delays(serde_json::json!({"initial_delay": "20s", "multiplier": 3})), [20_000, 30_000, 30_000, 30_000]);
        assert_eq!(delays(serde_json::json!({"backoff": "linear", "initial_delay": "10ms"})), [10, 20, 30, 40]);
        assert_eq!(delays(serde_json::json!({"backoff": "fixed"})), [1000; 4]);
        assert_eq!(Retry::default().delay(1000, None, 0), SignedDuration::from_secs(30));
        assert_eq!(Retry::default().delay(1, Some(60_000), 0), SignedDuration::from_secs(60));
    }

    #[test]
    fn jitter_stays_within_its_part_and_is_the_same_for_the_same_seed() {
        let Value::Map(settings) = Value::from(serde_json::json!({"backoff": "fixed", "jitter": 0.2})) else { panic!("it is an object") };
        let retry = Retry::read(&settings).unwrap();
        let delays: Vec<f64> = (0..100).map(|seed| retry.delay(1, None, seed).as_secs_f64()).collect();
        assert!(delays.iter().all(|delay| (0.8..=1.2).contains(delay)), "{delays:?}");
        assert!(delays.iter().any(|delay| *delay < 0.95) && delays.iter().any(|delay| *delay > 1.05), "{delays:?}");
        assert_eq!(retry.delay(1, None, 7), retry.delay(1, None, 7));
    }

    #[test]
    fn codes_and_statuses_decide_before_the_connector_does() {
        let Value::Map(settings) = Value::from(serde_json::json!({"retry_on": ["5xx", 429, "busy"], "never_on": [501]})) else { panic!() };
        let retry = Retry::read(&settings).unwrap();
        let with = |status: u16| Failure::new("http_status", "no").with_details(Map::from_pairs([("status", f64::from(status))]).into());
        for (failure, wanted) in
            [(with(503), true), (with(429), true), (with(404), false), (with(501), false), (Failure::new("busy", ""), true)]
        {
            assert_eq!(retry.wants(&failure), Some(wanted), "{failure:?}");
        }
        assert_eq!(Retry::default().wants(&with(503)), None);
    }
}
