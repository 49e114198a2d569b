mod announcer;
mod keeper;
mod listener;
mod settings;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use redis::{AsyncTypedCommands, Client, RedisResult, Script};
use secrecy::ExposeSecret;
use thaiyyal_model::Timestamp;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::memory::Places;
use crate::message::Origin;
use crate::{CacheKey, Ephemeral, Error, Live, Pass, PassKey, Rate, Signal, Window, metrics};
use keeper::Link;
pub use settings::{Invalid, Settings};

/// Live hints, caches and limits over Redis, shared by all processes.
///
/// Nothing here waits for a Redis that is away: after one unanswered command it is left alone until a background task has heard from it
/// again. Dropping this ends its tasks; [`RedisEphemeral::close`] waits for them.
pub struct RedisEphemeral {
    settings: Arc<Settings>,
    link: Arc<Link>,
    signals: broadcast::Sender<Signal>,
    announcements: mpsc::Sender<Vec<Live>>,
    pass: Script,
    /// For when Redis is away.
    places: Places,
    tasks: TaskTracker,
    closed: CancellationToken,
}

/// How long after its turn a place is remembered.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

impl RedisEphemeral {
    /// Starts to connect and waits until it succeeded, at most for the connection time-out: a Redis that is away now is found later.
    /// `Err` only when the settings cannot work.
    pub async fn connect(settings: Settings) -> Result<Self, Invalid> {
        let settings = Arc::new(settings);
        // Without TLS in use this changes nothing; another part of the process may have chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::open(settings.url.expose_secret()).map_err(|error| Invalid(error.to_string()))?;
        let (tasks, closed) = (TaskTracker::new(), CancellationToken::new());
        let signals = broadcast::Sender::new(settings.backlog.max(1));
        let origin = Origin(fastrand::u64(..));
        let link = Arc::new(Link::new());
        tasks.spawn(keeper::run(client.clone(), link.clone(), settings.clone(), closed.clone()));
        let listener = listener::Listener { client, settings: settings.clone(), signals: signals.clone(), origin };
        let (ready, listening) = tokio::sync::oneshot::channel();
        tasks.spawn(listener.run(ready, closed.clone()));
        let (announcements, waiting) = mpsc::channel(announcer::WAITING);
        tasks.spawn(announcer::run(waiting, origin, link.clone(), settings.clone(), closed.clone()));
        let up = async {
            link.wait_until_up().await;
            // Ends as well when listening failed for now.
            let _ = listening.await;
        };
        let _ = tokio::time::timeout(settings.connect_timeout(), up).await;
        let (pass, places) = (Script::new(include_str!("redis/pass.lua")), Places::new());
        Ok(Self { settings, link, signals, announcements, pass, places, tasks, closed })
    }

    /// Ends the background tasks and waits for them.
    pub async fn close(&self) {
        self.closed.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn key(&self, key: &CacheKey) -> String {
        format!("{}:{}:{}:{}", self.settings.prefix, key.tenant, key.kind, key.id)
    }

    /// Runs a command unless the store is away; `None` when it is, or did not answer in time.
    async fn ask<T, F: Future<Output = RedisResult<T>>>(&self, command: impl FnOnce(redis::aio::MultiplexedConnection) -> F) -> Option<T> {
        self.link.ask(self.settings.timeout(), command).await
    }
}

impl Drop for RedisEphemeral {
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

#[async_trait]
impl Ephemeral for RedisEphemeral {
    async fn publish(&self, hints: &[Live]) {
        for hint in hints {
            // Nobody listening in this process is no failure.
            let _ = self.signals.send(Signal::Live(*hint));
        }
        if !hints.is_empty() && (!self.link.is_up() || self.announcements.try_send(hints.to_vec()).is_err()) {
            metrics::dropped(hints.len());
        }
    }

    fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    async fn get(&self, key: &CacheKey) -> Option<Bytes> {
        let key = self.key(key);
        let found = self.ask(async |mut connection| redis::cmd("GET").arg(key).query_async::<Option<Bytes>>(&mut connection).await).await;
        let value = found.flatten();
        metrics::looked_up(value.is_some());
        value
    }

    async fn put(&self, key: &CacheKey, value: Bytes, ttl: Duration) {
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        if value.len() > self.settings.max_value_bytes || ttl_ms == 0 {
            return;
        }
        let key = self.key(key);
        self.ask(async |mut connection| connection.pset_ex(key, &value[..], ttl_ms).await).await;
    }

    async fn forget(&self, key: &CacheKey) {
        let key = self.key(key);
        self.ask(async |mut connection| connection.del(key).await).await;
    }

    async fn pass(&self, key: &PassKey, rate: Rate, name: &str, now: Timestamp) -> Pass {
        let window = match rate.window {
            Window::Fixed => "fixed",
            Window::Sliding => "sliding",
            Window::Bucket => "bucket",
        };
        // What stands in braces decides where a cluster keeps a key. Each window keeps its passes in a form of its own.
        let passes = format!("{}:{{{}:pass:{}}}:{window}", self.settings.prefix, key.tenant, key.id);
        let mut call = self.pass.prepare_invoke();
        call.key(&passes).key(format!("{passes}:{name}"));
        call.arg(window).arg(rate.most.max(1)).arg(u64::try_from(rate.period.as_micros()).unwrap_or(u64::MAX));
        call.arg(now.as_microsecond()).arg(name).arg(REMEMBERED.as_secs() * 1_000);
        let place = self.ask(async |mut connection| call.invoke_async::<String>(&mut connection).await).await;
        let read = |place: String| {
            let (at, count) = place.split_once(' ')?;
            Some(Pass { at: Timestamp::from_microsecond(at.parse().ok()?).ok()?, count: count.parse().ok()? })
        };
        match place.and_then(read) {
            Some(pass) => pass,
            None => self.places.take(key, rate, name, now).await,
        }
    }

    async fn ping(&self) -> Result<(), Error> {
        let answered = self.ask(async |mut connection| connection.ping().await).await;
        answered.map(drop).ok_or_else(|| Error(Box::new(Silent)))
    }
}

/// The store did not answer.
#[derive(Debug, thiserror::Error)]
#[error("it did not answer")]
struct Silent;
