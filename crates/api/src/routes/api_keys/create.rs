use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use thaiyyal_commands::api_keys::{self, Create};
use thaiyyal_model::Timestamp;
use thaiyyal_store::TenantTx;
use utoipa::ToSchema;

use super::Shown;
use crate::auth::{Allowed, Grants, Permission, WriteApiKeys};
use crate::body::{Incoming, text};
use crate::once;
use crate::problem::{Code, Problem};
use crate::reply::Reply;
use crate::state::State;

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ApiKeyInput)]
struct Input {
    /// Name, for people; 1 to 200 characters.
    name: String,
    /// What it may do: at most what its maker may. `["*"]` unless told.
    #[serde(default = "everything")]
    permissions: Vec<String>,
    /// When it ends.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// Make an API key
///
/// The answer holds the key, which is not stored and cannot be shown again: repeating the request with the same idempotency key shows the
/// rest of the answer only.
#[utoipa::path(
    operation_id = "create_api_key", tag = "api keys",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    request_body = Input,
    responses((status = 201, description = "Made", body = Shown))
)]
#[post("/api/v1/api-keys")]
pub(crate) async fn create(caller: Allowed<WriteApiKeys>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let received = incoming.read(16 << 10).await?;
    let body: Input = received.parse()?;
    let now = state.clock.now();
    check(&body, now)?;
    if !caller.grants.covers(Grants::of(&body.permissions)) {
        return Err(Problem::new(Code::Forbidden, "a key may do nothing its maker may not"));
    }
    // A key made with a limited key stays within its limits, also when new permissions come to exist.
    let permissions = if body.permissions.iter().any(|name| name == "*") && !caller.grants.is_everything() {
        caller.grants.names().into_iter().map(str::to_owned).collect()
    } else {
        body.permissions
    };
    let command = Create { user: caller.user, name: body.name, permissions, expires_at: body.expires_at };
    let mut secret = None;
    let mut response = once::run(&state, &caller, &received, "POST /api/v1/api-keys", async |tx: &mut dyn TenantTx| {
        let created = api_keys::create(tx, command, &*state.clock).await?;
        let shown = Shown::of(&created.summary);
        let reply = Reply::json(StatusCode::CREATED, &shown)?.located(format!("/api/v1/api-keys/{}", created.summary.id));
        secret = Some(created);
        Ok(reply)
    })
    .await?;
    if let Some(created) = secret {
        // Only now, so that what is stored for repetitions does not hold the key.
        let shown = Shown { key: Some(&created.key), ..Shown::of(&created.summary) };
        response = response.set_body(actix_web::body::BoxBody::new(serde_json::to_vec(&shown).map_err(Problem::internal)?));
    }
    Ok(response)
}

fn check(body: &Input, now: Timestamp) -> Result<(), Problem> {
    if body.name.trim().is_empty() {
        return Err(Problem::field("/name", "must not be empty"));
    }
    text("/name", &body.name, 200)?;
    if body.permissions.is_empty() {
        return Err(Problem::field("/permissions", "must not be empty"));
    }
    for (at, name) in body.permissions.iter().enumerate() {
        if name != "*" && !Permission::ALL.iter().any(|permission| permission.as_str() == name) {
            let known: Vec<_> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
            return Err(Problem::field(format!("/permissions/{at}"), format!("must be `*` or one of {}", known.join(", "))));
        }
    }
    if body.expires_at.is_some_and(|end| end <= now) {
        return Err(Problem::field("/expires_at", "must be in the future"));
    }
    Ok(())
}
