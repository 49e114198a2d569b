//! The public interface, over HTTP: SQLite, queue and caches in memory, and a real worker where something has to run.

#![expect(clippy::unwrap_used, reason = "a helper that cannot do its part fails the test")]

#[path = "http/api_keys.rs"]
mod api_keys;
#[path = "http/auth.rs"]
mod auth;
#[path = "http/bad_input.rs"]
mod bad_input;
#[path = "http/compression.rs"]
mod compression;
#[path = "http/conformance.rs"]
mod conformance;
#[path = "http/docs.rs"]
mod docs;
#[path = "http/executions.rs"]
mod executions;
#[path = "http/faults.rs"]
mod faults;
#[path = "http/framing.rs"]
mod framing;
#[path = "http/health.rs"]
mod health;
#[path = "http/large.rs"]
mod large;
#[path = "http/node_pages.rs"]
mod node_pages;
#[path = "http/page.rs"]
mod page;
#[path = "http/permissions.rs"]
mod permissions;
#[path = "http/probe.rs"]
mod probe;
#[path = "http/room.rs"]
mod room;
#[path = "http/running.rs"]
mod running;
#[path = "http/signals.rs"]
mod signals;
#[path = "http/silence.rs"]
mod silence;
#[path = "http/support.rs"]
mod support;
#[path = "http/tenant.rs"]
mod tenant;
#[path = "http/workflows.rs"]
mod workflows;
