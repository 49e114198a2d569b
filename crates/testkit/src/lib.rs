//! What the tests and the load driver share: processes of the binary, servers of their own, an HTTP client, conformance vectors.
//!
//! Owns nothing of the product, and nothing of the product depends on it. Must not know how anything is implemented: it uses the
//! command line and the public interface only.

pub mod broker;
pub mod cluster;
pub mod conformance;
pub mod database;
pub mod http;
pub mod process;
pub mod proxy;
pub mod queues;
pub mod redis;
pub mod server;
pub mod sink;

use std::path::PathBuf;
use std::time::Duration;

/// Addresses of the servers tests may use; the standard ports unless the environment says otherwise.
#[must_use]
pub fn server_url(name: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests are configured through the environment only")]
    let given = std::env::var(name);
    given.unwrap_or_else(|_| {
        match name {
            "DATABASE_URL" => "postgres://postgres@127.0.0.1:5432/postgres",
            "AMQP_URL" => "amqp://guest:guest@127.0.0.1:5672/%2f",
            "REDIS_URL" => "redis://127.0.0.1:6379",
            other => panic!("no default for {other}"),
        }
        .to_owned()
    })
}

/// The root of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate lives two levels below the root").to_owned()
}

/// A TCP port nobody listens on now.
///
/// Below the ports that the system gives to outgoing connections: one of those could take it before the server that it is for does, or
/// while that server is down.
#[must_use]
pub fn free_port() -> u16 {
    let is_free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(FIRST_PORT..LAST_PORT)).take(1_000).find(is_free).expect("a free port")
}

const FIRST_PORT: u16 = 10_000;
/// Linux gives 32,768 and above to outgoing connections, unless it is told otherwise.
const LAST_PORT: u16 = 32_768;

/// Asks `question` again and again until it answers `Some`, or fails after `within` with what it was waiting for.
///
/// For states of other processes, which give no event to wait for.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, within: Duration, mut question: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + within;
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "gave up after {within:?} waiting for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Runs what a dropped value has to put away outside of this process, and waits for it: there is no other time for it when a test fails.
/// Nothing depends on its success, so a failure is only told.
fn clean_up(work: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), work).await })?
    });
    if let Ok(Err(error)) = thread.join() {
        eprintln!("something was left behind: {error:#}");
    }
}
