use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use thaiyyal_model::WorkflowId;
use thaiyyal_store::tenant::ExecutionPage;
use utoipa::IntoParams;

use super::ExecutionPageBody;
use super::list::{reply, status};
use crate::auth::{Allowed, ReadExecutions};
use crate::list::{List, limit};
use crate::problem::Problem;
use crate::schema;
use crate::state::State;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// At most so many, 1 to 200; 50 unless told.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Only those in this status.
    #[param(value_type = Option<schema::ExecutionStatus>)]
    status: Option<String>,
}

/// List the executions of a workflow, newest first
#[utoipa::path(
    operation_id = "list_workflow_executions", tag = "executions",
    params(("id" = Uuid, Path), Parameters),
    responses((status = 200, description = "A page, without inputs and outputs", body = ExecutionPageBody))
)]
#[get("/api/v1/workflows/{id}/executions")]
pub(crate) async fn list_of_workflow(
    caller: Allowed<ReadExecutions>,
    state: Data<State>,
    id: Path<WorkflowId>,
    query: Query<Parameters>,
) -> Result<HttpResponse, Problem> {
    let list = List::ExecutionsOf(*id);
    let page = ExecutionPage {
        limit: limit(query.limit.as_deref())?,
        before: list.read(query.cursor.as_deref())?,
        workflow: Some(*id),
        status: status(query.status.as_deref())?,
        ..ExecutionPage::default()
    };
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    if tx.find_workflow(*id).await?.is_none() {
        return Err(Problem::not_found("workflow"));
    }
    let found = tx.list_executions(&page).await?;
    tx.commit().await?;
    Ok(reply(list, &found)?.respond())
}
