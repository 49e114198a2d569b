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
struct LoginBody {
    /// Address of the account.
    email: String,
    /// Its password.
    #[schema(format = Password)]
    password: String,
}

/// Sign in with a password
///
/// Answers who is signed in and sets the session cookie. An unknown address and a wrong password get the same answer.
#[utoipa::path(operation_id = "sign_in", tag = "auth", security(()), request_body = LoginBody, responses((status = 200, description = "Signed in", body = Me)))]
#[post("/api/v1/auth/login")]
pub(crate) async fn login(_anyone: Public, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    refuse_other_sites(&incoming.request, state.settings.public_url.as_ref())?;
    let received = incoming.read(8 << 10).await?;
    let body: LoginBody = received.parse()?;
    let login = identity::login(&*state.storage.directory, &state.passwords, &body.email, body.password).await?;
    let login = login.ok_or_else(|| Problem::new(Code::InvalidCredentials, "no account has this address and this password"))?;
    sign_in(&state, login).await
}
