//! For whoever operates the server. Outside of authentication.

mod live;
mod metrics;
mod ready;
mod report;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(live::live).service(ready::ready).service(ready::ready_too).service(report::report).service(metrics::metrics);
}
