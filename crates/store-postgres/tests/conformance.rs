//! The conformance suite of `thaiyyal-store`, on PostgreSQL.

#[path = "postgres/database.rs"]
mod database;

use database::fresh_store;

thaiyyal_store::conformance!(fresh_store);
