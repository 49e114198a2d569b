//! Runs executions: claims them, advances their machines, lets connectors do the effects, records what happened; and the loops that
//! keep the whole moving.
//!
//! Owns: leases and the trust in them, slices, when something is journalled, suspended, released or finished, the scheduler loops.
//! Must not know: HTTP, SQL, the broker's protocol, what a node computes. Everything a worker writes is fenced by the epoch it claimed,
//! so a worker that is wrong about holding an execution does no harm.

mod backoff;
mod cancels;
mod children;
mod comparison;
mod consume;
mod core;
mod drought;
mod heartbeat;
mod heavy;
mod held;
mod idempotency;
mod keeping;
mod limiter;
mod metrics;
mod plans;
pub mod scheduler;
mod settings;
mod slice;
mod slots;
mod spans;
mod supervise;
mod tiers;
mod trust;
mod worker;
mod writes;

pub use keeping::Keeping;
pub use limiter::Limiter;
pub use settings::{Settings, Unfit};
pub use slice::{Caller, call};
pub use worker::{Worker, WorkerDeps};
