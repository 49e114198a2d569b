use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use thaiyyal_model::ExecutionId;

use super::ExecutionBody;
use crate::auth::{Allowed, ReadExecutions};
use crate::outcome::{self, Shown};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// One execution with its input, output and node results
#[utoipa::path(operation_id = "get_execution", tag = "executions", params(("id" = Uuid, Path)), responses((status = 200, description = "The execution", body = ExecutionBody)))]
#[get("/api/v1/executions/{id}")]
pub(crate) async fn get(caller: Allowed<ReadExecutions>, state: Data<State>, id: Path<ExecutionId>) -> Result<HttpResponse, Problem> {
    let recorded = outcome::find(&state, &caller.scope, *id).await?.ok_or_else(|| Problem::not_found("execution"))?;
    Ok(Reply::ok(&Shown::whole(&recorded)?)?.respond())
}
