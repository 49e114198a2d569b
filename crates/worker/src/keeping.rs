//! Values that are too large for the journal, on their way to the object store and back.

use bytes::Bytes;
use futures_util::StreamExt;
use thaiyyal_model::{Chunk, ExecutionId, Failure, Form, Large, Object, ObjectHash, Record, TenantScope, Value};
use thaiyyal_objects::{Error, Objects, Shelf};

use crate::backoff::Backoff;

/// Where a worker keeps what is too large, and what that is.
#[derive(Clone)]
pub struct Keeping {
    /// The store.
    pub objects: Objects,
    /// A value in the journal that takes more bytes of memory than this is kept in the store instead.
    pub journal_bytes: u64,
}

/// How many objects of one execution are written at a time.
const WRITES: usize = 4;

impl Keeping {
    pub(crate) fn shelf(&self, scope: &TenantScope, execution: ExecutionId) -> Shelf {
        self.objects.of(scope, execution)
    }

    /// Takes the value's place with what stands for it when it is too large; the object that must be stored before that is written down.
    pub(crate) fn shorten(&self, value: &mut Value) -> Option<Object> {
        if value.size_bytes() <= self.journal_bytes || value.has_large() {
            return None;
        }
        let object = Object::of(value.to_json());
        let bytes = u32::try_from(object.content.len()).ok()?;
        *value = Large::new(Form::Json, vec![Chunk { hash: object.hash, bytes, items: 0 }]).into();
        Some(object)
    }

    /// The same with every value of some records.
    pub(crate) fn shorten_all(&self, records: &mut [Record], objects: &mut Vec<Object>) {
        for (_, value) in records.iter_mut().flat_map(|record| record.kind.values_mut()) {
            objects.extend(self.shorten(value));
        }
    }
}

/// Whether records have values that were shortened.
pub(crate) fn is_shortened(records: &[Record]) -> bool {
    let values = records.iter().flat_map(|record| record.kind.values()).flatten();
    values.into_iter().any(|(_, value)| shortened(value).is_some())
}

fn shortened(value: &Value) -> Option<&Large> {
    match value {
        Value::Large(large) if large.form() == Form::Json => Some(large),
        _ => None,
    }
}

/// Puts the values back that were shortened. While the store is away it is tried again, for as long as `goes_on`.
///
/// # Errors
/// When one is not there or damaged: a fault of ours. `None` when it is to stop.
pub(crate) async fn lengthen(shelf: &Shelf, records: &mut [Record], goes_on: impl Fn() -> bool) -> Option<Result<(), Failure>> {
    for (_, value) in records.iter_mut().flat_map(|record| record.kind.values_mut()) {
        let Some(large) = shortened(value).cloned() else { continue };
        match persist(|| shelf.load(&large), &goes_on).await? {
            Ok(loaded) => *value = loaded,
            Err(error) => return Some(Err(failure(&error))),
        }
    }
    Some(Ok(()))
}

/// Stores objects, each once, for as long as `goes_on`; whether they all are there.
pub(crate) async fn store(shelf: &Shelf, objects: Vec<Object>, goes_on: impl Fn() -> bool) -> bool {
    let goes_on = &goes_on;
    let writes = futures_util::stream::iter(objects).map(|object| async move {
        let put = || shelf.put(&object);
        matches!(persist(put, goes_on).await, Some(Ok(())))
    });
    writes.buffer_unordered(WRITES).all(|is_there| async move { is_there }).await
}

/// Reads an object, for as long as `goes_on`; `None` when it is to stop.
pub(crate) async fn fetch(shelf: &Shelf, hash: ObjectHash, goes_on: impl Fn() -> bool) -> Option<Result<Bytes, Failure>> {
    Some(persist(|| shelf.get(hash), &goes_on).await?.map_err(|error| failure(&error)))
}

/// Tries again while the store is away.
async fn persist<T, F: Future<Output = Result<T, Error>>>(
    attempt: impl Fn() -> F,
    goes_on: &impl Fn() -> bool,
) -> Option<Result<T, Error>> {
    let mut backoff = Backoff::for_outage();
    loop {
        match attempt().await {
            Err(Error::Unavailable(error)) => {
                if !goes_on() {
                    return None;
                }
                tracing::warn!(error = &*error as &dyn std::error::Error, "The object store cannot be used, trying again");
                tokio::time::sleep(backoff.next()).await;
            }
            answer => return Some(answer),
        }
    }
}

pub(crate) fn failure(error: &Error) -> Failure {
    let code = match error {
        Error::Missing(_) => "object_missing",
        Error::Corrupt(_) => "object_damaged",
        Error::Unavailable(_) => "internal",
    };
    Failure::new(code, error.to_string())
}
