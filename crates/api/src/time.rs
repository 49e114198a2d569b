use serde::{Serialize, Serializer};
use thaiyyal_model::Timestamp;

/// An instant as answers show it: RFC 3339, UTC, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// Whole milliseconds from one instant to another, never negative.
pub(crate) fn millis_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond().saturating_sub(from.as_millisecond())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_three_decimals() {
        let shown = |text: &str| serde_json::to_string(&Time(text.parse().unwrap())).unwrap();
        assert_eq!(shown("2026-01-02T03:04:05Z"), "\"2026-01-02T03:04:05.000Z\"");
        assert_eq!(shown("2026-01-02T03:04:05.678912Z"), "\"2026-01-02T03:04:05.678Z\"");
    }
}
