use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisResult};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::Settings;
use crate::metrics;

/// How often Redis is asked whether it is there, and how long after a failure it is asked again.
const CHECK: Duration = Duration::from_secs(1);

/// The connection for commands while Redis answers; nothing while it does not, so that nobody waits for it.
pub(super) struct Link {
    connection: watch::Sender<Option<MultiplexedConnection>>,
    /// Rung by whoever waited in vain.
    suspect: Notify,
}

impl Link {
    pub(super) fn new() -> Self {
        Self { connection: watch::Sender::new(None), suspect: Notify::new() }
    }

    pub(super) fn is_up(&self) -> bool {
        self.connection.borrow().is_some()
    }

    pub(super) async fn wait_until_up(&self) {
        // The sender lives as long as this.
        let _ = self.connection.subscribe().wait_for(Option::is_some).await;
    }

    /// Runs a command; the first that fails or takes too long takes the connection away from everyone.
    pub(super) async fn ask<T, F: Future<Output = RedisResult<T>>>(
        &self,
        timeout: Duration,
        command: impl FnOnce(MultiplexedConnection) -> F,
    ) -> Option<T> {
        let connection = self.connection.borrow().clone()?;
        match tokio::time::timeout(timeout, command(connection)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) if !error.is_io_error() && !error.is_unrecoverable_error() && !error.is_timeout() => {
                warn!(error = %error, "Redis refused a command");
                None
            }
            Ok(Err(_)) | Err(_) => {
                self.give_up();
                None
            }
        }
    }

    fn give_up(&self) {
        if self.connection.send_replace(None).is_some() {
            metrics::connected(false);
            warn!("Redis does not answer; going on without it");
        }
        self.suspect.notify_one();
    }

    fn set(&self, connection: MultiplexedConnection) {
        metrics::connected(true);
        self.connection.send_replace(Some(connection));
    }
}

/// Connects, watches, and connects again, until closed.
pub(super) async fn run(client: Client, link: Arc<Link>, settings: Arc<Settings>, closed: CancellationToken) {
    closed.run_until_cancelled(keep(&client, &link, &settings)).await;
    link.connection.send_replace(None);
}

async fn keep(client: &Client, link: &Link, settings: &Settings) {
    let config = AsyncConnectionConfig::new().set_connection_timeout(Some(settings.connect_timeout())).set_response_timeout(None);
    let mut away = false;
    loop {
        match connect(client, &config, settings).await {
            Ok(connection) => {
                info!("Connected to Redis");
                away = false;
                watch_over(connection, link, settings).await;
                link.give_up();
            }
            Err(error) if !away => {
                away = true;
                warn!(error = %error, "Cannot reach Redis; going on without it");
            }
            Err(_) => {}
        }
        tokio::time::sleep(CHECK.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
    }
}

async fn connect(client: &Client, config: &AsyncConnectionConfig, settings: &Settings) -> RedisResult<MultiplexedConnection> {
    let mut connection = client.get_multiplexed_async_connection_with_config(config).await?;
    ping(&mut connection, settings.connect_timeout()).await?;
    Ok(connection)
}

/// Lends the connection out while it answers; returns once it is dead. One that is only slow is asked until it answers again.
async fn watch_over(mut connection: MultiplexedConnection, link: &Link, settings: &Settings) {
    let mut silent_checks = 0;
    link.set(connection.clone());
    loop {
        // Whoever waited in vain cuts the pause short.
        let _ = tokio::time::timeout(CHECK, link.suspect.notified()).await;
        match ping(&mut connection, settings.connect_timeout()).await {
            Ok(()) => {
                silent_checks = 0;
                if !link.is_up() {
                    info!("Redis answers again");
                    link.set(connection.clone());
                }
            }
            Err(error) if error.is_timeout() && silent_checks < 3 => {
                silent_checks += 1;
                link.give_up();
            }
            Err(_) => return,
        }
    }
}

async fn ping(connection: &mut MultiplexedConnection, longest: Duration) -> RedisResult<()> {
    let ping = redis::cmd("PING");
    let answer = tokio::time::timeout(longest, ping.query_async::<String>(connection)).await;
    answer.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))??;
    Ok(())
}
