//! Starting, watching and stopping executions.

mod body;
mod cancel;
mod events;
mod execute;
mod get;
mod get_of_workflow;
mod list;
mod list_of_workflow;
mod object;
mod signal;
mod start;
mod steps;

pub(crate) use body::{ExecutionBody, ExecutionPageBody};
pub(crate) use execute::{input, wait_ms};
pub(crate) use start::{Started, accept, trigger};

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(execute::execute)
        .service(list::list)
        .service(list_of_workflow::list_of_workflow)
        .service(get_of_workflow::get_of_workflow)
        .service(get::get)
        .service(steps::steps)
        .service(object::object)
        .service(events::events)
        .service(cancel::cancel)
        .service(signal::signal);
}
