use lapin::{Channel, Connection, ConnectionProperties};
use thaiyyal_model::{ExecutionId, SystemClock};
use thaiyyal_queue::{Queue, RabbitQueue, Settings};
use thaiyyal_testkit::queues::Queues;
use thaiyyal_testkit::server_url;

/// The broker that all tests share.
pub(crate) fn url() -> String {
    server_url("AMQP_URL")
}

/// Settings for queues that no other test has.
pub(crate) fn settings(url: &str) -> Settings {
    let prefix = format!("test-{}", ExecutionId::mint(&SystemClock));
    Settings { url: url.into(), prefix, shards: 2, ..Settings::default() }
}

/// The queues that these settings lead to on the shared broker, deleted when this is dropped.
pub(crate) fn queues(settings: &Settings) -> Queues {
    Queues::new(&url(), &settings.prefix, settings.shards)
}

/// Runs a case on queues of its own.
pub(crate) async fn with_queue(case: impl AsyncFnOnce(&dyn Queue)) {
    let settings = settings(&url());
    // Dropped after the queue, also when the case fails.
    let _queues = queues(&settings);
    let queue = RabbitQueue::connect(settings).await.expect("the settings work");
    case(&queue).await;
    queue.close().await;
}

/// A channel of the test's own.
pub(crate) async fn channel(url: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.expect("RabbitMQ answers on AMQP_URL");
    let channel = connection.create_channel().await.expect("a channel opens");
    (connection, channel)
}
