use actix_web::{HttpResponse, get};
use serde_json::json;

use crate::auth::Public;
use crate::problem::Problem;
use crate::reply::Reply;

/// Whether the process answers
#[utoipa::path(operation_id = "get_liveness", tag = "health", security(()), responses((status = 200, description = "It does", body = Object)))]
#[get("/health/live")]
pub(crate) async fn live(_anyone: Public) -> Result<HttpResponse, Problem> {
    Ok(Reply::ok(&json!({ "status": "ok" }))?.respond())
}
