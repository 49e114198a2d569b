use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde_json::json;

use crate::auth::Public;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// Whether the server takes requests: the database is there and it is not about to stop
#[utoipa::path(
    operation_id = "get_readiness", tag = "health",
    security(()),
    responses((status = 200, description = "It does", body = Object), (status = 503, description = "It does not", body = Object))
)]
#[get("/health/ready")]
pub(crate) async fn ready(_anyone: Public, state: Data<State>) -> Result<HttpResponse, Problem> {
    answer(&state).await
}

/// As /health/ready
#[utoipa::path(
    operation_id = "get_readiness_too", tag = "health",
    security(()),
    responses((status = 200, description = "It does", body = Object), (status = 503, description = "It does not", body = Object))
)]
#[get("/ready")]
pub(crate) async fn ready_too(_anyone: Public, state: Data<State>) -> Result<HttpResponse, Problem> {
    answer(&state).await
}

async fn answer(state: &State) -> Result<HttpResponse, Problem> {
    let status = if state.stopping.is_cancelled() {
        "stopping"
    } else {
        match state.health.report().await.status {
            "unavailable" => "unavailable",
            _ => "ok",
        }
    };
    let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Reply::json(code, &json!({ "status": status }))?.respond())
}
