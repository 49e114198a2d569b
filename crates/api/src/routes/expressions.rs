//! What can be written in expressions, and trying them.

mod evaluate;
mod functions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(evaluate::evaluate).service(functions::functions);
}
