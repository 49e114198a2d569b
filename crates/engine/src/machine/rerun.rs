use jiff::SignedDuration;
use thaiyyal_model::{Failure, Str, Value};

use super::Retry;
use super::run::OVERDUE;

/// When a node that failed, or gave an `error`, is run again as a whole: the settings of a `retry` node.
#[derive(Debug, Clone)]
pub(crate) struct Rerun {
    pub(crate) retry: Retry,
    /// Parts of messages, or codes; empty means every failure.
    pub(crate) only: Vec<Str>,
}

impl Rerun {
    /// Whether there is another attempt after `attempt` attempts, the last of which failed like this.
    pub(crate) fn allows(&self, attempt: u32, failure: &Failure) -> bool {
        attempt < self.retry.max_attempts && self.covers(failure)
    }

    /// Whether a failure is one of those that are worth another attempt.
    pub(crate) fn covers(&self, failure: &Failure) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| failure.code == *part || failure.message.contains(part.as_str()))
    }

    pub(crate) fn delay(&self, attempt: u32, seed: u64) -> SignedDuration {
        self.retry.delay(attempt, None, seed)
    }
}

/// The failure that a value tells: that of an object with the member `error`, whatever it is.
pub(crate) fn soft_error(value: &Value) -> Option<Failure> {
    let map = value.as_map()?;
    let error = map.get("error")?;
    let code = map.get("code").and_then(Value::as_str).unwrap_or("error");
    Some(Failure::new(code, error.text()))
}

/// Whether a value tells that a node took too long and was stopped.
pub(crate) fn is_overdue(value: &Value) -> bool {
    value.get("error").is_some() && value.get("code").and_then(Value::as_str) == Some(OVERDUE)
}
