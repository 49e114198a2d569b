use std::borrow::Cow;

use jiff::Timestamp;
use thaiyyal_model::{List, Map, Str, Value};

use crate::error::{Cause, Fault, Found};
use crate::syntax::tree::Span;

/// A value on its way through an expression: borrowed when it only passes, owned when it was made. A date-time is one only here; outside it
/// is its text.
#[derive(Debug, Clone)]
pub(crate) enum Operand<'v> {
    Ref(&'v Value),
    Own(Value),
    Date(Timestamp),
}

impl<'v> Operand<'v> {
    pub(crate) const NULL: Self = Self::Own(Value::Null);

    /// The value as others see it.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Ref(value) => value.clone(),
            Self::Own(value) => value,
            Self::Date(date) => Value::String(date_text(date)),
        }
    }

    /// The value, unless this is a date-time.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Ref(value) => Some(value),
            Self::Own(value) => Some(value),
            Self::Date(_) => None,
        }
    }

    /// The number it is or that its text reads as.
    pub(crate) fn number(&self) -> Option<f64> {
        self.value().and_then(to_number)
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value().is_some_and(Value::is_null)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.value(), Some(Value::String(_)))
    }

    pub(crate) fn found(&self) -> Found {
        self.value().map_or(Found::Date, |value| Found::Kind(value.kind()))
    }

    pub(crate) fn expect_list(&self, span: Span) -> Result<List, Fault> {
        match self.value() {
            Some(Value::List(list)) => Ok(list.clone()),
            _ => Err(self.wrong("an array", span)),
        }
    }

    pub(crate) fn expect_map(&self, span: Span) -> Result<Map, Fault> {
        match self.value() {
            Some(Value::Map(map)) => Ok(map.clone()),
            _ => Err(self.wrong("an object", span)),
        }
    }

    pub(crate) fn wrong(&self, wanted: &'static str, span: Span) -> Fault {
        match self.value() {
            Some(Value::Large(_)) => Cause::NotHeld.at(span),
            _ => Cause::WrongKind(wanted, self.found()).at(span),
        }
    }

    /// How much there is to read in it.
    pub(crate) fn size_bytes(&self) -> u64 {
        self.value().map_or(0, Value::size_bytes)
    }

    /// Its text; that of a container is as long as the container is large.
    pub(crate) fn text(&self) -> Str {
        match self {
            Self::Ref(value) => value.text(),
            Self::Own(value) => value.text(),
            Self::Date(date) => date_text(*date),
        }
    }

    /// Appends its text to `out`.
    pub(crate) fn write_text(&self, out: &mut String) {
        match self {
            Self::Ref(value) => value.write_text(out),
            Self::Own(value) => value.write_text(out),
            Self::Date(date) => out.push_str(&date_text(*date)),
        }
    }

    /// A part of it, found by `step`.
    pub(crate) fn part(self, step: impl for<'x> FnOnce(&'x Value) -> Option<Cow<'x, Value>>) -> Option<Self> {
        match self {
            Self::Ref(value) => step(value).map(|part| match part {
                Cow::Borrowed(part) => Self::Ref(part),
                Cow::Owned(part) => Self::Own(part),
            }),
            Self::Own(value) => step(&value).map(|part| Self::Own(part.into_owned())),
            Self::Date(_) => None,
        }
    }
}

impl From<f64> for Operand<'_> {
    fn from(number: f64) -> Self {
        Self::Own(Value::Number(number))
    }
}

impl From<bool> for Operand<'_> {
    fn from(truth: bool) -> Self {
        Self::Own(Value::Bool(truth))
    }
}

impl From<Str> for Operand<'_> {
    fn from(text: Str) -> Self {
        Self::Own(Value::String(text))
    }
}

impl From<Value> for Operand<'_> {
    fn from(value: Value) -> Self {
        Self::Own(value)
    }
}

/// The number that `value` is, or that its text completely reads as in decimal notation.
pub(crate) fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::String(text) => read_number(text),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) | Value::Large(_) => None,
    }
}

fn read_number(text: &str) -> Option<f64> {
    // The standard library also reads "inf" and "nan".
    if !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// RFC 3339 in UTC, with as many digits of the second as there are.
pub(crate) fn date_text(date: Timestamp) -> Str {
    let mut text = String::with_capacity(32);
    let _never_fails = jiff::fmt::temporal::DateTimePrinter::new().print_timestamp(&date, &mut text);
    Str::from(text)
}
