//! XML as values: an element is an object of its children (several of one name are an array), `@name` are attributes, `#text` is text
//! beside them; an element with text only is that text.

use std::fmt::Display;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use thaiyyal_model::{Map, Str, Value};

use super::cell;
use crate::fault::Fault;

/// Reads a document into `{root: ...}`. Declarations of types and entities are refused.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let mut reader = Reader::from_str(text);
    let mut document = Element::new(Str::new());
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| invalid(format!("at byte {}: {error}", reader.error_position())))?;
        let current = open.last_mut().unwrap_or(&mut document);
        match event {
            Event::Start(tag) => {
                if open.len() >= Value::MAX_DEPTH as usize {
                    return Err(invalid("elements nest too deeply"));
                }
                open.push(Element::begin(&tag)?);
            }
            Event::Empty(tag) => {
                let (name, value) = Element::begin(&tag)?.end();
                current.add(name, value);
            }
            Event::End(_) => {
                if let Some(ended) = open.pop() {
                    let (name, value) = ended.end();
                    open.last_mut().unwrap_or(&mut document).add(name, value);
                }
            }
            Event::Text(text) => current.text.push_str(&text.xml10_content()),
            Event::CData(text) => current.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => current.text.push(c),
                _ => {
                    let name = reference.xml10_content();
                    let known = quick_xml::escape::resolve_predefined_entity(&name);
                    current.text.push_str(known.ok_or_else(|| invalid(format!("there is no entity &{name};")))?);
                }
            },
            Event::DocType(_) => return Err(invalid("document type declarations are not allowed")),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    if let Some(unclosed) = open.last() {
        return Err(invalid(format!("the element {} has no end", unclosed.name)));
    }
    if document.members.len() != 1 || !document.text.trim().is_empty() {
        return Err(invalid("a document has exactly one element at the top, and no text around it"));
    }
    Ok(document.end().1)
}

fn invalid(why: impl Display) -> Fault {
    Fault::new("invalid_xml", format!("this is not valid XML: {why}"))
}

struct Element {
    name: Str,
    text: String,
    /// Attributes and children, in the order of the document.
    members: Vec<(Str, Vec<Value>)>,
    positions: std::collections::HashMap<Str, usize>,
}

impl Element {
    fn new(name: Str) -> Self {
        Self { name, text: String::new(), members: Vec::new(), positions: std::collections::HashMap::new() }
    }

    fn begin(tag: &BytesStart<'_>) -> Result<Self, Fault> {
        let mut element = Self::new(tag.name().as_ref().into());
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(invalid)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(invalid)?;
            element.add(format!("@{}", attribute.key.as_ref()).into(), cell::value(&value));
        }
        Ok(element)
    }

    fn add(&mut self, name: Str, value: Value) {
        match self.positions.get(&name) {
            Some(at) => self.members[*at].1.push(value),
            None => {
                self.positions.insert(name.clone(), self.members.len());
                self.members.push((name, vec![value]));
            }
        }
    }

    fn end(mut self) -> (Str, Value) {
        if self.members.is_empty() {
            return (self.name, cell::value(&self.text));
        }
        let text = self.text.trim();
        if !text.is_empty() {
            self.members.push(("#text".into(), vec![cell::value(text)]));
        }
        let one_or_more = |mut values: Vec<Value>| if values.len() == 1 { values.remove(0) } else { values.into() };
        let members = self.members.into_iter().map(|(name, values)| (name, one_or_more(values)));
        (self.name, Map::from_pairs(members).into())
    }
}
