//! Workers over the real SQLite store and the memory queue: what happens to executions, whatever happens to workers.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

#[path = "worker/approvals.rs"]
mod approvals;
#[path = "worker/bodies.rs"]
mod bodies;
#[path = "worker/cancel.rs"]
mod cancel;
#[path = "worker/children.rs"]
mod children;
#[path = "worker/connector.rs"]
mod connector;
#[path = "worker/crash.rs"]
mod crash;
#[path = "worker/definitions.rs"]
mod definitions;
#[path = "worker/effects.rs"]
mod effects;
#[path = "worker/heavy.rs"]
mod heavy;
#[path = "worker/hints.rs"]
mod hints;
#[path = "worker/large.rs"]
mod large;
#[path = "worker/outage.rs"]
mod outage;
#[path = "worker/pure.rs"]
mod pure;
#[path = "worker/shutdown.rs"]
mod shutdown;
#[path = "worker/signals.rs"]
mod signals;
#[path = "worker/spy.rs"]
mod spy;
#[path = "worker/stage.rs"]
mod stage;
#[path = "worker/tiers.rs"]
mod tiers;
#[path = "worker/waits.rs"]
mod waits;
