use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use utoipa::ToSchema;

use super::Shown;
use crate::auth::{Allowed, ReadApiKeys};
use crate::list::Page;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// All API keys.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct ApiKeyPage<'a> {
    items: Vec<Shown<'a>>,
    /// Always null: the list is given whole.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List API keys, newest first
#[utoipa::path(operation_id = "list_api_keys", tag = "api keys", responses((status = 200, description = "The keys, without their secrets", body = ApiKeyPage)))]
#[get("/api/v1/api-keys")]
pub(crate) async fn list(caller: Allowed<ReadApiKeys>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let keys = tx.list_api_keys().await?;
    tx.commit().await?;
    Ok(Reply::ok(&Page { items: keys.iter().map(Shown::of).collect(), next_cursor: None })?.respond())
}
