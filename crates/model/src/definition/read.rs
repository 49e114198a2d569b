//! The quick way to read a definition: straight from text, without values for what the engine does not use, and without reasons.
//!
//! What is refused here is read again in a way that has reasons, so this may refuse anything unusual; what it takes it must take as that
//! does. Numbers that are not plainly whole and texts with escapes are left to the JSON library.

use smallvec::SmallVec;

use super::check::named;
use super::{Definition, Edge, Node};
use crate::{List, Map, Str, Value};

/// The definition in `text`, or `None` when anything about it is unusual.
pub(super) fn read(text: &[u8]) -> Option<Definition> {
    // U+0000 can only be written as an escape in valid JSON; text from outside must not have it.
    if memchr::memmem::find(text, b"\\u0000").is_some() {
        return None;
    }
    let mut reader = Reader { text: std::str::from_utf8(text).ok()?, at: 0 };
    let mut definition = Definition::default();
    reader.object(|reader, key| {
        match key {
            "workflow_id" => reader.text_or_null(&mut definition.workflow_id)?,
            "nodes" => definition.nodes = reader.list_or_null(Reader::node)?,
            "edges" => definition.edges = reader.list_or_null(Reader::edge)?,
            _ => reader.pass(LEVELS)?,
        }
        Some(())
    })?;
    reader.space();
    (reader.at == text.len()).then_some(definition)
}

/// How many levels of containers may open inside the members of a node: the document, a list and the node stand around them.
const LEVELS: u32 = Value::MAX_DEPTH - 3;

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn node(&mut self) -> Option<Node> {
        let (mut id, mut node_type, mut data) = (None, None, None);
        self.object(|reader, key| {
            match key {
                "id" => reader.text_or_null(&mut id)?,
                "type" => reader.text_or_null(&mut node_type)?,
                "data" => data = if reader.is_null() { None } else { Some(reader.map(LEVELS.checked_sub(1)?)?) },
                _ => reader.pass(LEVELS)?,
            }
            Some(())
        })?;
        Some(Node { id: id?, node_type: node_type.filter(|name| !name.is_empty()), data: Value::Map(data.unwrap_or_default()) })
    }

    fn edge(&mut self) -> Option<Edge> {
        let (mut source, mut target) = (None, None);
        let (mut handle, mut target_handle, mut condition) = (None, None, None);
        self.object(|reader, key| {
            match key {
                "source" => reader.text_or_null(&mut source)?,
                "target" => reader.text_or_null(&mut target)?,
                "sourceHandle" => reader.text_or_null(&mut handle)?,
                "targetHandle" => reader.text_or_null(&mut target_handle)?,
                "condition" => reader.text_or_null(&mut condition)?,
                _ => reader.pass(LEVELS)?,
            }
            Some(())
        })?;
        Some(Edge { source: source?, target: target?, source_handle: named(handle.or(condition)), target_handle: named(target_handle) })
    }

    /// A value, in which so many levels of containers may open.
    fn value(&mut self, levels: u32) -> Option<Value> {
        self.space();
        Some(match self.peek()? {
            b'"' => Value::String(self.text()?),
            b'{' => Value::Map(self.map(levels.checked_sub(1)?)?),
            b'[' => {
                let mut items = Vec::new();
                let levels = levels.checked_sub(1)?;
                self.list(|reader| {
                    items.push(reader.value(levels)?);
                    Some(())
                })?;
                Value::List(List::from(items))
            }
            b't' => self.word("true").then_some(Value::Bool(true))?,
            b'f' => self.word("false").then_some(Value::Bool(false))?,
            b'n' => self.word("null").then_some(Value::Null)?,
            _ => Value::Number(self.number()?),
        })
    }

    fn map(&mut self, levels: u32) -> Option<Map> {
        let mut entries = SmallVec::new();
        self.object(|reader, key| {
            entries.push((key.into(), reader.value(levels)?));
            Some(())
        })?;
        Some(Map::from_entries(entries))
    }

    /// Passes a value that is not kept.
    fn pass(&mut self, levels: u32) -> Option<()> {
        self.space();
        match self.peek()? {
            b'"' if self.plain_text().is_some() => Some(()),
            b'"' => self.text().map(|_| ()),
            b'{' => {
                let levels = levels.checked_sub(1)?;
                self.object(|reader, _| reader.pass(levels))
            }
            b'[' => {
                let levels = levels.checked_sub(1)?;
                self.list(|reader| reader.pass(levels))
            }
            b't' => self.word("true").then_some(()),
            b'f' => self.word("false").then_some(()),
            b'n' => self.word("null").then_some(()),
            _ => self.number().map(|_| ()),
        }
    }

    fn list_or_null<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if !self.is_null() {
            // About as many as there may be, when they are the rest of the text and short. Bounded, because a text may begin many lists.
            items.reserve(((self.text.len() - self.at) / 128).min(1_024));
            self.list(|reader| {
                items.push(item(reader)?);
                Some(())
            })?;
        }
        Some(items)
    }

    fn text_or_null(&mut self, into: &mut Option<Str>) -> Option<()> {
        *into = if self.is_null() { None } else { Some(self.text()?) };
        Some(())
    }

    /// Reads an object; `member` reads each value.
    fn object(&mut self, mut member: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Some(());
        }
        loop {
            self.space();
            // A key with escapes is unusual.
            let key = self.plain_text()?;
            self.expect(b':')?;
            member(self, key)?;
            if !self.take(b',') {
                return self.expect(b'}');
            }
        }
    }

    /// Reads an array; `item` reads each element.
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Some(());
        }
        loop {
            item(self)?;
            if !self.take(b',') {
                return self.expect(b']');
            }
        }
    }

    fn text(&mut self) -> Option<Str> {
        self.space();
        let start = self.at;
        if let Some(plain) = self.plain_text() {
            return Some(plain.into());
        }
        self.at = start;
        let mut rest = serde_json::Deserializer::from_str(&self.text[start..]).into_iter::<String>();
        let text = rest.next()?.ok()?;
        self.at = start + rest.byte_offset();
        Some(text.into())
    }

    /// A text without escapes; `None` when it has any, or is none.
    #[inline]
    fn plain_text(&mut self) -> Option<&'t str> {
        /// From here on it pays to search many bytes at a time.
        const LONG: usize = 32;
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let mut end = start;
        while end < start + LONG && !matches!(bytes.get(end)?, b'"' | b'\\' | ..b' ') {
            end += 1;
        }
        if end == start + LONG {
            end += memchr::memchr2(b'"', b'\\', bytes.get(end..)?)?;
            // Without stopping at the first, so that many bytes are compared at a time.
            if bytes[start..end].iter().fold(false, |found, byte| found | (*byte < b' ')) {
                return None;
            }
        }
        if bytes[end] != b'"' {
            return None;
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    fn number(&mut self) -> Option<f64> {
        /// As many digits as a double has for certain.
        const EXACT: usize = 15;
        let start = self.at;
        let digits = self.text.as_bytes()[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let behind = self.text.as_bytes().get(start + digits);
        let is_plain = (1..=EXACT).contains(&digits) && !matches!(behind, Some(b'.' | b'e' | b'E'));
        if is_plain && (digits == 1 || self.text.as_bytes()[start] != b'0') {
            self.at += digits;
            let whole = self.text.as_bytes()[start..self.at].iter().fold(0_u64, |whole, digit| whole * 10 + u64::from(digit - b'0'));
            return Some(whole as f64);
        }
        let length = self.text[start..].find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))?;
        self.at += length;
        serde_json::from_str(&self.text[start..self.at]).ok()
    }

    fn is_null(&mut self) -> bool {
        self.space();
        self.peek() == Some(b'n') && self.word("null")
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }
}
