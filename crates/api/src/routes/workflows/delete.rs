use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete};
use thaiyyal_commands::workflows;
use thaiyyal_model::WorkflowId;

use super::Expected;
use crate::auth::{Allowed, WriteWorkflows};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// Delete a workflow
///
/// It can no longer be read or executed; its executions stay.
#[utoipa::path(
    operation_id = "delete_workflow", tag = "workflows",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag of the workflow as it was read")),
    responses((status = 204, description = "Deleted"))
)]
#[delete("/api/v1/workflows/{id}")]
pub(crate) async fn delete(
    caller: Allowed<WriteWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let expected = Expected::of(&request)?;
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let expected = expected.revision(&mut *tx, *id).await?;
    workflows::delete(&mut *tx, *id, expected, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Reply::empty().respond())
}
