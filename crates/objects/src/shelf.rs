use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use thaiyyal_model::{Chunk, Large, Object, ObjectHash, Value};

use crate::Error;

/// The objects of one execution. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Shelf {
    store: Arc<dyn ObjectStore>,
    path: Path,
}

impl Shelf {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path }
    }

    fn place(&self, hash: ObjectHash) -> Path {
        self.path.clone().join(hash.to_string())
    }

    /// Stores an object. When this returns it is there for good; putting it again changes nothing, so a write whose answer was lost may be
    /// repeated, and what a crash leaves behind does no harm.
    ///
    /// # Errors
    /// When the store cannot be used; it may have been stored all the same.
    pub async fn put(&self, object: &Object) -> Result<(), Error> {
        self.store.put(&self.place(object.hash), object.content.clone().into()).await.map_err(unavailable)?;
        Ok(())
    }

    /// What the object of this name holds.
    ///
    /// # Errors
    /// When it is not there, is damaged, or the store cannot be used.
    pub async fn get(&self, hash: ObjectHash) -> Result<Bytes, Error> {
        let found = match self.store.get(&self.place(hash)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(Error::Missing(hash)),
            Err(error) => return Err(unavailable(error)),
        };
        let content = found.bytes().await.map_err(unavailable)?;
        if ObjectHash::of(&content) == hash { Ok(content) } else { Err(Error::Corrupt(hash)) }
    }

    /// Whether there is an object of this name.
    ///
    /// # Errors
    /// When the store cannot be used.
    pub async fn exists(&self, hash: ObjectHash) -> Result<bool, Error> {
        match self.store.head(&self.place(hash)).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Deletes every object of the execution; how many there were. What is put meanwhile may stay.
    ///
    /// # Errors
    /// When the store cannot be used; some may be deleted by then.
    pub async fn delete_all(&self) -> Result<usize, Error> {
        let places = self.store.list(Some(&self.path)).map_ok(|found| found.location).boxed();
        self.store.delete_stream(places).try_fold(0, |count, _| async move { Ok(count + 1) }).await.map_err(unavailable)
    }

    /// The content of a large value, chunk by chunk, of which one is in memory at a time.
    pub fn read(&self, large: Large) -> BoxStream<'static, Result<Bytes, Error>> {
        let shelf = self.clone();
        futures_util::stream::try_unfold(0, move |at| {
            let (shelf, chunk) = (shelf.clone(), large.chunks().get(at).copied());
            async move {
                let Some(Chunk { hash, .. }) = chunk else { return Ok(None) };
                Ok(Some((shelf.get(hash).await?, at + 1)))
            }
        })
        .boxed()
    }

    /// A value that was moved out of the journal ([`Form::Json`](thaiyyal_model::Form::Json)).
    ///
    /// # Errors
    /// When a part of it is missing or no JSON, or the store cannot be used.
    pub async fn load(&self, large: &Large) -> Result<Value, Error> {
        let parts: Vec<Bytes> = self.read(large.clone()).try_collect().await?;
        Value::from_json_lossless(&parts.concat()).map_err(|_| Error::Corrupt(large.hash()))
    }
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(error.into())
}
