use std::time::Duration;

use futures_util::{Stream, StreamExt};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Connection, ConnectionProperties, Event};
use secrecy::ExposeSecret;
use tracing::debug;

use super::Settings;
use super::settings::Invalid;
use crate::Cause;
use crate::metrics::Role;

/// Messages are about a kilobyte, and the client keeps buffers of 32 frames per direction.
const FRAME_MAX: u32 = 16 << 10;

/// Where the broker is and how to talk to it.
#[derive(Clone)]
pub(super) struct Broker {
    uri: AMQPUri,
    timeout: Duration,
}

impl Broker {
    pub(super) fn new(settings: &Settings) -> Result<Self, Invalid> {
        let mut uri: AMQPUri = settings.url.expose_secret().parse().map_err(|_| Invalid::Url)?;
        if uri.scheme == AMQPScheme::AMQPS {
            return Err(Invalid::Tls);
        }
        uri.query.frame_max.get_or_insert(FRAME_MAX);
        uri.query.heartbeat.get_or_insert(settings.heartbeat_s);
        Ok(Self { uri, timeout: settings.connect_timeout() })
    }

    /// Opens a connection for one role.
    pub(super) async fn connect(&self, role: Role) -> Result<Connection, Cause> {
        let properties = ConnectionProperties::default().with_connection_name(format!("thaiyyal {}", role.as_str()).into());
        let runtime = lapin::runtime::default_runtime()?;
        let connecting = Connection::connect_uri_with_runtime(self.uri.clone(), properties, runtime);
        self.within(connecting).await
    }

    /// Awaits an answer of the broker for no longer than it may take.
    pub(super) async fn within<T>(&self, asking: impl Future<Output = lapin::Result<T>>) -> Result<T, Cause> {
        let ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        Ok(tokio::time::timeout(self.timeout, asking).await.map_err(|_| Cause::TimedOut { ms })??)
    }

    /// Opens a channel with every queue declared.
    pub(super) async fn channel(&self, connection: &Connection) -> Result<Channel, Cause> {
        self.within(connection.create_channel()).await
    }

    /// Says goodbye; the broker may be gone already.
    pub(super) async fn close(&self, connection: &Connection) {
        // A connection that is blocked reads nothing, so its goodbye would wait for the alarm to end.
        if !connection.status().connected() || connection.status().blocked() {
            return;
        }
        if let Err(error) = self.within(connection.close(200, "done".into())).await {
            debug!(error = %error, "The broker did not say goodbye");
        }
    }
}

/// What may happen to a connection.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// The broker is short of memory or disk and takes nothing from publishers.
    Blocked(String),
    /// It takes messages again.
    Unblocked,
    /// The connection is gone.
    Lost(lapin::Error),
}

/// What happens to a connection, in order. A channel that failed is noticed by whoever uses it and does not show here.
pub(super) fn changes(connection: &Connection) -> impl Stream<Item = Change> + Send + Unpin + 'static {
    let status = connection.status().clone();
    Box::pin(connection.events_listener().filter_map(move |event| {
        let change = match event {
            Event::ConnectionBlocked(reason) => Some(Change::Blocked(reason)),
            Event::ConnectionUnblocked => Some(Change::Unblocked),
            Event::Error(error) if !status.connected() => Some(Change::Lost(error)),
            _ => None,
        };
        std::future::ready(change)
    }))
}
