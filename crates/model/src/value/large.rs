use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Kind, List, Str, Value};
use crate::ObjectHash;

/// A value that is kept in the object store, and that stands here for what is there: immutable, small, cheap to clone.
///
/// Its content is that of its chunks, one after the other. No chunk of a text ends inside a character, none of an array inside an element.
#[derive(Clone)]
pub struct Large(Arc<Inner>);

struct Inner {
    form: Form,
    bytes: u64,
    items: u64,
    chunks: Box<[Chunk]>,
}

/// How the content is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A text, as it is.
    Text,
    /// An array: JSON, one element a line.
    Array,
    /// One JSON document: a value that was moved out of the journal, and is put back before anything computes with it.
    Json,
}

impl Form {
    /// `text`, `array` or `json`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Array => "array",
            Self::Json => "json",
        }
    }
}

/// A part of the content, which is an object of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chunk {
    /// The object.
    pub hash: ObjectHash,
    /// Its length.
    pub bytes: u32,
    /// How many elements it has; 0 unless it is part of an array.
    pub items: u32,
}

impl Large {
    /// The value with these chunks.
    #[must_use]
    pub fn new(form: Form, chunks: Vec<Chunk>) -> Self {
        let bytes = chunks.iter().map(|chunk| u64::from(chunk.bytes)).sum();
        let items = chunks.iter().map(|chunk| u64::from(chunk.items)).sum();
        Self(Arc::new(Inner { form, bytes, items, chunks: chunks.into() }))
    }

    /// How the content is to be read.
    #[must_use]
    pub fn form(&self) -> Form {
        self.0.form
    }

    /// Bytes of content.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes
    }

    /// How many elements an array has; 0 of other forms.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.0.items
    }

    /// The parts of the content, in order.
    #[must_use]
    pub fn chunks(&self) -> &[Chunk] {
        &self.0.chunks
    }

    /// Its name: the hash over all chunks.
    #[must_use]
    pub fn hash(&self) -> ObjectHash {
        ObjectHash::of_parts(self.0.chunks.iter().map(|chunk| chunk.hash))
    }

    pub(super) fn kind(&self) -> Kind {
        match self.0.form {
            Form::Text => Kind::String,
            Form::Array => Kind::Array,
            Form::Json => Kind::Object,
        }
    }
}

impl PartialEq for Large {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.form == other.0.form && self.0.chunks == other.0.chunks)
    }
}

impl Eq for Large {}

impl Hash for Large {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.form.hash(state);
        self.0.chunks.hash(state);
    }
}

impl fmt::Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes in {} chunks", self.form().as_str(), self.bytes(), self.chunks().len())
    }
}

impl From<Large> for Value {
    fn from(large: Large) -> Self {
        Self::Large(large)
    }
}

impl Value {
    /// Whether a part of it (or all) is kept in the object store. Costs nothing when none is.
    #[must_use]
    #[inline]
    pub fn has_large(&self) -> bool {
        // Sizes that are too large to count stop just before it.
        self.size_bytes() == u64::MAX
    }

    /// The parts that are kept in the object store, with the JSON pointer (RFC 6901) of each; no more than a value
    /// may have.
    #[must_use]
    pub fn larges(&self) -> Vec<(String, Large)> {
        let mut found = Vec::new();
        collect(self, &mut String::new(), &mut found);
        found
    }

    /// This value with the part at a JSON pointer replaced; as it is when there is no such part.
    #[must_use]
    pub fn replaced(&self, pointer: &str, part: Self) -> Self {
        let Some(rest) = pointer.strip_prefix('/') else {
            return if pointer.is_empty() { part } else { self.clone() };
        };
        let (token, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        match self {
            Self::Map(map) => {
                let key = unescaped(token);
                map.get(&key).map_or_else(|| self.clone(), |member| map.with(key.as_str(), member.replaced(rest, part)).into())
            }
            Self::List(list) => match token.parse::<usize>().ok().filter(|at| *at < list.len()) {
                None => self.clone(),
                Some(at) => {
                    let items = list.iter().enumerate();
                    items
                        .map(|(own, item)| if own == at { item.replaced(rest, part.clone()) } else { item.clone() })
                        .collect::<List>()
                        .into()
                }
            },
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) | Self::Large(_) => self.clone(),
        }
    }

    /// Bytes of memory as [`Value::size_bytes`] counts them, with nothing for what is kept in the object store.
    #[must_use]
    #[inline]
    pub fn held_bytes(&self) -> u64 {
        if self.has_large() { held(self, &mut 0) } else { self.size_bytes() }
    }
}

/// A value with more parts in the object store than this is larger than any limit, for it could be made to take forever to walk.
const MOST_PARTS: usize = 1_000;

fn held(value: &Value, parts: &mut usize) -> u64 {
    if !value.has_large() {
        return value.size_bytes();
    }
    if *parts > MOST_PARTS {
        return u64::MAX;
    }
    let inside: u64 = match value {
        Value::Map(map) => {
            map.iter().fold(0, |sum: u64, (key, value)| sum.saturating_add(key.len() as u64).saturating_add(held(value, parts)))
        }
        Value::List(list) => list.iter().fold(0, |sum: u64, value| sum.saturating_add(held(value, parts))),
        Value::Large(large) => {
            *parts += 1;
            size_of_val(large.chunks()) as u64
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    inside.saturating_add(size_of::<Value>() as u64)
}

fn collect(value: &Value, pointer: &mut String, found: &mut Vec<(String, Large)>) {
    if !value.has_large() || found.len() > MOST_PARTS {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Large(large) => found.push((pointer.clone(), large.clone())),
        Value::Map(map) => {
            for (key, member) in map.iter() {
                pointer.push('/');
                pointer.push_str(&key.replace("~", "~0").replace("/", "~1"));
                collect(member, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::List(list) => {
            for (at, item) in list.iter().enumerate() {
                pointer.push_str(&format!("/{at}"));
                collect(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// How one is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    form: Form,
    /// `hash:bytes`, for an array `hash:bytes:elements`.
    chunks: Vec<String>,
}

impl Serialize for Large {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = self.form();
        let chunk = |chunk: &Chunk| match form {
            Form::Array => format!("{}:{}:{}", chunk.hash, chunk.bytes, chunk.items),
            Form::Text | Form::Json => format!("{}:{}", chunk.hash, chunk.bytes),
        };
        Written { form, chunks: self.chunks().iter().map(chunk).collect() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Large {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Written { form, chunks } = Written::deserialize(deserializer)?;
        let chunks = chunks.iter().map(|text| {
            let mut parts = text.split(':');
            let hash = parts.next()?.parse().ok()?;
            let bytes = parts.next()?.parse().ok()?;
            let items = parts.next().map_or(Some(0), |items| items.parse().ok())?;
            Some(Chunk { hash, bytes, items })
        });
        let chunks: Option<Vec<Chunk>> = chunks.collect();
        chunks
            .map(|chunks| Self::new(form, chunks))
            .ok_or_else(|| serde::de::Error::custom("a chunk is not written as hash:bytes:elements"))
    }
}

/// A part of a value that is kept in the object store, and where it belongs: what a text that cannot hold it says beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The JSON pointer of its place, where the text has null.
    pub path: Str,
    /// What belongs there.
    #[serde(flatten)]
    pub large: Large,
}

impl Kept {
    /// All of a value's.
    #[must_use]
    pub fn of(value: &Value) -> Vec<Self> {
        value.larges().into_iter().map(|(path, large)| Self { path: path.into(), large }).collect()
    }

    /// Puts them back where they belong.
    #[must_use]
    pub fn restore(kept: Vec<Self>, value: Value) -> Value {
        kept.into_iter().fold(value, |value, kept| value.replaced(&kept.path, kept.large.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Map;

    fn large() -> Large {
        let chunk = |content: &[u8], items| Chunk { hash: ObjectHash::of(content), bytes: 3, items };
        Large::new(Form::Array, vec![chunk(b"1\n2", 2), chunk(b"[3]", 1)])
    }

    fn around() -> Value {
        let inner = Value::from(vec![Value::from(1), large().into()]);
        Map::from_pairs([("a/b~", inner), ("n", Value::from(2))]).into()
    }

    #[test]
    fn a_value_is_at_most_24_bytes() {
        assert_eq!(size_of::<Value>(), 24);
    }

    #[test]
    fn parts_in_the_object_store_are_found_and_put_back() {
        let value = around();
        assert!(value.has_large() && !Value::from(1).has_large());
        assert_eq!(value.to_string(), r#"{"a/b~":[1,null],"n":2}"#);
        let kept = Kept::of(&value);
        assert_eq!(kept[0].path, "/a~1b~0/1");
        let json = serde_json::to_vec(&kept).unwrap();
        let read: Vec<Kept> = serde_json::from_slice(&json).unwrap();
        assert_eq!(Kept::restore(read, Value::from_json(value.to_string().as_bytes()).unwrap()), value);
    }

    #[test]
    fn what_is_not_held_is_larger_than_any_limit_and_takes_little_memory() {
        let value = around();
        assert_eq!(value.size_bytes(), u64::MAX);
        assert!(value.held_bytes() < 1_000, "{}", value.held_bytes());
        assert_eq!(Value::from("x").held_bytes(), Value::from("x").size_bytes());
    }

    #[test]
    fn what_is_shared_too_often_to_be_walked_is_larger_than_any_limit() {
        let doubled = |value: Value| (0..100).fold(value, |value, _| Value::from(vec![value.clone(), value]));
        let of_large = doubled(large().into());
        assert!(of_large.has_large());
        assert_eq!((of_large.held_bytes(), of_large.larges().len()), (u64::MAX, MOST_PARTS + 1));
        let in_memory = doubled(Value::from(1));
        assert!(!in_memory.has_large());
        assert_eq!(in_memory.held_bytes(), u64::MAX - 1);
    }

    #[test]
    fn a_pointer_to_nothing_replaces_nothing() {
        let value = Value::from_json(br#"{"a":[1,{"b":2}]}"#).unwrap();
        for (pointer, expected) in [
            ("/a/1/b", r#"{"a":[1,{"b":9}]}"#),
            ("", "9"),
            ("/x", r#"{"a":[1,{"b":2}]}"#),
            ("/a/7", r#"{"a":[1,{"b":2}]}"#),
            ("a", r#"{"a":[1,{"b":2}]}"#),
            ("/a/0/c", r#"{"a":[1,{"b":2}]}"#),
        ] {
            assert_eq!(value.replaced(pointer, Value::from(9)).to_string(), expected, "{pointer}");
        }
    }
}
