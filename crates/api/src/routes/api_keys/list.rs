use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Shown;
use crate::auth::{Allowed, ReadApiKeys};
use crate::list::{List, Page, limit};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// At most so many, 1 to 200; 50 unless told.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A page of API keys.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct ApiKeyPage<'a> {
    items: Vec<Shown<'a>>,
    /// Where the next page begins; null after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List API keys, newest first
#[utoipa::path(operation_id = "list_api_keys", tag = "api keys", params(Parameters), responses((status = 200, description = "The keys, without their secrets", body = ApiKeyPage)))]
#[get("/api/v1/api-keys")]
pub(crate) async fn list(caller: Allowed<ReadApiKeys>, state: Data<State>, query: Query<Parameters>) -> Result<HttpResponse, Problem> {
    let limit = limit(query.limit.as_deref())?;
    let before = List::ApiKeys.read(query.cursor.as_deref())?;
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let found = tx.list_api_keys(limit, before).await?;
    tx.commit().await?;
    let next_cursor = found.next.map(|key| List::ApiKeys.cursor(key));
    Ok(Reply::ok(&Page { items: found.items.iter().map(Shown::of).collect(), next_cursor })?.respond())
}
