//! The crate's metrics, named in one place.

use metrics::{counter, gauge};

/// Which of the two connections of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Publish,
    Consume,
}

impl Role {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Consume => "consume",
        }
    }
}

/// Whether a connection is up and does its work: publishing unblocked, consuming connected.
pub(crate) fn connected(role: Role, connected: bool) {
    gauge!("thaiyyal_queue_connected", "role" => role.as_str()).set(if connected { 1.0 } else { 0.0 });
}

/// Changes how many queues this process is subscribed to.
pub(crate) fn subscribed(change: f64) {
    gauge!("thaiyyal_queue_subscriptions").increment(change);
}

pub(crate) fn reconnected(role: Role) {
    counter!("thaiyyal_queue_reconnects_total", "role" => role.as_str()).increment(1);
}

pub(crate) fn published(confirmed: usize, failed: usize) {
    counter!("thaiyyal_queue_published_total", "result" => "confirmed").increment(confirmed as u64);
    counter!("thaiyyal_queue_published_total", "result" => "failed").increment(failed as u64);
}

pub(crate) fn delivered(redelivered: bool) {
    counter!("thaiyyal_queue_delivered_total", "redelivered" => if redelivered { "yes" } else { "no" }).increment(1);
}

pub(crate) fn parked() {
    counter!("thaiyyal_queue_parked_total").increment(1);
}

/// How many queues confirm nothing at present.
pub(crate) fn silent_queues(queues: usize) {
    gauge!("thaiyyal_queue_silent_queues").set(queues as f64);
}
