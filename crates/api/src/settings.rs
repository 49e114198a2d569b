use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

/// How the HTTP server behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address under which browsers reach the server; with `https` cookies are marked secure and browsers are told to stay on it.
    /// Unset means whatever host a request names, over plain HTTP.
    pub public_url: Option<Url>,
    /// Threads that serve requests; 0 for one per core.
    pub threads: usize,
    /// Most bytes of a body that holds a definition.
    pub max_definition_bytes: usize,
    /// Most bytes of a body that holds an execution's input.
    pub max_input_bytes: usize,
    /// Most bytes of a signal, a callback or a decision.
    pub max_signal_bytes: usize,
    /// How many signals may lie there for one execution that it has not taken.
    pub max_pending_signals: u32,
    /// How often a minute one execution may be called back, per process.
    pub callbacks_per_minute: u32,
    /// Most bytes that bodies of more than 16 KiB may have together while they are read and worked on; further ones are refused with 503.
    /// Memory for about three times as much is needed. Smaller bodies are always taken.
    pub max_body_bytes_in_flight: usize,
    /// How long a synchronous call waits when it does not say.
    pub sync_timeout_ms: u64,
    /// The longest a synchronous call may wait.
    pub max_sync_timeout_ms: u64,
    /// How long a browser session lasts.
    pub session_hours: u32,
    /// How long a looked-up API key or session is trusted without asking the database again; a revoked one works for that long.
    pub credential_cache_ms: u64,
    /// How many passwords may be hashed at the same time; each takes 19 MiB.
    pub password_hashes_at_once: usize,
    /// How long an idle connection is kept.
    pub keep_alive_ms: u64,
    /// How long a client may take to send the head of a request.
    pub request_head_timeout_ms: u64,
    /// How long a client may take to send a body.
    pub body_timeout_ms: u64,
    /// How long readiness says no before the server stops taking connections, so that load balancers notice.
    pub drain_ms: u64,
    /// How long requests may take to finish after that.
    pub grace_ms: u64,
    /// The longest one event stream lasts; the client connects again where it left off, with credentials that are checked again.
    pub max_stream_ms: u64,
    /// Whether every request is logged at `info`; otherwise it is at `debug`.
    pub log_requests: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            threads: 0,
            max_definition_bytes: 1 << 20,
            max_input_bytes: 1 << 20,
            max_signal_bytes: 256 << 10,
            max_pending_signals: 1_000,
            callbacks_per_minute: 120,
            max_body_bytes_in_flight: 64 << 20,
            sync_timeout_ms: 30_000,
            max_sync_timeout_ms: 120_000,
            session_hours: 7 * 24,
            credential_cache_ms: 5_000,
            password_hashes_at_once: 2,
            keep_alive_ms: 75_000,
            request_head_timeout_ms: 10_000,
            body_timeout_ms: 30_000,
            drain_ms: 0,
            grace_ms: 20_000,
            max_stream_ms: 15 * 60 * 1_000,
            log_requests: false,
        }
    }
}

impl Settings {
    /// Whether browsers use TLS to reach the server.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }

    pub(crate) fn session_lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3600)
    }
}
