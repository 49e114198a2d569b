use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use serde::Serialize;
use serde_json::value::RawValue;
use thaiyyal_model::ExecutionId;
use thaiyyal_store::TenantTx;
use thaiyyal_store::signals::NewSignal;
use utoipa::ToSchema;

use crate::auth::{Allowed, SignalExecutions};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::signals;
use crate::state::State;

/// A signal that will reach its execution.
#[derive(Serialize, ToSchema)]
struct Signalled<'a> {
    #[schema(value_type = String, format = Uuid)]
    execution_id: ExecutionId,
    /// The name it was sent under.
    signal: &'a str,
}

/// Send a signal to an execution
///
/// The body is the signal's payload: any JSON value. It is kept until the execution waits for a signal of this name, if it does not yet;
/// of several with one name each wait takes one, in the order in which they came. 202 means that it is durable.
#[utoipa::path(
    operation_id = "signal_execution", tag = "executions",
    params(
        ("id" = Uuid, Path), ("name" = String, Path, description = "1 to 100 letters, digits, `-`, `_` and `.`"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")
    ),
    request_body(content = serde_json::Value, description = "The payload"),
    responses((status = 202, description = "It is kept for the execution", body = Signalled))
)]
#[post("/api/v1/executions/{id}/signals/{name}")]
pub(crate) async fn signal(
    caller: Allowed<SignalExecutions>,
    state: Data<State>,
    path: Path<(ExecutionId, String)>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (execution, name) = path.into_inner();
    signals::check_name(&name)?;
    let received = incoming.read(state.settings.max_signal_bytes).await?;
    let payload: &RawValue = received.parse_any()?;
    received.check_value(payload, "")?;
    let new = NewSignal {
        execution,
        name: name.clone(),
        payload: payload.get().as_bytes().to_vec(),
        most_pending: state.settings.max_pending_signals,
    };
    let response = once::run(&state, &caller, &received, "POST /api/v1/executions/{id}/signals/{name}", async |tx: &mut dyn TenantTx| {
        signals::posted(tx.post_signal(&new, state.clock.now()).await?, state.settings.max_pending_signals)?;
        Reply::json(StatusCode::ACCEPTED, &Signalled { execution_id: execution, signal: &name })
    })
    .await?;
    signals::deliver(&state).await;
    Ok(response)
}
