//! Where values live that are too large for memory or the journal: objects, named by the hash of what they hold.
//!
//! Owns: names and paths of objects, and the stores they can be in: a folder, an S3-compatible service, memory. Every object belongs to one
//! execution of one tenant, and is reached through a [`Shelf`] for which a scope was shown. Must not know: what the objects mean.

#[cfg(feature = "conformance")]
pub mod conformance;
mod settings;
mod shelf;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use secrecy::ExposeSecret;
use thaiyyal_model::{ExecutionId, ObjectHash, TenantScope};
use url::Url;

pub use settings::Settings;
pub use shelf::Shelf;

/// A store of objects. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// In front of every path.
    prefix: object_store::path::Path,
}

/// Why something was not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store cannot be reached, is overloaded, or refuses: trying again later may work.
    #[error("the object store cannot be used")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An object does not hold what its name says: damage.
    #[error("object {0} does not hold what was stored")]
    Corrupt(ObjectHash),
    /// There is no such object: it was deleted by somebody else, or the store is another one than it was.
    #[error("object {0} is not in the object store")]
    Missing(ObjectHash),
}

/// Settings with which no store can be opened.
#[derive(Debug, thiserror::Error)]
pub enum Invalid {
    /// The address names no kind of store that there is.
    #[error("objects.url {0:?} must be file:///folder or s3://bucket/prefix")]
    Url(String),
    /// The folder cannot be made or used.
    #[error("the folder {folder} for objects cannot be used")]
    Folder {
        /// Which folder.
        folder: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The service cannot be used with these settings.
    #[error("the S3 settings in objects are wrong")]
    S3(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How long one request to a service may take.
const REQUEST: Duration = Duration::from_secs(30);
/// Tries after the first, within one request of ours; callers try again for as long as it makes sense to them.
const RETRIES: usize = 2;

impl Objects {
    /// The store that the settings name; none when they name none.
    ///
    /// # Errors
    /// When the settings are wrong, or the folder cannot be used. Whether a service answers shows with the first object.
    pub fn open(settings: &Settings) -> Result<Option<Self>, Invalid> {
        if settings.url.is_empty() {
            return Ok(None);
        }
        let wrong = || Invalid::Url(settings.url.clone());
        let url = Url::parse(&settings.url).map_err(|_| wrong())?;
        match url.scheme() {
            "file" => Self::folder(&url.to_file_path().map_err(|()| wrong())?).map(Some),
            "s3" => Self::s3(settings, &url).map(Some),
            _ => Err(wrong()),
        }
    }

    /// A folder of this machine, made when it is not there. What was put is on the disk before `put` returns.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn folder(folder: &Path) -> Result<Self, Invalid> {
        use std::os::unix::fs::DirBuilderExt;
        let unusable = |source: Box<dyn std::error::Error + Send + Sync>| Invalid::Folder { folder: folder.display().to_string(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| unusable(error.into()))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| unusable(error.into()))?;
        let store = store.with_fsync(true).with_automatic_cleanup(true);
        Ok(Self { store: Arc::new(store), prefix: object_store::path::Path::default() })
    }

    /// The memory of this process; for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), prefix: object_store::path::Path::default() }
    }

    fn s3(settings: &Settings, url: &Url) -> Result<Self, Invalid> {
        let bucket = url.host_str().filter(|bucket| !bucket.is_empty()).ok_or_else(|| Invalid::Url(settings.url.clone()))?;
        // The client takes the provider of the process; whoever came first has installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let backoff = BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&settings.region)
            .with_client_options(ClientOptions::new().with_timeout(REQUEST).with_allow_http(settings.allow_http))
            .with_retry(RetryConfig { backoff, max_retries: RETRIES, retry_timeout: REQUEST });
        if !settings.endpoint.is_empty() {
            builder = builder.with_endpoint(settings.endpoint.trim_end_matches('/')).with_virtual_hosted_style_request(false);
        }
        // Without a key of its own the process has the rights of its machine or service account.
        if let Some(secret) = &settings.secret_access_key {
            builder = builder.with_access_key_id(&settings.access_key_id).with_secret_access_key(secret.expose_secret());
        }
        let store = builder.build().map_err(|error| Invalid::S3(error.into()))?;
        let prefix = object_store::path::Path::from(url.path().trim_matches('/'));
        Ok(Self { store: Arc::new(store), prefix })
    }

    /// The objects of one execution. A scope of another tenant leads to other objects, whatever their hash.
    #[must_use]
    pub fn of(&self, scope: &TenantScope, execution: ExecutionId) -> Shelf {
        let tenant = scope.tenant().to_string();
        let path = self.prefix.clone().join(tenant).join(execution.to_string());
        Shelf::new(Arc::clone(&self.store), path)
    }

    /// Whether the store answers now.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), Error> {
        match self.store.head(&self.prefix.clone().join("ping")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::Unavailable(error.into())),
        }
    }
}
