use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::auth::Public;
use crate::problem::Problem;
use crate::state::State;

/// This document
#[utoipa::path(operation_id = "get_openapi", tag = "docs", security(()), responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
#[get("/api/openapi.json")]
pub(crate) async fn openapi(_anyone: Public, state: Data<State>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(state.openapi.clone()))
}
