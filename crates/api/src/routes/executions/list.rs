use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Timestamp, Trigger, WorkflowId};
use thaiyyal_store::tenant::{ExecutionPage, ExecutionSummary, Page as Found};
use utoipa::IntoParams;

use super::ExecutionPageBody;
use crate::auth::{Allowed, ReadExecutions};
use crate::list::{List, Page, limit, parameter};
use crate::outcome::Shown;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::schema;
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
    /// Only those of this workflow.
    #[param(value_type = Option<String>, format = Uuid)]
    workflow_id: Option<String>,
    /// Only those in this status.
    #[param(value_type = Option<schema::ExecutionStatus>)]
    status: Option<String>,
    /// Only those with this trigger.
    #[param(value_type = Option<schema::Trigger>)]
    trigger: Option<String>,
    /// Only those that this execution started.
    #[param(value_type = Option<String>, format = Uuid)]
    parent_id: Option<String>,
    /// Only those accepted at or after.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<String>,
    /// Only those accepted before.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
    /// Only those of workflows whose name holds this text, whatever the case of its letters, or whose id begins with it.
    q: Option<String>,
}

/// List executions, newest first
#[utoipa::path(
    operation_id = "list_executions", tag = "executions",
    params(Parameters),
    responses((status = 200, description = "A page, without inputs and outputs", body = ExecutionPageBody))
)]
#[get("/api/v1/executions")]
pub(crate) async fn list(caller: Allowed<ReadExecutions>, state: Data<State>, query: Query<Parameters>) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let page = ExecutionPage {
        limit: limit(query.limit.as_deref())?,
        before: List::Executions.read(query.cursor.as_deref())?,
        workflow: parameter::<WorkflowId>("workflow_id", query.workflow_id.as_deref(), "the id of a workflow")?,
        status: status(query.status.as_deref())?,
        trigger: trigger(query.trigger.as_deref())?,
        parent: parameter::<ExecutionId>("parent_id", query.parent_id.as_deref(), "the id of an execution")?,
        since: parameter::<Timestamp>("since", query.since.as_deref(), TIME)?,
        until: parameter::<Timestamp>("until", query.until.as_deref(), TIME)?,
        text: searched(query.q)?,
    };
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let found = tx.list_executions(&page).await?;
    tx.commit().await?;
    Ok(reply(List::Executions, &found)?.respond())
}

/// What to look for; storage takes no text with control characters.
fn searched(text: Option<String>) -> Result<Option<String>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.len() > MOST_SEARCHED || text.chars().any(char::is_control)) {
        return Err(Problem::parameter("q", format!("must be text of at most {MOST_SEARCHED} bytes without control characters")));
    }
    Ok(text)
}

/// Names of workflows are no longer.
const MOST_SEARCHED: usize = 800;

const TIME: &str = "a time such as 2026-01-31T12:00:00Z";

pub(super) fn status(text: Option<&str>) -> Result<Option<ExecutionStatus>, Problem> {
    let words: Vec<_> = ExecutionStatus::ALL.iter().map(|status| status.as_str()).collect();
    parameter("status", text, &format!("one of {}", words.join(", ")))
}

fn trigger(text: Option<&str>) -> Result<Option<Trigger>, Problem> {
    let words: Vec<_> = Trigger::ALL.iter().map(|trigger| trigger.as_str()).collect();
    parameter("trigger", text, &format!("one of {}", words.join(", ")))
}

/// A page of executions as an answer.
pub(super) fn reply(of: List, found: &Found<ExecutionSummary, thaiyyal_model::ExecutionId>) -> Result<Reply, Problem> {
    let items = found.items.iter().map(Shown::summary).collect::<Result<Vec<_>, _>>()?;
    Reply::ok(&Page { items, next_cursor: found.next.map(|key| of.cursor(key)) })
}
