//! The public interface over HTTP: routes, who may call them, how answers and problems look, the OpenAPI document, the web page.
//!
//! Owns: everything about HTTP, including every status code. Must not know: SQL, brokers, how anything is stored or run; whatever
//! changes state goes through `commands`.

#![expect(unused_qualifications, reason = "the macro that describes a route names the types of its query parameters in full")]

mod assets;
mod auth;
mod body;
mod compression;
mod difference;
mod etag;
mod events;
mod front;
mod health;
mod journal;
mod large;
mod limits;
mod list;
mod live;
mod metrics;
mod once;
mod openapi;
mod outcome;
mod problem;
mod reply;
mod routes;
mod schema;
mod server;
mod settings;
mod signals;
mod state;
mod status;
mod time;
mod trace;

pub use openapi::document as openapi_document;
pub use server::{ApiDeps, RenderMetrics, serve};
pub use settings::Settings;
pub use status::serve_status;

/// Why the server ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The listening socket or a thread could not be set up, or accepting connections failed.
    #[error("the HTTP server failed")]
    Io(#[from] std::io::Error),
}
