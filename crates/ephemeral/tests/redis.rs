//! The conformance suite on Redis (`REDIS_URL`, else the local one), and what only it does, on a server of the test's own.

#[path = "redis/server.rs"]
mod server;

use std::time::Duration;

use bytes::Bytes;
use server::Server;
use thaiyyal_ephemeral::{CacheKey, Ephemeral, Live, PassKey, Rate, RedisEphemeral, Settings, Signal, Window};
use thaiyyal_model::{ExecutionId, Seq, SystemClock, TenantId, Timestamp};
use tokio::sync::broadcast;

async fn with_redis(case: impl AsyncFnOnce(&dyn Ephemeral)) {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:6379".to_owned());
    let ephemeral = RedisEphemeral::connect(patient(&url)).await.expect("the settings work");
    case(&ephemeral).await;
    ephemeral.close().await;
}

thaiyyal_ephemeral::conformance!(with_redis);

/// Settings with keys of their own, for a machine that is busy with other tests.
fn patient(url: &str) -> Settings {
    let prefix = format!("test-{}", ExecutionId::mint(&SystemClock));
    Settings { url: url.into(), prefix, timeout_ms: 2_000, connect_timeout_ms: 5_000, ..Settings::default() }
}

fn progress(number: u64) -> Live {
    Live::Progress { tenant: TenantId::mint(&SystemClock), execution: ExecutionId::mint(&SystemClock), seq: Seq(number) }
}

fn key() -> CacheKey {
    CacheKey { tenant: TenantId::mint(&SystemClock), kind: "thing", id: "a".to_owned() }
}

async fn hear(subscriber: &mut broadcast::Receiver<Signal>) -> Signal {
    let signal = tokio::time::timeout(Duration::from_secs(20), subscriber.recv()).await;
    signal.expect("something is heard").expect("nothing was missed")
}

/// Waits until it answers again.
async fn answers(ephemeral: &RedisEphemeral) {
    let answering = async {
        while ephemeral.ping().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answering).await.expect("it answers again by itself");
}

#[tokio::test]
async fn processes_hear_each_other_and_themselves_once() {
    let server = Server::start().await;
    let settings = patient(&server.url());
    let one = RedisEphemeral::connect(settings.clone()).await.unwrap();
    let other = RedisEphemeral::connect(settings).await.unwrap();
    let (mut at_one, mut at_other) = (one.subscribe(), other.subscribe());
    let hints: Vec<_> = (0..3_000).map(progress).collect();
    for hints in hints.chunks(10) {
        one.publish(hints).await;
    }
    for hint in &hints {
        assert_eq!(hear(&mut at_other).await, Signal::Live(*hint));
        assert_eq!(hear(&mut at_one).await, Signal::Live(*hint));
    }
    let reply = progress(1);
    other.publish(&[reply]).await;
    // Had its own come back to it over Redis, they would stand before this.
    assert_eq!(hear(&mut at_one).await, Signal::Live(reply));
}

#[tokio::test]
async fn prefixes_keep_deployments_apart() {
    let server = Server::start().await;
    let one = RedisEphemeral::connect(patient(&server.url())).await.unwrap();
    let other = RedisEphemeral::connect(patient(&server.url())).await.unwrap();
    let key = key();
    one.put(&key, Bytes::from_static(b"x"), Duration::from_secs(60)).await;
    assert_eq!(other.get(&key).await, None);
    let mut at_other = other.subscribe();
    one.publish(&[progress(1)]).await;
    let own = progress(2);
    other.publish(&[own]).await;
    assert_eq!(hear(&mut at_other).await, Signal::Live(own));
}

/// Each process also counts by itself, for when Redis is away: only two of them tell whether the places are those of Redis.
#[tokio::test]
async fn processes_share_the_places_of_a_key_also_when_its_window_becomes_another() {
    let mut server = Server::start().await;
    let settings = patient(&server.url());
    let one = RedisEphemeral::connect(settings.clone()).await.unwrap();
    let other = RedisEphemeral::connect(settings).await.unwrap();
    let key = PassKey { tenant: TenantId::mint(&SystemClock), id: "workflow/node".to_owned() };
    let at = |ms: i64| Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap();
    for window in [Window::Fixed, Window::Sliding, Window::Bucket] {
        let rate = Rate { window, most: 1, period: Duration::from_secs(1) };
        let name = |name: &str| format!("{name} {window:?}");
        let first = one.pass(&key, rate, &name("first"), at(0)).await;
        let second = other.pass(&key, rate, &name("second"), at(0)).await;
        assert_eq!((first.at, second.at), (at(0), at(1_000)), "{window:?}");
        assert_eq!(one.pass(&key, rate, &name("second"), at(5)).await, second, "{window:?}");
    }
    server.kill().await;
    let rate = Rate { window: Window::Sliding, most: 1, period: Duration::from_secs(1) };
    for process in [&one, &other] {
        assert_eq!(process.pass(&key, rate, "alone", at(9_000)).await.at, at(9_000), "it counts by itself now");
    }
}

#[tokio::test]
async fn a_hung_redis_costs_one_time_out_and_is_used_again_once_it_answers() {
    let server = Server::start().await;
    let ephemeral = RedisEphemeral::connect(Settings { timeout_ms: 200, ..patient(&server.url()) }).await.unwrap();
    let key = key();
    ephemeral.put(&key, Bytes::from_static(b"x"), Duration::from_secs(600)).await;
    let mut subscriber = ephemeral.subscribe();
    server.hang();
    // A time-out for each would take minutes.
    let commands = async {
        for number in 0..1_000 {
            assert_eq!(ephemeral.get(&key).await, None);
            ephemeral.put(&key, Bytes::from_static(b"y"), Duration::from_secs(600)).await;
            ephemeral.publish(&[progress(number)]).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), commands).await.expect("nobody waits for a Redis that hangs");
    assert!(ephemeral.ping().await.is_err());
    // This process hears its own hints all the same, and that it may have missed those of others.
    let (mut own, mut gaps) = (0, 0);
    while own < 1_000 || gaps == 0 {
        match hear(&mut subscriber).await {
            Signal::Live(_) => own += 1,
            Signal::Gap => gaps += 1,
        }
    }
    server.resume();
    answers(&ephemeral).await;
    assert_eq!(ephemeral.get(&key).await.as_deref(), Some(&b"x"[..]));
}

#[tokio::test]
async fn a_redis_that_dies_is_missed_by_nobody_and_found_again() {
    let mut server = Server::start().await;
    let settings = patient(&server.url());
    let one = RedisEphemeral::connect(settings.clone()).await.unwrap();
    let other = RedisEphemeral::connect(settings).await.unwrap();
    let mut at_other = other.subscribe();
    let key = key();
    one.put(&key, Bytes::from_static(b"x"), Duration::from_secs(60)).await;
    server.kill().await;
    assert_eq!(hear(&mut at_other).await, Signal::Gap);
    assert_eq!(one.get(&key).await, None);
    one.put(&key, Bytes::from_static(b"y"), Duration::from_secs(60)).await;
    one.publish(&[progress(1)]).await;
    server.start_again().await;
    answers(&one).await;
    assert_eq!(one.get(&key).await, None, "it started empty");
    // What is published once the subscription is back arrives; until then each gap is told.
    let heard = async {
        let mut number = 0;
        loop {
            number += 1;
            let hint = progress(number);
            one.publish(&[hint]).await;
            let signal = tokio::time::timeout(Duration::from_millis(100), at_other.recv()).await;
            if matches!(signal, Ok(Ok(Signal::Live(_)))) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.expect("live hints flow again");
}

#[tokio::test]
async fn a_process_starts_without_redis_and_finds_it_later() {
    let mut server = Server::start().await;
    server.kill().await;
    let ephemeral = RedisEphemeral::connect(Settings { connect_timeout_ms: 200, ..patient(&server.url()) }).await.unwrap();
    assert!(ephemeral.ping().await.is_err());
    server.start_again().await;
    answers(&ephemeral).await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_told() {
    let refused = RedisEphemeral::connect(Settings { url: "http://user:secret@localhost".into(), ..Settings::default() }).await;
    let message = refused.err().unwrap().to_string();
    assert!(!message.contains("secret"), "{message}");
}
