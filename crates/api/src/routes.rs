//! Every route, by resource. A route is one file: parse, begin, command, commit, present.

mod api_keys;
mod approvals;
mod auth;
mod callbacks;
mod docs;
mod executions;
mod expressions;
mod fallback;
mod health;
mod inline;
mod node_types;
mod tenant;
mod workflows;

pub(crate) use fallback::fallback;

use utoipa_actix_web::service_config::ServiceConfig;

/// Registers every route, for serving and for the OpenAPI document alike.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    auth::configure(config);
    workflows::configure(config);
    executions::configure(config);
    approvals::configure(config);
    callbacks::configure(config);
    inline::configure(config);
    node_types::configure(config);
    expressions::configure(config);
    api_keys::configure(config);
    tenant::configure(config);
    health::configure(config);
    docs::configure(config);
}
