//! Reading and writing values in the object store, a chunk at a time.

use bytes::Bytes;
use thaiyyal_model::{Chunk, Form, Large, Limits, ObjectHash, Value};

use crate::fault::Fault;
use crate::node::Run;

/// A chunk is closed when it has so many bytes, or as many as a value may take.
const CHUNK: u64 = 1 << 20;

/// An array on its way to the object store.
#[derive(Debug, Default)]
pub(super) struct Written {
    chunks: Vec<Chunk>,
    /// The lines of the chunk that is not closed yet, and how many.
    open: Vec<u8>,
    items: u32,
    len: usize,
}

impl Written {
    pub(super) fn push(&mut self, value: &Value, run: &mut Run<'_>) -> Result<(), Fault> {
        if value.size_bytes() > run.limits.max_value_bytes {
            let most = run.limits.max_value_bytes;
            let message = format!("an element of a list may take {most} bytes, and one would take {}", value.size_bytes());
            return Err(Fault::limit("value_too_large", "max_value_bytes", most, message));
        }
        let before = self.open.len();
        value.write_json(&mut self.open);
        self.open.push(b'\n');
        run.spend((self.open.len() - before) as u64 / BYTES_PER_FUEL);
        self.items += 1;
        self.len += 1;
        if self.open.len() as u64 >= CHUNK.min(run.limits.max_value_bytes) { self.close(run) } else { Ok(()) }
    }

    fn close(&mut self, run: &mut Run<'_>) -> Result<(), Fault> {
        let content = std::mem::take(&mut self.open);
        let bytes = u32::try_from(content.len())
            .map_err(|_| Fault::limit("value_too_large", "max_value_bytes", u32::MAX, "an element of a list would take more than 4 GiB"))?;
        // The hash reads every byte once more.
        run.spend(u64::from(bytes) / BYTES_PER_FUEL);
        let hash = run.depot.keep(content, run.limits)?;
        self.chunks.push(Chunk { hash, bytes, items: std::mem::take(&mut self.items) });
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn into_value(mut self, run: &mut Run<'_>) -> Result<Value, Fault> {
        if !self.open.is_empty() {
            self.close(run)?;
        }
        Ok(Large::new(Form::Array, self.chunks).into())
    }
}

/// A text that is written from its beginning to its end, and goes to the object store once it does not fit into memory.
#[derive(Debug, Default)]
pub(super) struct WrittenText {
    chunks: Vec<Chunk>,
    /// What is not in one of the chunks.
    open: String,
}

impl WrittenText {
    /// Room to write some more; whoever has done so calls [`WrittenText::settle`].
    pub(super) fn open(&mut self) -> &mut String {
        &mut self.open
    }

    /// Moves what does not fit to the object store.
    pub(super) fn settle(&mut self, run: &mut Run<'_>) -> Result<(), Fault> {
        let limits = run.limits;
        let chunk = CHUNK.min(limits.max_value_bytes);
        let most = if self.chunks.is_empty() { in_memory(limits) } else { chunk };
        if self.open.len() as u64 <= most {
            return Ok(());
        }
        if limits.max_stored_bytes == 0 {
            let most = limits.max_value_bytes;
            let message = format!("a value may take {most} bytes, and this text would take more");
            return Err(Fault::limit("value_too_large", "max_value_bytes", most, message));
        }
        let text = std::mem::take(&mut self.open);
        let mut rest = text.as_str();
        while rest.len() as u64 >= chunk {
            let (part, behind) = rest.split_at(rest.floor_char_boundary(usize::try_from(chunk).unwrap_or(usize::MAX).max(4)));
            self.close(part, run)?;
            rest = behind;
        }
        self.open = rest.to_owned();
        Ok(())
    }

    fn close(&mut self, part: &str, run: &mut Run<'_>) -> Result<(), Fault> {
        let too_long = |_| Fault::limit("value_too_large", "max_value_bytes", u32::MAX, "a part of a text would take more than 4 GiB");
        let bytes = u32::try_from(part.len()).map_err(too_long)?;
        run.spend(u64::from(bytes) / BYTES_PER_FUEL);
        let hash = run.depot.keep(part.as_bytes().to_vec(), run.limits)?;
        self.chunks.push(Chunk { hash, bytes, items: 0 });
        Ok(())
    }

    pub(super) fn into_value(mut self, run: &mut Run<'_>) -> Result<Value, Fault> {
        if self.chunks.is_empty() {
            return Ok(self.open.into());
        }
        let rest = std::mem::take(&mut self.open);
        if !rest.is_empty() {
            self.close(&rest, run)?;
        }
        Ok(Large::new(Form::Text, self.chunks).into())
    }
}

/// How large a list or text may grow in memory: where it can go elsewhere, the rest of the value that it is part of still finds room beside
/// it.
pub(super) fn in_memory(limits: &Limits) -> u64 {
    let beside = if limits.max_stored_bytes == 0 { 0 } else { limits.max_value_bytes / 8 };
    limits.max_value_bytes - beside
}

/// Bytes that are written in the time of one step of fuel.
const BYTES_PER_FUEL: u64 = 8;

/// The lines of a value in the object store, one after the other.
pub(super) struct Lines {
    parts: Parts,
    /// What is here, and where the next line begins in it.
    content: Bytes,
    at: usize,
}

/// What comes next.
pub(super) enum Next {
    /// A line, without its end.
    Line(Bytes),
    /// The object with what comes next, to be given to `take`.
    Fetch(ObjectHash),
    End,
}

impl Lines {
    pub(super) fn new(large: Large) -> Self {
        Self::from(large, 0).0
    }

    /// Those of a text in memory.
    pub(super) fn of(content: Bytes) -> Self {
        Self { parts: Parts::new(Large::new(Form::Text, Vec::new())), content, at: 0 }
    }

    /// Those of an array from the chunk on that has element `from` in it, and the number of its first element.
    pub(super) fn from(large: Large, from: usize) -> (Self, usize) {
        let mut parts = Parts { large, next: 0 };
        let mut first = 0;
        while let Some(chunk) = parts.large.chunks().get(parts.next)
            && chunk.items > 0
            && first + chunk.items as usize <= from
        {
            first += chunk.items as usize;
            parts.next += 1;
        }
        (Self { parts, content: Bytes::new(), at: 0 }, first)
    }

    pub(super) fn take(&mut self, content: Bytes) {
        let rest = self.content.slice(self.at..);
        self.content = if rest.is_empty() { content } else { [rest, content].concat().into() };
        self.at = 0;
    }

    pub(super) fn next(&mut self, limits: &Limits) -> Result<Next, Fault> {
        let rest = self.content.slice(self.at..);
        let end = match memchr::memchr(b'\n', &rest) {
            Some(end) => end,
            None => match self.parts.next() {
                Some(_) if rest.len() as u64 > limits.max_value_bytes => return Err(too_long(limits)),
                Some(hash) => return Ok(Next::Fetch(hash)),
                None if rest.is_empty() => return Ok(Next::End),
                None => rest.len(),
            },
        };
        self.at = (self.at + end + 1).min(self.content.len());
        Ok(Next::Line(rest.slice(..end)))
    }
}

/// A line or record that is not read on, because it does not end.
pub(super) fn too_long(limits: &Limits) -> Fault {
    let most = limits.max_value_bytes;
    Fault::limit("value_too_large", "max_value_bytes", most, format!("a line or record may have {most} bytes, and one has more"))
}

/// The chunks of a value, in order.
pub(super) struct Parts {
    pub(super) large: Large,
    next: usize,
}

impl Parts {
    pub(super) fn new(large: Large) -> Self {
        Self { large, next: 0 }
    }

    /// The object with the next one, which counts as read.
    pub(super) fn next(&mut self) -> Option<ObjectHash> {
        let chunk = self.large.chunks().get(self.next)?;
        self.next += 1;
        Some(chunk.hash)
    }
}
