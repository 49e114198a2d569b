//! The one client that leaves the process: every address is checked when connecting, every redirect like a new request, and what
//! comes back is bounded in bytes and time. Proxies of the environment are not used; compressed bodies are neither asked for nor
//! unpacked. Tenants share no connections.

mod address;
mod connect;
mod overflow;
mod redirect;
mod target;
mod tls;

#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use moka::future::Cache;
use thaiyyal_model::{Large, TenantId, TenantScope};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use self::connect::{ConnectError, Guarded, Opened, Resolve, System};
use self::overflow::Keeper;
use crate::{Settings, metrics};

pub use overflow::Overflow;
pub use target::Target;
pub use tls::Invalid;

/// Tenants whose connections are kept at the same time; those of others close when they are idle.
const TENANTS: u64 = 10_000;
const MAX_HEADERS: usize = 128;

/// The guarded client. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Outbound {
    connector: HttpsConnector<Guarded>,
    tenants: Cache<TenantId, Tenant>,
    settings: Arc<Settings>,
}

/// What one tenant has to itself: a connection that another tenant used may have been left in a state of that tenant's making.
#[derive(Clone)]
struct Tenant {
    client: Client<HttpsConnector<Guarded>, Full<Bytes>>,
    slots: Arc<Semaphore>,
}

/// A request to the world.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Its method.
    pub method: Method,
    /// Where it goes.
    pub target: Target,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; may be empty.
    pub body: Bytes,
    /// How long all of it may take, waiting for a turn, redirects and reading the body included.
    pub timeout: Duration,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether sending it twice does no harm, so that it may be sent again when an idle connection turns out to be dead.
    pub repeatable: bool,
    /// Where a body goes that is larger than an answer may be in memory; without it there is no such answer.
    pub overflow: Option<Overflow>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as sent; empty when it is in the object store.
    pub body: Bytes,
    /// Its body as text in the object store, when it is too large for memory.
    pub large: Option<Large>,
}

/// Why there is no answer. Texts name host and port at most: paths and queries may hold secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be used at all.
    #[error("{0}")]
    Url(&'static str),
    /// The rules of this installation forbid it.
    #[error("{0}")]
    Refused(String),
    /// Nobody answered; nothing was sent.
    #[error("{0}")]
    Connect(String),
    /// The connection broke, or what came is no HTTP. The request may have had its effect.
    #[error("the exchange with {host} broke: {why}")]
    Broken {
        /// Whom it was with.
        host: String,
        /// How.
        why: String,
    },
    /// It took too long. The request may have had its effect.
    #[error("no complete answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The body is larger than allowed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// What is allowed.
        limit: u64,
    },
    /// The body is compressed, which was not asked for.
    #[error("the answer is encoded as {0:?}; send no Accept-Encoding header")]
    Encoded(String),
    /// The object store did not take the body.
    #[error("the answer is too large for memory, and the object store cannot be used")]
    Store(#[source] thaiyyal_objects::Error),
    /// The redirects do not end.
    #[error("more than {0} redirects")]
    Redirects(u8),
}

impl Outbound {
    /// A client with these rules.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(settings: &Settings) -> Result<Self, Invalid> {
        Self::with_resolver(settings, Arc::new(System))
    }

    fn with_resolver(settings: &Settings, resolver: Arc<dyn Resolve>) -> Result<Self, Invalid> {
        let tls = tls::config(settings.ca_file.as_deref())?;
        let settings = Arc::new(settings.clone());
        let guarded = Guarded::new(Arc::clone(&settings), resolver);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(guarded);
        let kept = Duration::from_millis(settings.idle_timeout_ms).saturating_mul(2);
        let tenants = Cache::builder().max_capacity(TENANTS).time_to_idle(kept).build();
        Ok(Self { connector, tenants, settings })
    }

    /// Sends a request on behalf of a tenant and reads the answer.
    ///
    /// # Errors
    /// When there is no complete answer; any status is an answer.
    pub async fn send(&self, scope: &TenantScope, ask: Ask) -> Result<Reply, Error> {
        let limit = ask.timeout;
        let began = Instant::now();
        let sending = async {
            let tenant = self.tenants.get_with(scope.tenant(), async { self.tenant() }).await;
            // Nobody closes it, so there is always a slot in the end.
            let _slot = tenant.slots.acquire().await;
            self.follow(&tenant, ask).await
        };
        let answer = tokio::time::timeout(limit, sending).await.unwrap_or(Err(Error::Timeout(limit)));
        metrics::sent(&answer, began.elapsed());
        answer
    }

    fn tenant(&self) -> Tenant {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_millis(self.settings.idle_timeout_ms))
            .pool_max_idle_per_host(self.settings.idle_per_origin)
            // Smaller buffers than this the client does not take.
            .http1_max_buf_size(self.settings.max_header_bytes.max(8 << 10))
            .http1_max_headers(MAX_HEADERS)
            .build(self.connector.clone());
        Tenant { client, slots: Arc::new(Semaphore::new(self.settings.concurrent_per_tenant.clamp(1, Semaphore::MAX_PERMITS))) }
    }

    async fn follow(&self, tenant: &Tenant, mut ask: Ask) -> Result<Reply, Error> {
        let most = self.settings.max_redirects.min(10);
        for _ in 0..=most {
            if !self.settings.allows_host(ask.target.url().host_str().unwrap_or_default()) {
                return Err(Error::Refused(format!("{} is not among the hosts that calls may reach", ask.target.host())));
            }
            let reply = self.exchange(tenant, &ask).await?;
            match redirect::location(&reply).filter(|_| ask.follow_redirects) {
                None => return Ok(reply),
                Some(location) => {
                    let target = ask.target.join(location?)?;
                    redirect::apply(&mut ask, reply.status, target);
                }
            }
        }
        Err(Error::Redirects(most))
    }

    async fn exchange(&self, tenant: &Tenant, ask: &Ask) -> Result<Reply, Error> {
        let answer = match request(tenant, ask).await {
            Err(Broke { error: Error::Broken { .. }, on_idle_connection: true }) if ask.repeatable => request(tenant, ask).await,
            answer => answer,
        };
        let (head, body) = answer.map_err(|broke| broke.error)?.into_parts();
        let limit = self.settings.max_response_bytes;
        let overflow = ask.overflow.as_ref().filter(|overflow| overflow.takes(head.status, &head.headers));
        let most = overflow.map_or(limit, |overflow| overflow.room.bytes.max(limit));
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if ask.method != Method::HEAD && announced.is_some_and(|length| length > most) {
            return Err(Error::TooLarge { limit: most });
        }
        let read = Reading { host: &ask.target.host(), limit, overflow, headers: &head.headers }.read(body).await?;
        match head.headers.get(CONTENT_ENCODING) {
            Some(encoding) if !read.0.is_empty() && !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
                Err(Error::Encoded(String::from_utf8_lossy(encoding.as_bytes()).into_owned()))
            }
            _ => Ok(Reply { status: head.status, headers: head.headers, body: read.0, large: read.1 }),
        }
    }
}

/// Reading a body: into memory as far as it fits there, else into the object store.
struct Reading<'a> {
    host: &'a str,
    /// Bytes that fit into memory.
    limit: u64,
    overflow: Option<&'a Overflow>,
    headers: &'a HeaderMap,
}

impl Reading<'_> {
    async fn read(self, mut body: Incoming) -> Result<(Bytes, Option<Large>), Error> {
        let mut held = Vec::new();
        let mut keeper: Option<Keeper> = None;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| Error::Broken { host: self.host.to_owned(), why: innermost(&error) })?;
            let Ok(data) = frame.into_data() else { continue };
            if let Some(keeper) = &mut keeper {
                keeper.take(&data).await?;
                continue;
            }
            held.extend_from_slice(&data);
            if held.len() as u64 > self.limit {
                let Overflow { room, .. } = self.overflow.ok_or(Error::TooLarge { limit: self.limit })?;
                let keeper = keeper.insert(Keeper::new(room.clone(), self.headers));
                keeper.take(&std::mem::take(&mut held)).await?;
            }
        }
        match keeper {
            Some(keeper) => Ok((Bytes::new(), Some(keeper.finish().await?))),
            None => Ok((held.into(), None)),
        }
    }
}

/// No answer came.
struct Broke {
    error: Error,
    /// The connection had been used before: the other side may just have closed it.
    on_idle_connection: bool,
}

async fn request(tenant: &Tenant, ask: &Ask) -> Result<Response<Incoming>, Broke> {
    let began = Instant::now();
    let fresh = |error| Broke { error, on_idle_connection: false };
    let mut request = Request::builder()
        .method(ask.method.clone())
        .uri(ask.target.url().as_str())
        .body(Full::new(ask.body.clone()))
        .map_err(|_| fresh(Error::Url("the URL cannot be requested")))?;
    *request.headers_mut() = ask.headers.clone();
    request.headers_mut().entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    let connection = capture_connection(&mut request);
    tenant.client.request(request).await.map_err(|error| {
        let opened = connection.connection_metadata().as_ref().and_then(Opened::of);
        Broke { error: explain(&error, &ask.target.host()), on_idle_connection: opened.is_some_and(|opened| opened < began) }
    })
}

fn explain(error: &hyper_util::client::legacy::Error, host: &str) -> Error {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<ConnectError>() {
            return match refused {
                ConnectError::Refused { .. } | ConnectError::Port(_) => Error::Refused(refused.to_string()),
                ConnectError::Unknown { .. } | ConnectError::Unreachable { .. } | ConnectError::Slow { .. } => {
                    Error::Connect(refused.to_string())
                }
            };
        }
        source = cause.source();
    }
    let why = innermost(error);
    if error.is_connect() {
        Error::Connect(format!("no connection to {host}: {why}"))
    } else {
        Error::Broken { host: host.to_owned(), why }
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
