mod json;
mod kind;
mod large;
mod list;
mod map;
mod number;
mod serde;
mod shape;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::{Hash, Hasher};

pub use json::{JsonError, JsonErrorKind};
pub use kind::Kind;
pub use large::{Chunk, Form, Kept, Large};
pub use list::List;
pub use map::Map;
pub use number::{short_number, write_number};

use shape::{Shape, total};

/// Text inside a [`Value`]: cheap to clone, up to 15 bytes without an allocation.
pub use ecow::EcoString as Str;

/// A JSON value that workflows compute with: immutable, at most 24 bytes, cloned without copying what it holds.
///
/// Numbers are finite; code that computes must refuse anything else before it makes a value. Two values are equal when their JSON is:
/// numbers compare as numbers (`-0` equals `0`), containers deeply.
//
// The tag takes a whole word. In the layout that the compiler would choose, the seven bytes behind the tag are copied in pieces that overlap,
// and reading them back stalls the processor: a tenth of the time of going through elements.
#[repr(u64)]
#[derive(Clone, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An IEEE double, never NaN or infinite.
    Number(f64),
    /// Text.
    String(Str),
    /// An array.
    List(List),
    /// An object; keys in ascending order of their bytes.
    Map(Map),
    /// A text or array that is kept in the object store. In JSON text it is null: whoever writes JSON that is to be read back writes
    /// [`Kept`] beside it.
    Large(Large),
}

impl Value {
    /// How deep containers may nest; whoever builds a container from values that came from outside checks [`Value::depth`] against it.
    ///
    /// Dropping, comparing and printing a value recurse, so this bound is also what keeps them from exhausting the stack.
    pub const MAX_DEPTH: u32 = 128;

    /// Which of the six kinds of JSON value this is.
    #[inline]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Boolean,
            Self::Number(_) => Kind::Number,
            Self::String(_) => Kind::String,
            Self::List(_) => Kind::Array,
            Self::Map(_) => Kind::Object,
            Self::Large(large) => large.kind(),
        }
    }

    /// How deep containers nest: 0 for a scalar, 1 for a container of scalars (or of nothing). Costs nothing.
    #[inline]
    pub fn depth(&self) -> u32 {
        match self {
            Self::List(list) => list.depth(),
            Self::Map(map) => map.depth(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Large(_) => 0,
        }
    }

    /// About how many bytes of memory this value needs when nothing in it is shared. Costs nothing, whatever the value's size.
    ///
    /// A part that occurs twice counts twice, so the figure also bounds the time of walking the value and (within a factor of six, for
    /// text that is all control characters) the length of its JSON. What is kept in the object store, wholly or in part, is larger than
    /// any limit: `u64::MAX`.
    #[inline]
    pub fn size_bytes(&self) -> u64 {
        total(Shape::INLINE, Shape::behind(self))
    }

    /// The text of the value: a string as it is, numbers as `JSON.stringify` prints them, `true`, `false`, `null`, containers as compact
    /// JSON.
    pub fn text(&self) -> Str {
        match self {
            Self::String(text) => text.clone(),
            Self::Null | Self::Large(_) => Str::inline("null"),
            Self::Bool(true) => Str::inline("true"),
            Self::Bool(false) => Str::inline("false"),
            Self::Number(_) | Self::List(_) | Self::Map(_) => {
                let mut out = Str::new();
                write::write(self, &mut out);
                out
            }
        }
    }

    /// Appends [`Value::text`] to `out`.
    pub fn write_text(&self, out: &mut String) {
        match self {
            Self::String(text) => out.push_str(text),
            other => write::write(other, out),
        }
    }

    /// The text when this is a string.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number when this is a number.
    #[inline]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth value when this is a boolean.
    #[inline]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The elements when this is an array.
    #[inline]
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The members when this is an object.
    #[inline]
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The member `key` when this is an object that has it.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Whether this is `null`.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Large(a), Self::Large(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(truth) => truth.hash(state),
            // Zero has two bit patterns that are equal.
            Self::Number(number) => (number + 0.0).to_bits().hash(state),
            Self::String(text) => text.hash(state),
            Self::List(list) => list.as_slice().hash(state),
            Self::Map(map) => map.entries().hash(state),
            Self::Large(large) => Hash::hash(large, state),
        }
    }
}

/// Compact JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        write::write(self, &mut text);
        f.write_str(&text)
    }
}

/// Compact JSON: a value in a failed assertion reads as its author wrote it.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(f64::from(number))
    }
}

/// Exact up to 2^53, which no count of things in memory reaches.
impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Self::Number(count as f64)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Self::Number(count as f64)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Str> for Value {
    fn from(text: Str) -> Self {
        Self::String(text)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items.into())
    }
}

/// `None` becomes `null`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<serde_json::Value> for Value {
    fn from(value: serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(truth) => Self::Bool(truth),
            serde_json::Value::Number(number) => number.as_f64().map_or(Self::Null, Self::Number),
            serde_json::Value::String(text) => text.into(),
            serde_json::Value::Array(items) => items.into_iter().map(Self::from).collect::<List>().into(),
            serde_json::Value::Object(members) => Map::from_pairs(members).into(),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null | Value::Large(_) => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => number::whole(*number).map_or_else(|| Self::from(*number), Self::from),
            Value::String(text) => Self::from(text.as_str()),
            Value::List(list) => list.iter().map(Self::from).collect(),
            Value::Map(map) => Self::Object(map.iter().map(|(key, value)| (key.to_string(), Self::from(value))).collect()),
        }
    }
}
