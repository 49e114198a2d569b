use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::auth::Public;
use crate::health::Report;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// What the server needs, and whether it is there
#[utoipa::path(
    operation_id = "get_health", tag = "health",
    security(()),
    responses((status = 200, description = "Requests are served", body = Report), (status = 503, description = "They are not", body = Report))
)]
#[get("/health")]
pub(crate) async fn report(_anyone: Public, state: Data<State>) -> Result<HttpResponse, Problem> {
    let report = state.health.report().await;
    let code = if report.status == "unavailable" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    Ok(Reply::json(code, &report)?.respond())
}
