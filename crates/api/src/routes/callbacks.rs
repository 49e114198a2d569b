//! Calls of an execution's callback address, by those who cannot sign in.

mod call;
mod call_named;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use thaiyyal_model::{ExecutionId, TenantId, TenantScope};
use thaiyyal_store::signals::NewSignal;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::body::Incoming;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::signals;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(call::call).service(call_named::call_named);
}

/// What the names of these signals begin with: nobody who signs in can send one.
pub(super) const PREFIX: &str = "callback:";

/// A call that will reach its execution.
#[derive(Serialize, ToSchema)]
struct CalledBack {
    /// Always true.
    accepted: bool,
}

/// Keeps the body of a call for the execution whose address it is.
async fn receive(state: &State, token: &str, name: &str, incoming: Incoming) -> Result<HttpResponse, Problem> {
    state.callbacks.learn(&*state.storage.admin).await?;
    let (tenant, execution) = state.callbacks.read(token).ok_or_else(|| Problem::not_found("callback address"))?;
    state.callback_pace.admit(execution)?;
    let received = incoming.read(state.settings.max_signal_bytes).await?;
    let payload: &RawValue = received.parse_any()?;
    received.check_value(payload, "")?;
    post(state, tenant, execution, format!("{PREFIX}{name}"), payload).await?;
    signals::deliver(state).await;
    Ok(Reply::json(StatusCode::ACCEPTED, &CalledBack { accepted: true })?.respond())
}

async fn post(state: &State, tenant: TenantId, execution: ExecutionId, name: String, payload: &RawValue) -> Result<(), Problem> {
    #[expect(clippy::disallowed_methods, reason = "the address holds a code over tenant and execution that only this installation makes")]
    let scope = TenantScope::assume(tenant);
    let most_pending = state.settings.max_pending_signals;
    let signal = NewSignal { execution, name, payload: payload.get().as_bytes().to_vec(), most_pending };
    let mut tx = state.storage.store.begin(&scope).await?;
    signals::posted(tx.post_signal(&signal, state.clock.now()).await?, most_pending)?;
    tx.commit().await?;
    Ok(())
}
