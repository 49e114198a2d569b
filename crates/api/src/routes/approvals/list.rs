use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use thaiyyal_model::ExecutionId;
use thaiyyal_store::approvals::ApprovalPage;
use utoipa::IntoParams;

use super::{PageBody, Shown, Viewer};
use crate::auth::{Allowed, ReadApprovals};
use crate::list::{List, Page, limit, parameter};
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
    /// `open` for those that can be decided, which is what is listed unless told; `all` for all.
    status: Option<String>,
    /// `me` for those that name whoever asks among their assignees; all unless told.
    assignee: Option<String>,
    /// Only those of this execution.
    #[param(value_type = Option<String>, format = Uuid)]
    execution_id: Option<String>,
}

/// List what executions ask people, newest first
#[utoipa::path(
    operation_id = "list_approvals", tag = "approvals",
    params(Parameters),
    responses((status = 200, description = "A page", body = PageBody))
)]
#[get("/api/v1/approvals")]
pub(crate) async fn list(caller: Allowed<ReadApprovals>, state: Data<State>, query: Query<Parameters>) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let is_mine = match query.assignee.as_deref() {
        None => false,
        Some("me") => true,
        Some(_) => return Err(Problem::parameter("assignee", "must be me")),
    };
    let mut page = ApprovalPage {
        limit: limit(query.limit.as_deref())?,
        before: List::Approvals.read(query.cursor.as_deref())?,
        execution: parameter::<ExecutionId>("execution_id", query.execution_id.as_deref(), "the id of an execution")?,
        open_only: match query.status.as_deref() {
            None | Some("open") => true,
            Some("all") => false,
            Some(_) => return Err(Problem::parameter("status", "must be one of open, all")),
        },
        assignee: None,
        now: state.clock.now(),
    };
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let viewer = Viewer::of(&caller, &mut *tx).await?;
    if is_mine {
        page.assignee = Some(viewer.person.email.clone());
    }
    let found = tx.list_approvals(&page).await?;
    tx.commit().await?;
    let items = found.items.iter().map(|approval| Shown::of(approval, &viewer)).collect::<Result<Vec<_>, _>>()?;
    Ok(Reply::ok(&Page { items, next_cursor: found.next.map(|key| List::Approvals.cursor(key)) })?.respond())
}
