use serde::Deserialize;

use super::Record;

/// Segments below this many bytes of JSON are stored as they are.
const WORTH_COMPRESSING: usize = 1 << 10;
/// The first byte of a compressed segment; JSON never begins with it.
const COMPRESSED: u8 = 1;
/// A block of LZ4 never grows by more than this when it is read.
const LARGEST_RATIO: usize = 256;

/// The bytes in which records are stored: a JSON array, compressed when it is longer than 1 KiB. The first byte tells which.
pub fn encode(records: &[Record]) -> Vec<u8> {
    let json = serde_json::to_vec(records).expect("records have string keys and finite numbers");
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

/// The records in bytes that [`encode`] made.
pub fn decode(bytes: &[u8]) -> Result<Vec<Record>, DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((&COMPRESSED, rest)) => read(&decompress(rest)?),
        Some(_) => read(bytes),
    }
}

fn read(json: &[u8]) -> Result<Vec<Record>, DecodeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    // Values count their own levels, and may nest deeper than this limit.
    deserializer.disable_recursion_limit();
    let records = Vec::deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(records)
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
}
