use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};

use super::{CalledBack, receive};
use crate::auth::Public;
use crate::body::Incoming;
use crate::problem::Problem;
use crate::signals;
use crate::state::State;

/// Call an execution back, for the wait of this name
///
/// As `POST /api/v1/callbacks/{token}`, for an execution that waits for several.
#[utoipa::path(
    operation_id = "call_back_named", tag = "callbacks", security(()),
    params(("token" = String, Path), ("name" = String, Path, description = "1 to 100 letters, digits, `-`, `_` and `.`")),
    request_body(content = serde_json::Value, description = "The payload"),
    responses((status = 202, description = "It is kept for the execution", body = CalledBack))
)]
#[post("/api/v1/callbacks/{token}/{name}")]
pub(crate) async fn call_named(
    _: Public,
    state: Data<State>,
    path: Path<(String, String)>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (token, name) = path.into_inner();
    signals::check_name(&name)?;
    receive(&state, &token, &name, incoming).await
}
