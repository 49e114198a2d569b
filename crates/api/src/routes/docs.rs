//! About this interface.

mod error_page;
mod openapi;
mod page;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(openapi::openapi).service(page::page).service(page::file).service(error_page::error_page);
}
