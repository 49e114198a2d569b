//! What only this back end can show: roles and policies, what happens to connections whose user goes away, partitions, faults.

#![expect(clippy::unwrap_used, reason = "what the tests share is a test too")]

#[path = "postgres/cancellation.rs"]
mod cancellation;
#[path = "postgres/database.rs"]
mod database;
#[path = "postgres/deadlocks.rs"]
mod deadlocks;
#[path = "postgres/faults.rs"]
mod faults;
#[path = "postgres/inspect.rs"]
mod inspect;
#[path = "postgres/invariants.rs"]
mod invariants;
#[path = "postgres/migrations.rs"]
mod migrations;
#[path = "postgres/own.rs"]
mod own;
#[path = "postgres/partitions.rs"]
mod partitions;
#[path = "postgres/security.rs"]
mod security;
