//! Answers that are too large for memory: their text goes to the object store while it comes in.

use std::ops::RangeInclusive;

use encoding_rs::Decoder;
use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use thaiyyal_model::{Chunk, Form, Large, Object};

use super::Error;
use crate::Room;
use crate::http::media;

/// Where an answer goes that does not fit into memory.
#[derive(Debug, Clone)]
pub struct Overflow {
    /// The place for it.
    pub room: Room,
    /// The statuses of answers that go there; others are only looked at.
    pub statuses: Vec<RangeInclusive<u16>>,
}

impl Overflow {
    /// Whether this answer may go there: one that was hoped for, and that can be used in parts, which JSON cannot.
    pub(super) fn takes(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        let is_expected = self.statuses.iter().any(|range| range.contains(&status.as_u16()));
        is_expected && !headers.contains_key(CONTENT_ENCODING) && headers.contains_key(CONTENT_TYPE) && !media::is_json(headers)
    }
}

/// An answer on its way to the object store.
pub(super) struct Keeper {
    room: Room,
    decoder: Decoder,
    /// What is read of the chunk that is not stored yet.
    text: String,
    chunks: Vec<Chunk>,
    bytes: u64,
}

/// A chunk is stored when it has so many bytes.
const CHUNK: usize = 1 << 20;

impl Keeper {
    pub(super) fn new(room: Room, headers: &HeaderMap) -> Self {
        Self { room, decoder: media::encoding(headers).new_decoder(), text: String::new(), chunks: Vec::new(), bytes: 0 }
    }

    pub(super) async fn take(&mut self, mut part: &[u8]) -> Result<(), Error> {
        while !part.is_empty() {
            let (now, later) = part.split_at(part.len().min(CHUNK / 4));
            self.decode(now, false);
            part = later;
            if self.text.len() >= CHUNK {
                self.store().await?;
            }
        }
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<Large, Error> {
        self.decode(&[], true);
        self.store().await?;
        Ok(Large::new(Form::Text, self.chunks))
    }

    fn decode(&mut self, part: &[u8], is_last: bool) {
        let most = self.decoder.max_utf8_buffer_length(part.len()).unwrap_or(part.len().saturating_mul(4));
        self.text.reserve(most);
        // With room for the longest result all of it is read.
        let _ = self.decoder.decode_to_string(part, &mut self.text, is_last);
    }

    async fn store(&mut self) -> Result<(), Error> {
        if self.text.is_empty() {
            return Ok(());
        }
        let object = Object::of(std::mem::take(&mut self.text));
        let length = object.content.len();
        self.bytes = self.bytes.saturating_add(length as u64);
        if self.bytes > self.room.bytes {
            return Err(Error::TooLarge { limit: self.room.bytes });
        }
        self.room.shelf.put(&object).await.map_err(Error::Store)?;
        self.chunks.push(Chunk { hash: object.hash, bytes: u32::try_from(length).unwrap_or(u32::MAX), items: 0 });
        Ok(())
    }
}
