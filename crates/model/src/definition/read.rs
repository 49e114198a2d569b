//! The quick way to read a definition: straight from text, without values for what the engine does not use, and without reasons.
//!
//! What is refused here is read again in a way that has reasons, so this may refuse anything unusual; what it takes it must take as that
//! does. Numbers that are not plainly whole and texts with escapes are left to the JSON library.

use smallvec::SmallVec;

use super::check::named;
use super::{Definition, Edge, Node};
use crate::value::short_number;
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
        Some(Map::from_entries(&mut entries))
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
            items.reserve(((self.text.len() - self.at) / 64).min(1_024));
            self.list(|reader| {
                items.push(item(reader)?);
                Some(())
            })?;
        }
        Some(items)
    }

    fn text_or_null(&mut self, into: &mut Option<Str>) -> Option<()> {
        self.space();
        *into = match self.plain_text() {
            Some(plain) => Some(plain.into()),
            None if self.is_null() => None,
            None => Some(self.text_with_escapes()?),
        };
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

    #[inline]
    fn text(&mut self) -> Option<Str> {
        self.space();
        match self.plain_text() {
            Some(plain) => Some(plain.into()),
            None => self.text_with_escapes(),
        }
    }

    #[inline(never)]
    fn text_with_escapes(&mut self) -> Option<Str> {
        let mut rest = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<String>();
        let text = rest.next()?.ok()?;
        self.at += rest.byte_offset();
        Some(text.into())
    }

    /// A text without escapes; `None` when it has any, or is none, and then nothing is read.
    #[inline]
    fn plain_text(&mut self) -> Option<&'t str> {
        let [b'"', rest @ ..] = self.text.as_bytes().get(self.at..)? else { return None };
        let length = plain_length(rest);
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        self.at = start + length + 1;
        self.text.get(start..start + length)
    }

    fn number(&mut self) -> Option<f64> {
        let rest = self.text.as_bytes().get(self.at..)?;
        match short_number(rest) {
            Some((number, length)) if !matches!(rest.get(length), Some(b'.' | b'e' | b'E')) && (length == 1 || rest[0] != b'0') => {
                self.at += length;
                Some(number)
            }
            _ => self.other_number(),
        }
    }

    #[inline(never)]
    fn other_number(&mut self) -> Option<f64> {
        let start = self.at;
        let length = self.text[start..].find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))?;
        self.at += length;
        serde_json::from_str(&self.text[start..self.at]).ok()
    }

    #[inline]
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

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        // Between most words there is none.
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_space();
        }
    }

    #[inline(never)]
    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }
}

/// How many bytes of a text come before the first that ends it or that it cannot hold as it is: a quote, a backslash, a control character.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    match bytes.first_chunk().map(|word| specials(u64::from_le_bytes(*word))) {
        None | Some(0) => longer_length(bytes),
        Some(special) => (special.trailing_zeros() / u8::BITS) as usize,
    }
}

/// The same for a text that is longer than eight bytes, or stands at the end. By itself, so that the way of the short ones stays so short
/// that it pays to have it wherever texts are read: a seventh of the instructions of reading.
#[inline(never)]
fn longer_length(bytes: &[u8]) -> usize {
    /// From here on it pays to search many bytes at a time.
    const LONG: usize = 32;
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let special = specials(u64::from_le_bytes(*word));
        if special != 0 {
            return at + (special.trailing_zeros() / u8::BITS) as usize;
        }
        at += word.len();
        if at == LONG {
            return long_length(bytes);
        }
    }
    at + bytes[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')).count()
}

/// Marks the first byte of eight that is a quote, a backslash or a control character, with its highest bit; bytes behind that may be marked
/// without being one. Looking at each byte by itself, reading takes an eighth longer.
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHEST: u64 = ONES << 7;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let control = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
    (zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | control) & HIGHEST
}

fn long_length(bytes: &[u8]) -> usize {
    let length = memchr::memchr2(b'"', b'\\', bytes).unwrap_or(bytes.len());
    // Without stopping at the first, so that many bytes are compared at a time.
    if bytes[..length].iter().fold(false, |found, byte| found | (*byte < b' ')) {
        return bytes.iter().take_while(|byte| **byte >= b' ').count();
    }
    length
}
