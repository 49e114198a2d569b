use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use thaiyyal_model::{VersionNumber, WorkflowId};
use utoipa::{IntoParams, ToSchema};

use super::ShownVersion;
use crate::auth::{Allowed, ReadWorkflows};
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

/// A page of versions.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct VersionPageBody<'a> {
    items: Vec<ShownVersion<'a>>,
    /// Where the next page begins; null after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List the versions of a workflow, newest first
#[utoipa::path(
    operation_id = "list_workflow_versions", tag = "workflows",
    params(("id" = Uuid, Path), Parameters),
    responses((status = 200, description = "A page, without definitions", body = VersionPageBody))
)]
#[get("/api/v1/workflows/{id}/versions")]
pub(crate) async fn list_versions(
    caller: Allowed<ReadWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    query: Query<Parameters>,
) -> Result<HttpResponse, Problem> {
    let list = List::VersionsOf(*id);
    let limit = limit(query.limit.as_deref())?;
    let before = list.read::<i32>(query.cursor.as_deref())?.map(VersionNumber);
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    if tx.find_workflow(*id).await?.is_none() {
        return Err(Problem::not_found("workflow"));
    }
    let found = tx.list_versions(*id, limit, before).await?;
    tx.commit().await?;
    let items = found.items.iter().map(ShownVersion::summary).collect();
    Ok(Reply::ok(&Page { items, next_cursor: found.next.map(|key| list.cursor(key)) })?.respond())
}
