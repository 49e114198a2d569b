//! Signing in and out.

mod link;
mod login;
mod logout;
mod me;

use actix_web::HttpResponse;
use serde::Serialize;
use thaiyyal_commands::identity;
use thaiyyal_model::{TenantId, UserId};
use thaiyyal_store::directory::Login;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::{Grants, csrf_token, write_cookie};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(login::login).service(link::link).service(logout::logout).service(me::me);
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me<'a> {
    /// The person; for an API key the one on whose behalf it acts, by id only.
    user: User<'a>,
    /// The tenant everything belongs to.
    tenant: Tenant<'a>,
    /// What the caller may do.
    permissions: Vec<&'static str>,
    /// To be sent as the header `X-CSRF-Token` with requests that change something; null for API keys, which need none.
    #[schema(required)]
    csrf_token: Option<&'a str>,
}

/// A person.
#[derive(Serialize, ToSchema)]
struct User<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    /// Null for API keys.
    #[schema(required)]
    email: Option<&'a str>,
    /// Null for API keys.
    #[schema(required)]
    name: Option<&'a str>,
}

/// A tenant.
#[derive(Serialize, ToSchema)]
struct Tenant<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: TenantId,
    /// Null for API keys.
    #[schema(required)]
    name: Option<&'a str>,
}

impl<'a> Me<'a> {
    fn of(login: &'a Login, csrf: &'a str) -> Self {
        Self {
            user: User { id: login.user, email: Some(&login.email), name: Some(&login.name) },
            tenant: Tenant { id: login.tenant, name: Some(&login.tenant_name) },
            permissions: Grants::of(&login.permissions).names(),
            csrf_token: Some(csrf),
        }
    }
}

/// Opens a session for someone who proved who they are. Always a new one: a token from before signing in is worth nothing after.
async fn sign_in(state: &State, login: Login) -> Result<HttpResponse, Problem> {
    let opened = identity::open_session(&*state.storage.directory, login, state.settings.session_lifetime(), &*state.clock).await?;
    let csrf = csrf_token(opened.token.reveal());
    let mut response = Reply::ok(&Me::of(&opened.session.login, &csrf))?.respond();
    let cookie = write_cookie(opened.token.reveal(), state.settings.session_lifetime(), state.settings.is_https());
    response.add_cookie(&cookie).map_err(|error| Problem::internal(error.to_string()))?;
    Ok(response)
}
