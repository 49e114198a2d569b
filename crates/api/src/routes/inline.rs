//! Definitions that belong to no workflow.

mod body;
mod execute;
mod validate;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(execute::execute).service(validate::validate);
}
