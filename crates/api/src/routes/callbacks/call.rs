use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use super::{CalledBack, receive};
use crate::auth::Public;
use crate::body::Incoming;
use crate::problem::Problem;
use crate::state::State;

/// Call an execution back
///
/// The address is `execution.callback_url` of the execution, and whoever has it may call it. The body, any JSON value, is what a wait for a
/// callback without a name gives. It is kept until the execution waits for it; each call ends one wait.
#[utoipa::path(
    operation_id = "call_back", tag = "callbacks", security(()),
    params(("token" = String, Path)),
    request_body(content = serde_json::Value, description = "The payload"),
    responses((status = 202, description = "It is kept for the execution", body = CalledBack))
)]
#[post("/api/v1/callbacks/{token}")]
pub(crate) async fn call(_: Public, state: Data<State>, token: Path<String>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    receive(&state, &token, "", incoming).await
}
