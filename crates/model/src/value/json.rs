use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use smallvec::SmallVec;

use super::{Map, Str, Value};

/// Why text is no value, and where. Lines and columns count from 1; the column counts bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, column {column})")]
pub struct JsonError {
    /// What a caller may want to treat differently.
    pub kind: JsonErrorKind,
    /// The line of the offending byte.
    pub line: usize,
    /// The column of the offending byte; 0 when the text ended at a line's start.
    pub column: usize,
    /// What is wrong, without the position.
    pub message: String,
}

/// The kinds of [`JsonError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JsonErrorKind {
    /// Not JSON, or something after the document.
    Syntax,
    /// The text stops in the middle.
    Incomplete,
    /// A number that a double cannot hold.
    NumberOutOfRange,
    /// Containers nest deeper than allowed.
    TooDeep,
    /// A string or key has the character U+0000.
    Nul,
}

impl Value {
    /// Reads one JSON document as people and programs outside may send it: at most [`Value::MAX_DEPTH`] deep, and without U+0000 in any
    /// string or key, because much software that it may reach cannot hold that.
    pub fn from_json(text: &[u8]) -> Result<Self, JsonError> {
        parse(text, Reader::posted())
    }

    /// Reads one JSON document that we wrote or that a connector received: U+0000 is kept, and there is room for the layers that records
    /// wrap around a value.
    pub fn from_json_lossless(text: &[u8]) -> Result<Self, JsonError> {
        parse(text, Reader::stored())
    }
}

fn parse(text: &[u8], reader: Reader) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    // The reader counts levels itself.
    deserializer.disable_recursion_limit();
    let value = reader.read(&mut deserializer).map_err(|error| JsonError::new(&error))?;
    deserializer.end().map_err(|error| JsonError::new(&error))?;
    Ok(value)
}

const TOO_DEEP: &str = "containers nest too deeply";
const NUL: &str = "a string has the character U+0000";
const OUT_OF_RANGE: &str = "number out of range";

impl JsonError {
    fn new(error: &serde_json::Error) -> Self {
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        let kind = match message.as_str() {
            TOO_DEEP => JsonErrorKind::TooDeep,
            NUL => JsonErrorKind::Nul,
            OUT_OF_RANGE => JsonErrorKind::NumberOutOfRange,
            _ if error.is_eof() => JsonErrorKind::Incomplete,
            _ => JsonErrorKind::Syntax,
        };
        Self { kind, line: error.line(), column: error.column(), message }
    }
}

/// Arrays up to this length are collected without an allocation of their own.
const FEW: usize = 8;

/// Turns what a deserializer finds straight into values.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    /// How many more levels of containers may open.
    levels: u32,
    allow_nul: bool,
}

impl Reader {
    pub(super) fn posted() -> Self {
        Self { levels: Value::MAX_DEPTH, allow_nul: false }
    }

    pub(super) fn stored() -> Self {
        Self { levels: Value::MAX_DEPTH * 2, allow_nul: true }
    }

    pub(super) fn read<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1).ok_or_else(|| E::custom(TOO_DEEP))?;
        Ok(Self { levels, ..self })
    }

    fn text<E: serde::de::Error>(self, text: &str) -> Result<Str, E> {
        if !self.allow_nul && text.as_bytes().contains(&0) {
            return Err(E::custom(NUL));
        }
        Ok(text.into())
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.read(deserializer)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.read(deserializer)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        if number.is_finite() { Ok(Value::Number(number)) } else { Err(E::custom(OUT_OF_RANGE)) }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.text(text).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut few: SmallVec<[Value; FEW]> = SmallVec::new();
        while few.len() < FEW {
            match items.next_element_seed(inside)? {
                Some(item) => few.push(item),
                None => return Ok(Value::List(few.into())),
            }
        }
        let mut many = Vec::with_capacity(FEW * 4);
        many.extend(few);
        while let Some(item) = items.next_element_seed(inside)? {
            many.push(item);
        }
        Ok(Value::List(many.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut entries = SmallVec::new();
        while let Some(key) = members.next_key_seed(KeyReader(self))? {
            entries.push((key, members.next_value_seed(inside)?));
        }
        Ok(Value::Map(Map::from_entries(&mut entries)))
    }
}

#[derive(Clone, Copy)]
struct KeyReader(Reader);

impl<'de> DeserializeSeed<'de> for KeyReader {
    type Value = Str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeyReader {
    type Value = Str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Str, E> {
        self.0.text(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (JsonErrorKind, usize, usize) {
        let error = Value::from_json(text.as_bytes()).unwrap_err();
        (error.kind, error.line, error.column)
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(refused(""), (JsonErrorKind::Incomplete, 1, 0));
        assert_eq!(refused("{\"a\": [1, 2"), (JsonErrorKind::Incomplete, 1, 11));
        assert_eq!(refused("{\n  \"a\": trx\n}"), (JsonErrorKind::Syntax, 2, 10));
        assert_eq!(refused("1 2"), (JsonErrorKind::Syntax, 1, 3));
        assert_eq!(refused("NaN"), (JsonErrorKind::Syntax, 1, 1));
        assert_eq!(refused("[1e999]").0, JsonErrorKind::NumberOutOfRange);
        assert_eq!(refused("\"\\ud800\"").0, JsonErrorKind::Syntax);
        assert_eq!(Value::from_json(b"\"\xff\"").unwrap_err().kind, JsonErrorKind::Syntax);
    }

    #[test]
    fn nul_is_refused_from_outside_and_kept_in_our_own_data() {
        for text in ["\"a\\u0000b\"", "{\"\\u0000\": 1}", "[[\"\\u0000\"]]"] {
            assert_eq!(refused(text).0, JsonErrorKind::Nul, "{text}");
            let kept = Value::from_json_lossless(text.as_bytes()).unwrap();
            assert_eq!(Value::from_json_lossless(&kept.to_json()).unwrap(), kept);
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(Value::from_json(nested(128).as_bytes()).unwrap().depth(), 128);
        assert_eq!(refused(&nested(129)).0, JsonErrorKind::TooDeep);
        assert_eq!(refused(&nested(1_000_000)).0, JsonErrorKind::TooDeep);
        assert_eq!(refused(&"{\"a\":".repeat(100_000)).0, JsonErrorKind::TooDeep);
        assert_eq!(Value::from_json_lossless(nested(256).as_bytes()).unwrap().depth(), 256);
    }

    #[test]
    fn numbers_read_back_exactly() {
        for text in ["0.1", "1e-7", "123456789.123456", "1.7976931348623157e308", "5e-324", "9007199254740993", "18446744073709551616"] {
            let exact: f64 = text.parse().unwrap();
            assert_eq!(Value::from_json(text.as_bytes()).unwrap().as_f64(), Some(exact), "{text}");
        }
    }
}
