use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpResponse, get};

use super::body::NodeTypes;
use crate::auth::{Allowed, ReadCatalog};
use crate::problem::Problem;
use crate::state::State;

/// All node types
#[utoipa::path(operation_id = "list_node_types", tag = "catalog", responses((status = 200, description = "The node types", body = NodeTypes)))]
#[get("/api/v1/node-types")]
pub(crate) async fn list(_caller: Allowed<ReadCatalog>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(HttpResponse::Ok().insert_header(json).body(state.node_types.clone()))
}
