use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use thaiyyal_commands::identity;
use utoipa::ToSchema;

use super::{Me, sign_in};
use crate::auth::{Public, refuse_other_sites};
use crate::body::Incoming;
use crate::problem::{Code, Problem};
use crate::state::State;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    /// From the printed link.
    token: String,
}

/// Sign in with a one-time link
///
/// Uses the link up, answers who is signed in and sets the session cookie.
#[utoipa::path(operation_id = "sign_in_with_link", tag = "auth", security(()), request_body = LinkBody, responses((status = 200, description = "Signed in", body = Me)))]
#[post("/api/v1/auth/link")]
pub(crate) async fn link(_anyone: Public, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    refuse_other_sites(&incoming.request, state.settings.public_url.as_ref())?;
    let received = incoming.read(8 << 10).await?;
    let body: LinkBody = received.parse()?;
    let login = identity::follow_link(&*state.storage.directory, &body.token, state.clock.now()).await?;
    let login = login.ok_or_else(|| Problem::new(Code::InvalidLink, "the link was used before, has expired, or never existed"))?;
    sign_in(&state, login).await
}
