//! Accepting and stopping executions.

mod accept;
mod cancel;

pub use accept::{Accepting, Settings as AcceptSettings, accept};
pub use cancel::{announce_cancel, cancel};
