//! The crate's metrics, named in one place.

use metrics::{counter, gauge};

/// Whether the store answers.
pub(crate) fn connected(connected: bool) {
    gauge!("thaiyyal_ephemeral_connected").set(if connected { 1.0 } else { 0.0 });
}

/// Whether live hints of other processes arrive.
pub(crate) fn subscribed(subscribed: bool) {
    gauge!("thaiyyal_ephemeral_subscribed").set(if subscribed { 1.0 } else { 0.0 });
}

pub(crate) fn dropped(hints: usize) {
    counter!("thaiyyal_ephemeral_hints_dropped_total").increment(hints as u64);
}

pub(crate) fn looked_up(hit: bool) {
    counter!("thaiyyal_ephemeral_lookups_total", "result" => if hit { "hit" } else { "miss" }).increment(1);
}
