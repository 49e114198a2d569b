//! What nodes there are.

mod body;
mod get;
mod list;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list::list).service(get::get);
}
