use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use thaiyyal_model::{ExecutionId, WorkflowId};

use super::ExecutionBody;
use crate::auth::{Allowed, ReadExecutions};
use crate::outcome::{self, Shown};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// One execution of a workflow
#[utoipa::path(
    operation_id = "get_workflow_execution", tag = "executions",
    params(("id" = Uuid, Path), ("execution_id" = Uuid, Path)),
    responses((status = 200, description = "The execution", body = ExecutionBody))
)]
#[get("/api/v1/workflows/{id}/executions/{execution_id}")]
pub(crate) async fn get_of_workflow(
    caller: Allowed<ReadExecutions>,
    state: Data<State>,
    path: Path<(WorkflowId, ExecutionId)>,
) -> Result<HttpResponse, Problem> {
    let (workflow, id) = path.into_inner();
    let recorded = outcome::find(&state, &caller.scope, id).await?;
    let recorded = recorded.filter(|recorded| recorded.execution.summary.workflow == Some(workflow));
    let recorded = recorded.ok_or_else(|| Problem::not_found("execution of this workflow"))?;
    Ok(Reply::ok(&Shown::whole(&recorded)?)?.respond())
}
