use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use thaiyyal_model::{VersionNumber, WorkflowId};

use super::ShownVersion;
use crate::auth::{Allowed, ReadWorkflows};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// One version with its definition
#[utoipa::path(
    operation_id = "get_workflow_version", tag = "workflows",
    params(("id" = Uuid, Path), ("version" = i32, Path), ("If-None-Match" = Option<String>, Header, description = "The ETag of what the caller has")),
    responses((status = 200, description = "The version", body = ShownVersion), (status = 304, description = "The caller has it already"))
)]
#[get("/api/v1/workflows/{id}/versions/{version}")]
pub(crate) async fn get_version(
    caller: Allowed<ReadWorkflows>,
    state: Data<State>,
    path: Path<(WorkflowId, VersionNumber)>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let version = tx.find_version(id, number).await?;
    tx.commit().await?;
    let version = version.ok_or_else(|| Problem::not_found("version of this workflow"))?;
    Ok(Reply::ok(&ShownVersion::whole(&version)?)?.tagged(ShownVersion::etag(&version)).respond_to(&request))
}
