//! Values that are in the object store: which of them an answer holds, and where the others can be had.

use futures_util::TryStreamExt;
use serde::Serialize;
use thaiyyal_model::{ExecutionId, Form, Kept, Large, Record, Value, journal};
use thaiyyal_objects::Shelf;
use utoipa::ToSchema;

use crate::problem::Problem;

/// How many bytes of objects one answer brings back into what it shows.
const BROUGHT_BACK: u64 = 8 << 20;

/// A part of a value that is too large to be shown; in the value stands null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LargePart)]
pub(crate) struct Part {
    /// Where in the value, as a JSON pointer; empty for the whole.
    path: String,
    /// What is at `url`: `text` as it is, `array` as JSON lines, or `json`.
    kind: &'static str,
    /// Its length.
    bytes: u64,
    /// How many elements an array has.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<u64>,
    /// Its name: a hash over what it holds.
    sha256: String,
    /// Where it can be downloaded.
    url: String,
}

/// The parts of a value that are not shown with it.
pub(crate) fn parts(execution: ExecutionId, value: &Value) -> Vec<Part> {
    let part = |Kept { path, large }: Kept| {
        let sha256 = large.hash().to_string();
        Part {
            path: path.into(),
            kind: large.form().as_str(),
            bytes: large.bytes(),
            items: (large.form() == Form::Array).then(|| large.items()),
            url: format!("/api/v1/executions/{execution}/objects/{sha256}"),
            sha256,
        }
    };
    Kept::of(value).into_iter().map(part).collect()
}

/// Puts values back that were moved out of the journal, as far as an answer can hold them, none of more than `most` bytes. What cannot be
/// read now stays where it is: it is told like what is too large.
pub(crate) async fn bring_back<'a>(shelf: &Shelf, values: impl IntoIterator<Item = &'a mut Value>, most: u64) {
    let mut room = BROUGHT_BACK;
    for value in values {
        let Some(large) = moved(value).filter(|large| large.bytes() <= room.min(most)).cloned() else { continue };
        match shelf.load(&large).await {
            Ok(loaded) => {
                room -= large.bytes();
                if loaded.held_bytes() <= most {
                    *value = loaded;
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "A value could not be read from the object store"),
        }
    }
}

fn moved(value: &Value) -> Option<&Large> {
    match value {
        Value::Large(large) if large.form() == Form::Json => Some(large),
        _ => None,
    }
}

/// The values of records.
pub(crate) fn values(records: &mut [Record]) -> impl Iterator<Item = &mut Value> {
    records.iter_mut().flat_map(|record| record.kind.values_mut()).map(|(_, value)| value)
}

/// A stored final output as JSON, and what of it is not there.
pub(crate) async fn output(shelf: Option<&Shelf>, stored: Vec<u8>) -> Result<(Vec<u8>, Value), Problem> {
    if !journal::has_kept(&stored) {
        return Ok((stored, Value::Null));
    }
    let mut value = journal::decode_value(&stored).map_err(Problem::internal)?;
    if let Some(shelf) = shelf {
        bring_back(shelf, [&mut value], u64::MAX).await;
    }
    Ok((value.to_json(), value))
}

/// The content of the value of this name that the execution has; `None` when it has none.
pub(crate) fn find<'a>(values: impl Iterator<Item = &'a Value>, hash: &str) -> Option<Large> {
    values.flat_map(Value::larges).map(|(_, large)| large).find(|large| large.hash().to_string() == hash)
}

/// The content of a value, for a download.
pub(crate) fn content(shelf: &Shelf, large: Large) -> impl futures_util::Stream<Item = Result<bytes::Bytes, std::io::Error>> + use<> {
    shelf.read(large).map_err(std::io::Error::other)
}
