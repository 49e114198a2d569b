use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use thaiyyal_commands::executions;
use thaiyyal_model::{ExecutionId, ExecutionStatus};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::Cancel;
use utoipa::ToSchema;

use crate::auth::{Allowed, CancelExecutions};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::schema;
use crate::state::State;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Where an execution stands after it was asked to stop.
#[derive(Serialize, ToSchema)]
struct Cancelled {
    #[schema(value_type = String, format = Uuid)]
    execution_id: ExecutionId,
    /// `running` until its worker has ended it.
    #[schema(value_type = schema::ExecutionStatus)]
    status: ExecutionStatus,
}

/// Stop an execution
///
/// 200 when it has ended (just now or before), 202 when the worker that runs it was told to end it.
#[utoipa::path(
    operation_id = "cancel_execution", tag = "executions",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    responses((status = 200, description = "It has ended", body = Cancelled), (status = 202, description = "It is going to end", body = Cancelled))
)]
#[post("/api/v1/executions/{id}/cancel")]
pub(crate) async fn cancel(
    caller: Allowed<CancelExecutions>,
    state: Data<State>,
    id: Path<ExecutionId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let received = incoming.read(1 << 10).await?;
    let Nothing {} = received.parse()?;
    let mut done = None;
    let response = once::run(&state, &caller, &received, "POST /api/v1/executions/{id}/cancel", async |tx: &mut dyn TenantTx| {
        let outcome = executions::cancel(tx, *id, state.clock.now()).await?;
        done = Some(outcome);
        let (status, now) = match outcome {
            Cancel::Cancelled => (StatusCode::OK, ExecutionStatus::Cancelled),
            Cancel::AlreadyEnded(ended) => (StatusCode::OK, ended),
            Cancel::Requested => (StatusCode::ACCEPTED, ExecutionStatus::Running),
            Cancel::Missing => return Err(Problem::not_found("execution")),
        };
        Reply::json(status, &Cancelled { execution_id: *id, status: now })
    })
    .await?;
    if let Some(outcome) = done {
        executions::announce_cancel(&*state.ephemeral, caller.scope.tenant(), *id, outcome).await;
    }
    Ok(response)
}
