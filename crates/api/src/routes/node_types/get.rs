use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};

use super::body::NodeType;
use crate::auth::{Allowed, ReadCatalog};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// One node type, by its name or an alias
#[utoipa::path(operation_id = "get_node_type", tag = "catalog", params(("type" = String, Path)), responses((status = 200, description = "The node type", body = NodeType)))]
#[get("/api/v1/node-types/{type}")]
pub(crate) async fn get(_caller: Allowed<ReadCatalog>, state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let description = state.catalog.find(&name).ok_or_else(|| Problem::not_found("node type"))?;
    Ok(Reply::ok(description)?.respond())
}
