use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use thaiyyal_store::tenant::WorkflowPage;
use utoipa::{IntoParams, ToSchema};

use super::Shown;
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
    /// Only those whose name or description contains this text.
    q: Option<String>,
    /// Only those with this tag.
    tag: Option<String>,
}

/// A page of workflows.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct WorkflowPageBody<'a> {
    items: Vec<Shown<'a>>,
    /// Where the next page begins; null after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List workflows, newest first
#[utoipa::path(operation_id = "list_workflows", tag = "workflows", params(Parameters), responses((status = 200, description = "A page, without definitions", body = WorkflowPageBody)))]
#[get("/api/v1/workflows")]
pub(crate) async fn list(caller: Allowed<ReadWorkflows>, state: Data<State>, query: Query<Parameters>) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let page = WorkflowPage {
        limit: limit(query.limit.as_deref())?,
        before: List::Workflows.read(query.cursor.as_deref())?,
        search: query.q,
        tag: query.tag,
    };
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let found = tx.list_workflows(&page).await?;
    tx.commit().await?;
    let items = found.items.iter().map(Shown::summary).collect();
    Ok(Reply::ok(&Page { items, next_cursor: found.next.map(|key| List::Workflows.cursor(key)) })?.respond())
}
