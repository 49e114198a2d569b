use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use crate::auth::Public;
use crate::problem::{Code, Problem};
use crate::state::State;

/// Figures for Prometheus; on a port of its own in the cluster
#[utoipa::path(operation_id = "get_metrics", tag = "health", security(()), responses((status = 200, description = "The figures", content_type = "text/plain", body = String)))]
#[get("/metrics")]
pub(crate) async fn metrics(_anyone: Public, state: Data<State>) -> Result<HttpResponse, Problem> {
    let render = state.metrics.as_ref().ok_or_else(|| Problem::new(Code::NotFound, "metrics are served on another port"))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(render()))
}
