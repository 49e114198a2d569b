use std::collections::{BTreeMap, HashMap};

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use thaiyyal_engine::Callbacks as _;
use thaiyyal_model::{ExecutionId, Seq};
use utoipa::{IntoParams, ToSchema};

use crate::auth::{Allowed, Permission, ReadExecutions};
use crate::large::Part;
use crate::list::{List, Page, limit_within};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::routes::callbacks;
use crate::state::State;
use crate::{journal, large, outcome, schema};

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// At most so many, 1 to 1000; 1000 unless told.
    #[param(value_type = Option<u32>)]
    limit: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

const MOST: u32 = 1_000;

/// One attempt of one node.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: answers are written by `journal::Step`")]
struct Step {
    node_id: String,
    /// One number for every construct around it that repeats, outermost first.
    iteration: Vec<u32>,
    /// The type of its node.
    r#type: String,
    status: schema::StepStatus,
    /// From 1.
    attempt: u32,
    #[schema(value_type = String, format = DateTime)]
    started_at: (),
    #[schema(value_type = Option<String>, format = DateTime, required)]
    finished_at: (),
    #[schema(required)]
    duration_ms: Option<u64>,
    /// Why it waits.
    reason: Option<schema::Reason>,
    /// Until when it waits, if that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    wake_at: (),
    /// The name of the signal that it waits for: one that callers send, or one that begins with `callback:` or `approval:`.
    #[schema(nullable = false)]
    signal: Option<String>,
    /// Where a call ends its wait for a callback. Only for those who may send signals: whoever knows it can call.
    #[schema(nullable = false)]
    callback_url: Option<String>,
    /// What a connector was asked.
    input: Option<serde_json::Value>,
    /// What it gave.
    output: Option<serde_json::Value>,
    /// Why it failed.
    error: Option<schema::Failure>,
    /// Which of `input` and `output` are too large to be shown here.
    omitted: Option<Vec<String>>,
    /// What of `input` and `output` is null here because it is too large, by the names of these fields.
    large: Option<HashMap<String, Vec<Part>>>,
}

/// A step as it is written.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    step: journal::Step<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    callback_url: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    large: BTreeMap<&'static str, Vec<Part>>,
}

impl<'a> Shown<'a> {
    /// `callback_url` is the address of the execution, for those who may know it.
    fn of(execution: ExecutionId, callback_url: Option<&str>, step: journal::Step<'a>) -> Self {
        let name = step.signal.and_then(|signal| signal.strip_prefix(callbacks::PREFIX));
        let callback_url = name.zip(callback_url).map(|(name, url)| if name.is_empty() { url.to_owned() } else { format!("{url}/{name}") });
        let large = step.large.iter().map(|(field, value)| (*field, large::parts(execution, value))).collect();
        Self { step, callback_url, large }
    }
}

/// A page of steps.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described, never made")]
struct StepPage {
    items: Vec<Step>,
    /// Where the next page begins; null after the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The steps of an execution, one per attempt, in the order they began
#[utoipa::path(operation_id = "list_execution_steps", tag = "executions", params(("id" = Uuid, Path), Parameters), responses((status = 200, description = "The steps", body = StepPage)))]
#[get("/api/v1/executions/{id}/steps")]
pub(crate) async fn steps(
    caller: Allowed<ReadExecutions>,
    state: Data<State>,
    id: Path<ExecutionId>,
    query: Query<Parameters>,
) -> Result<HttpResponse, Problem> {
    let limit = limit_within(query.limit.as_deref(), MOST, MOST)? as usize;
    let list = List::Steps(*id);
    let after = list.read::<u64>(query.cursor.as_deref())?.unwrap_or(0);
    let found = outcome::find_within(&state, &caller.scope, *id, journal::SHOWN_BYTES).await?;
    let recorded = found.ok_or_else(|| Problem::not_found("execution"))?;
    let (items, more) = journal::page(&recorded.records, recorded.execution.summary.finished_at, Seq(after), limit);
    let next_cursor = items.last().filter(|_| more).map(|last| list.cursor(last.first.0));
    let is_callback = |step: &journal::Step<'_>| step.signal.is_some_and(|signal| signal.starts_with(callbacks::PREFIX));
    let callback_url = if caller.grants.has(Permission::SignalExecutions) && items.iter().any(is_callback) {
        state.callbacks.learn(&*state.storage.admin).await?;
        state.callbacks.url(caller.scope.tenant(), *id)
    } else {
        None
    };
    let items: Vec<Shown<'_>> = items.into_iter().map(|step| Shown::of(*id, callback_url.as_deref(), step)).collect();
    Ok(Reply::ok(&Page { items, next_cursor })?.respond())
}
