//! Nodes that touch the world, and the only client that leaves the process.
//!
//! Owns: the [`Connector`] trait, every connector, the guarded outbound HTTP client. Must not know: how an execution is run or
//! recorded, queues, storage.

mod connector;
mod http;
mod metrics;
pub mod outbound;
mod registry;
mod settings;

pub use connector::{Call, Connector, Outcome, Room, Service};
pub use http::Http;
pub use registry::Connectors;
pub use settings::{Network, NotANetwork, Settings};
