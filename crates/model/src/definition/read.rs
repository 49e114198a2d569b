//! The quick way to read a definition: straight from text, without values for what the engine does not use.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::check::named;
use super::{Definition, Edge, Node};
use crate::{Map, Str, Value};

/// The definition in `text`, or `None` when anything about it is unusual.
pub(super) fn read(text: &[u8]) -> Option<Definition> {
    // U+0000 can only be written as an escape in valid JSON; text from outside must not have it.
    if memchr::memmem::find(text, b"\\u0000").is_some() {
        return None;
    }
    // Text that is known to be UTF-8 as a whole is not checked again in each string.
    let mut deserializer = serde_json::Deserializer::from_str(std::str::from_utf8(text).ok()?);
    let Object(definition) = Object::<Definition>::deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    // Three levels of the document stand around the settings of a node.
    definition.nodes.iter().all(|node| node.data.depth() + 3 <= Value::MAX_DEPTH).then_some(definition)
}

/// Something that is read from a JSON object and from nothing else (derived code would take arrays too).
struct Object<T>(T);

trait FromObject: Sized {
    fn from_object<'de, A: MapAccess<'de>>(members: A) -> Result<Self, A::Error>;
}

impl<'de, T: FromObject> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: FromObject> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::from_object(members).map(Object)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum DocumentKey {
    WorkflowId,
    Nodes,
    Edges,
    #[serde(other)]
    Other,
}

impl FromObject for Definition {
    fn from_object<'de, A: MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
        let mut definition = Self::default();
        while let Some(key) = members.next_key()? {
            match key {
                DocumentKey::WorkflowId => definition.workflow_id = members.next_value()?,
                DocumentKey::Nodes => definition.nodes = objects(&mut members)?,
                DocumentKey::Edges => definition.edges = objects(&mut members)?,
                DocumentKey::Other => ignore(&mut members)?,
            }
        }
        Ok(definition)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum NodeKey {
    Id,
    Type,
    Data,
    #[serde(other)]
    Other,
}

impl FromObject for Node {
    fn from_object<'de, A: MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
        let (mut id, mut node_type, mut data) = (None, None, None);
        while let Some(key) = members.next_key()? {
            match key {
                NodeKey::Id => id = members.next_value::<Option<Str>>()?,
                NodeKey::Type => node_type = members.next_value::<Option<Str>>()?,
                NodeKey::Data => data = members.next_value::<Option<Map>>()?,
                NodeKey::Other => ignore(&mut members)?,
            }
        }
        let id = id.ok_or_else(|| serde::de::Error::missing_field("id"))?;
        Ok(Self { id, node_type: node_type.filter(|name| !name.is_empty()), data: Value::Map(data.unwrap_or_default()) })
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum EdgeKey {
    Source,
    Target,
    SourceHandle,
    TargetHandle,
    Condition,
    #[serde(other)]
    Other,
}

impl FromObject for Edge {
    fn from_object<'de, A: MapAccess<'de>>(mut members: A) -> Result<Self, A::Error> {
        let (mut source, mut target) = (None::<Str>, None::<Str>);
        let (mut handle, mut target_handle, mut condition) = (None::<Str>, None::<Str>, None::<Str>);
        while let Some(key) = members.next_key()? {
            match key {
                EdgeKey::Source => source = members.next_value()?,
                EdgeKey::Target => target = members.next_value()?,
                EdgeKey::SourceHandle => handle = members.next_value()?,
                EdgeKey::TargetHandle => target_handle = members.next_value()?,
                EdgeKey::Condition => condition = members.next_value()?,
                EdgeKey::Other => ignore(&mut members)?,
            }
        }
        let (Some(source), Some(target)) = (source, target) else { return Err(serde::de::Error::missing_field("source or target")) };
        Ok(Self { source, target, source_handle: named(handle.or(condition)), target_handle: named(target_handle) })
    }
}

fn objects<'de, T: FromObject, A: MapAccess<'de>>(members: &mut A) -> Result<Vec<T>, A::Error> {
    let objects: Option<Vec<Object<T>>> = members.next_value()?;
    Ok(objects.unwrap_or_default().into_iter().map(|Object(own)| own).collect())
}

fn ignore<'de, A: MapAccess<'de>>(members: &mut A) -> Result<(), A::Error> {
    members.next_value::<Skipped>().map(|_| ())
}

/// A value that is not kept, but counts its levels like any other: serde's own way of ignoring goes to any depth, and the document is
/// read again by others.
struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SkippedVisitor)
    }
}

struct SkippedVisitor;

impl<'de> Visitor<'de> for SkippedVisitor {
    type Value = Skipped;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_str<E>(self, _: &str) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_unit<E>(self) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Skipped, A::Error> {
        while elements.next_element::<Skipped>()?.is_some() {}
        Ok(Skipped)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Skipped, A::Error> {
        while members.next_key::<IgnoredAny>()?.is_some() {
            members.next_value::<Skipped>()?;
        }
        Ok(Skipped)
    }
}
