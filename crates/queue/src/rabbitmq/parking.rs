use tokio_util::sync::CancellationToken;
use tracing::error;

use super::acks::{AckSender, Settled};
use super::backoff::Backoff;
use super::publisher::Publisher;
use crate::message::Undecodable;
use crate::metrics;

/// A message that nobody can read, on its way aside.
pub(super) struct Unreadable {
    pub(super) queue: String,
    pub(super) body: Vec<u8>,
    pub(super) reason: Undecodable,
    pub(super) tag: u64,
    pub(super) acks: AckSender,
}

/// Parks a message, then acknowledges it. Until the broker has taken it into the parking queue it stays where it is: parked twice is
/// better than lost.
pub(super) async fn park(message: Unreadable, publisher: Publisher, stop: CancellationToken) {
    let reason = message.reason.to_string();
    error!(queue = message.queue, size_bytes = message.body.len(), reason, "Parked a message that cannot be read");
    let mut backoff = Backoff::default();
    while publisher.park(&message.queue, &reason, message.body.clone()).await.is_err() {
        if message.acks.is_closed() || backoff.pause(&stop).await.is_none() {
            return;
        }
    }
    metrics::parked();
    // When the channel is gone the broker delivers it again, and it is parked again.
    let _ = message.acks.send(Settled::Acknowledged(message.tag));
}
