use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{Record, RecordKind};
use crate::{JsonError, Kept, Limits, Str, Value};

/// Segments below this many bytes of JSON are stored as they are.
const WORTH_COMPRESSING: usize = 1 << 10;
/// The first byte of a compressed segment; JSON never begins with it.
const COMPRESSED: u8 = 1;
/// A block of LZ4 never grows by more than this when it is read.
const LARGEST_RATIO: usize = 256;

/// The first byte of a stored value of which a part is in the object store; JSON never begins with it.
const WITH_KEPT: u8 = 2;

/// Records with what is kept in the object store, and in the first segment of an execution the limits under which it runs. Without either
/// the records stand alone: an array, not an object.
#[derive(Serialize, Deserialize)]
struct Segment<'a> {
    records: Cow<'a, [Record]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    kept: Vec<KeptField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<Cow<'a, Limits>>,
}

/// What a segment holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The records, in order.
    pub records: Vec<Record>,
    /// The limits under which the execution runs, in its first segment. They hold until its end, whatever is changed meanwhile: computing
    /// it again must give the same.
    pub limits: Option<Limits>,
}

/// A part of one of a record's values.
#[derive(Serialize, Deserialize)]
struct KeptField {
    /// The record's place in the segment.
    record: usize,
    /// `input`, `output` or `answer`.
    field: Str,
    #[serde(flatten)]
    kept: Kept,
}

/// The bytes in which records are stored: JSON, compressed when it is longer than 1 KiB. The first byte tells which. What a value keeps in
/// the object store stands beside the records, so that no value of a user can be mistaken for it.
///
/// `limits` are those under which the execution runs; its first segment has to tell them.
pub fn encode(records: &[Record], limits: Option<&Limits>) -> Vec<u8> {
    let kept = kept_fields(records);
    let json = if kept.is_empty() && limits.is_none() {
        serde_json::to_vec(records)
    } else {
        serde_json::to_vec(&Segment { records: Cow::Borrowed(records), kept, limits: limits.map(Cow::Borrowed) })
    };
    let json = json.expect("records have string keys and finite numbers");
    if json.len() < WORTH_COMPRESSING {
        return json;
    }
    let length = u32::try_from(json.len()).unwrap_or(0);
    let compressed = lz4_flex::block::compress(&json);
    if length == 0 || compressed.len() + 5 >= json.len() {
        return json;
    }
    let mut bytes = Vec::with_capacity(compressed.len() + 5);
    bytes.push(COMPRESSED);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&compressed);
    bytes
}

/// What is in bytes that [`encode`] made.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((&COMPRESSED, rest)) => read(&decompress(rest)?),
        Some(_) => read(bytes),
    }
}

fn read(json: &[u8]) -> Result<Decoded, DecodeError> {
    if json.first() != Some(&b'{') {
        return Ok(Decoded { records: document(json)?, limits: None });
    }
    let Segment { records, kept, limits } = document(json)?;
    let mut records = records.into_owned();
    for KeptField { record, field, kept } in kept {
        let fields = records.get_mut(record).map(|record| record.kind.values_mut()).unwrap_or_default();
        let (_, value) = fields.into_iter().find(|(name, _)| *name == field).ok_or(DecodeError::Kept)?;
        *value = Kept::restore(vec![kept], std::mem::take(value));
    }
    Ok(Decoded { records, limits: limits.map(Cow::into_owned) })
}

fn document<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    // Values count their own levels, and may nest deeper than this limit.
    deserializer.disable_recursion_limit();
    let document = T::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(document)
}

fn kept_fields(records: &[Record]) -> Vec<KeptField> {
    let mut fields = Vec::new();
    for (record, Record { kind, .. }) in records.iter().enumerate() {
        for (field, value) in kind.values().into_iter().flatten() {
            let kept = Kept::of(value).into_iter();
            fields.extend(kept.map(|kept| KeptField { record, field: field.into(), kept }));
        }
    }
    fields
}

impl RecordKind {
    /// Its values, by the names of their fields.
    pub fn values(&self) -> [Option<(&'static str, &Value)>; 2] {
        match self {
            Self::Started { input } => [input.as_ref().map(|input| ("input", input)), None],
            Self::Waiting { .. } => [None, None],
            Self::Ended { output, answer, .. } => {
                [output.as_ref().map(|output| ("output", output)), answer.as_ref().map(|answer| ("answer", answer))]
            }
        }
    }

    /// Its values, to be changed, by the names of their fields.
    pub fn values_mut(&mut self) -> Vec<(&'static str, &mut Value)> {
        match self {
            Self::Started { input } => input.as_mut().map(|input| ("input", input)).into_iter().collect(),
            Self::Waiting { .. } => Vec::new(),
            Self::Ended { output, answer, .. } => {
                let output = output.as_mut().map(|output| ("output", output));
                output.into_iter().chain(answer.as_mut().map(|answer| ("answer", answer))).collect()
            }
        }
    }
}

/// A value and what it keeps in the object store.
#[derive(Serialize, Deserialize)]
struct WithKept<'a> {
    value: Cow<'a, Value>,
    kept: Vec<Kept>,
}

/// The bytes in which a single value is stored: its JSON, or a mark and the JSON of the value with what it keeps in the object store.
pub fn encode_value(value: &Value) -> Vec<u8> {
    if !value.has_large() {
        return value.to_json();
    }
    let mut bytes = vec![WITH_KEPT];
    let stored = WithKept { value: Cow::Borrowed(value), kept: Kept::of(value) };
    serde_json::to_writer(&mut bytes, &stored).expect("values have string keys and finite numbers");
    bytes
}

/// The value in bytes that [`encode_value`] made.
pub fn decode_value(bytes: &[u8]) -> Result<Value, DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((&WITH_KEPT, json)) => {
            let WithKept { value, kept } = document(json)?;
            Ok(Kept::restore(kept, value.into_owned()))
        }
        Some(_) => Ok(Value::from_json_lossless(bytes)?),
    }
}

/// Whether a stored value keeps parts in the object store, so that its bytes are not its JSON.
pub fn has_kept(stored: &[u8]) -> bool {
    stored.first() == Some(&WITH_KEPT)
}

fn decompress(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (length, block) = bytes.split_first_chunk::<4>().ok_or(DecodeError::Empty)?;
    let length = u32::from_le_bytes(*length) as usize;
    // The length is believed only as far as a block of this size can grow.
    if length > block.len().saturating_mul(LARGEST_RATIO) {
        return Err(DecodeError::Length);
    }
    let json = lz4_flex::block::decompress(block, length)?;
    if json.len() == length { Ok(json) } else { Err(DecodeError::Length) }
}

/// Bytes that are no segment of a journal: a bug or damage, never the user's fault.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// There is nothing, or less than a compressed segment begins with.
    #[error("the segment is cut off")]
    Empty,
    /// The compressed block does not give what its length announces.
    #[error("the segment has another length than it says")]
    Length,
    /// The compressed block is damaged.
    #[error("the segment cannot be decompressed")]
    Compression(#[from] lz4_flex::block::DecompressError),
    /// The JSON does not hold records.
    #[error("the segment does not hold records")]
    Json(#[from] serde_json::Error),
    /// The JSON is no value.
    #[error("the stored value cannot be read")]
    Value(#[from] JsonError),
    /// Something in the object store belongs to a record that is not there.
    #[error("the segment keeps a part of a value that it does not have")]
    Kept,
}
