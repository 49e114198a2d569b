use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::address::refusal;
use crate::Settings;

/// Turns names into addresses. A trait, so that tests decide what a name means.
#[async_trait]
pub(super) trait Resolve: Send + Sync {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's own resolver.
pub(super) struct System;

#[async_trait]
impl Resolve for System {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// Opens connections to addresses that were checked: resolved once, all answers looked at, connected to one of them. The name is not
/// resolved again, so it cannot mean something else the second time.
#[derive(Clone)]
pub(super) struct Guarded {
    settings: Arc<Settings>,
    resolver: Arc<dyn Resolve>,
}

/// Why no connection was opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    /// By the rules of this installation.
    #[error("{host} leads to {what}, which calls may not reach")]
    Refused { host: String, what: &'static str },
    /// By its port.
    #[error("port {0} is not among the ports that calls may use")]
    Port(u16),
    /// The name has no address.
    #[error("the name {host} cannot be resolved")]
    Unknown {
        host: String,
        #[source]
        source: io::Error,
    },
    /// Nobody answered.
    #[error("{host} did not take the connection")]
    Unreachable {
        host: String,
        #[source]
        source: io::Error,
    },
    /// Nobody answered in time.
    #[error("connecting to {host} took too long")]
    Slow { host: String },
}

impl Guarded {
    pub(super) fn new(settings: Arc<Settings>, resolver: Arc<dyn Resolve>) -> Self {
        Self { settings, resolver }
    }

    async fn connect(self, uri: Uri) -> Result<Stream, ConnectError> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        if !self.settings.allowed_ports.is_empty() && !self.settings.allowed_ports.contains(&port) {
            return Err(ConnectError::Port(port));
        }
        let deadline = Instant::now() + Duration::from_millis(self.settings.connect_timeout_ms);
        let addresses = match host.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) if is_metadata_name(&host) => return Err(ConnectError::Refused { host, what: "a cloud metadata service" }),
            Err(_) => match timeout_at(deadline, self.resolver.resolve(&host, port)).await {
                Ok(Ok(addresses)) => addresses,
                Ok(Err(source)) => return Err(ConnectError::Unknown { host, source }),
                Err(_) => return Err(ConnectError::Slow { host }),
            },
        };
        // One forbidden answer among good ones is an attack or a mistake: neither is to be connected to.
        if let Some(what) = addresses.iter().find_map(|address| refusal(address.ip(), &self.settings)) {
            return Err(ConnectError::Refused { host, what });
        }
        match connect_to_any(&addresses, deadline).await {
            Ok(stream) => Ok(Stream { io: TokioIo::new(stream), opened: Opened(Instant::now()) }),
            Err(source) if source.kind() == io::ErrorKind::TimedOut => Err(ConnectError::Slow { host }),
            Err(source) => Err(ConnectError::Unreachable { host, source }),
        }
    }
}

/// Tries one address after the other; each gets its share of the time that is left, so that a silent one does not use it all.
async fn connect_to_any(addresses: &[SocketAddr], deadline: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no addresses");
    for (tried, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        last = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it requests are only a little slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(error)) => error,
            Err(_) => io::ErrorKind::TimedOut.into(),
        };
    }
    Err(last)
}

/// Names by which clouds serve secrets to their machines, whatever they resolve to.
fn is_metadata_name(host: &str) -> bool {
    const NAMES: [&str; 5] = ["metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.com", "instance-data.ec2.internal"];
    NAMES.iter().any(|name| host.eq_ignore_ascii_case(name))
}

impl tower_service::Service<Uri> for Guarded {
    type Response = Stream;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// A checked connection.
pub(super) struct Stream {
    io: TokioIo<TcpStream>,
    opened: Opened,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.opened)
    }
}

/// When a connection was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opened(Instant);

impl Opened {
    pub(super) fn of(connection: &Connected) -> Option<Instant> {
        let mut extras = hyper::http::Extensions::new();
        connection.get_extras(&mut extras);
        extras.get::<Self>().map(|opened| opened.0)
    }
}

impl hyper::rt::Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: hyper::rt::ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl hyper::rt::Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffers: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, buffers)
    }
}
