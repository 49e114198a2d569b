use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use thaiyyal_model::WorkflowId;

use super::{Shown, reply};
use crate::auth::{Allowed, ReadWorkflows};
use crate::problem::Problem;
use crate::state::State;

/// One workflow with its draft
#[utoipa::path(
    operation_id = "get_workflow", tag = "workflows",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header, description = "The ETag of what the caller has")),
    responses((status = 200, description = "The workflow", body = Shown), (status = 304, description = "The caller has it already"))
)]
#[get("/api/v1/workflows/{id}")]
pub(crate) async fn get(
    caller: Allowed<ReadWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let workflow = tx.find_workflow(*id).await?;
    tx.commit().await?;
    let workflow = workflow.ok_or_else(|| Problem::not_found("workflow"))?;
    Ok(reply(StatusCode::OK, &workflow, Vec::new())?.respond_to(&request))
}
