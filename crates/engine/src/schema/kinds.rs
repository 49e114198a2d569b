use thaiyyal_model::{Kind, Value};

/// A set of kinds of value; `integer` means whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kinds(u8);

const INTEGER: u8 = 1 << 6;

impl Kinds {
    pub(super) const ANY: Self = Self(0);

    /// From the `type` of a schema: one name, several, or none for any kind.
    pub(super) fn new(names: &serde_json::Value) -> Self {
        let one = |name: &serde_json::Value| name.as_str().map_or(0, bit);
        match names {
            serde_json::Value::Array(names) => Self(names.iter().map(one).fold(0, |all, kind| all | kind)),
            name => Self(one(name)),
        }
    }

    #[inline]
    pub(super) fn allow(self, value: &Value) -> bool {
        if self.0 == 0 || self.0 & bit_of(value.kind()) != 0 {
            return true;
        }
        self.0 & INTEGER != 0 && value.as_f64().is_some_and(|number| number.fract() == 0.0)
    }

    /// Whether text converts to one of the kinds when a template gave it.
    pub(super) fn wants_number(self) -> bool {
        self.0 & (bit_of(Kind::Number) | INTEGER) != 0 && self.0 & bit_of(Kind::String) == 0
    }

    pub(super) fn wants_boolean(self) -> bool {
        self.0 & bit_of(Kind::Boolean) != 0 && self.0 & bit_of(Kind::String) == 0
    }

    /// Whether a value of another kind becomes text when a template gave it.
    pub(super) fn wants_text_rather_than(self, value: &Value) -> bool {
        self.0 & bit_of(Kind::String) != 0 && !self.allow(value)
    }

    pub(super) fn wants_only_text(self) -> bool {
        self.0 == bit_of(Kind::String)
    }

    /// `a string`, `a number or a string`.
    pub(super) fn describe(self) -> String {
        let all = [
            (bit_of(Kind::Boolean), "a boolean"),
            (bit_of(Kind::Number), "a number"),
            (INTEGER, "a whole number"),
            (bit_of(Kind::String), "a string"),
            (bit_of(Kind::Array), "an array"),
            (bit_of(Kind::Object), "an object"),
            (bit_of(Kind::Null), "null"),
        ];
        let named: Vec<&str> = all.iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, name)| *name).collect();
        named.join(" or ")
    }
}

fn bit_of(kind: Kind) -> u8 {
    match kind {
        Kind::Null => 1,
        Kind::Boolean => 1 << 1,
        Kind::Number => 1 << 2,
        Kind::String => 1 << 3,
        Kind::Array => 1 << 4,
        Kind::Object => 1 << 5,
    }
}

fn bit(name: &str) -> u8 {
    match name {
        "null" => bit_of(Kind::Null),
        "boolean" => bit_of(Kind::Boolean),
        "number" => bit_of(Kind::Number),
        "integer" => INTEGER,
        "string" => bit_of(Kind::String),
        "array" => bit_of(Kind::Array),
        "object" => bit_of(Kind::Object),
        _ => 0,
    }
}
