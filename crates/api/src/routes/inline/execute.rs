use std::collections::{BTreeMap, HashMap};

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use serde_json::value::RawValue;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Priority, Str};
use thaiyyal_store::dispatch::{NewExecution, Target};
use tokio::time::{Duration, Instant};
use utoipa::ToSchema;

use super::body::{Inline, InlineBody};
use crate::auth::{Allowed, RunWorkflows};
use crate::body::Incoming;
use crate::large::Part;
use crate::outcome::{Recorded, Results, Wait, duration_ms, large_parts};
use crate::problem::Problem;
use crate::reply::{Reply, stored_json};
use crate::routes::executions::{Started, accept, input, trigger, wait_ms};
use crate::routes::workflows::checked;
use crate::state::State;
use crate::{journal, metrics, once, trace};

/// How an inline execution ended.
#[derive(ToSchema)]
#[schema(as = InlineOutcome)]
#[expect(dead_code, reason = "only described: answers are written from `Outcome`")]
struct OutcomeBody {
    /// Whether it succeeded.
    success: bool,
    #[schema(value_type = String, format = Uuid)]
    execution_id: (),
    execution_time_ms: u64,
    /// As the definition calls itself.
    workflow_id: Option<String>,
    /// Values of the nodes that completed, by node id.
    results: HashMap<String, serde_json::Value>,
    /// Nodes whose values are too large to be shown here.
    omitted_results: Option<Vec<String>>,
    /// What of `results` is null here, or not here at all, because it is too large; by node id.
    large_results: Option<HashMap<String, Vec<Part>>>,
    /// When it succeeded.
    final_output: Option<serde_json::Value>,
    /// When it did not.
    error: Option<InlineError>,
}

/// Why it did not succeed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: answers are written from `Outcome`")]
struct InlineError {
    code: String,
    message: String,
    /// `node` when a node failed, `execution` otherwise.
    stage: String,
    node_id: Option<String>,
    details: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct Outcome<'a> {
    success: bool,
    execution_id: ExecutionId,
    execution_time_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_id: Option<String>,
    results: Results<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    omitted_results: Vec<&'a Str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    large_results: BTreeMap<&'a Str, Vec<Part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    final_output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ShownError>,
}

#[derive(Serialize)]
struct ShownError {
    stage: &'static str,
    #[serde(flatten)]
    failure: Failure,
}

/// Execute a definition that belongs to no workflow
///
/// Takes a bare definition, or one with an input. It is recorded and run like any other execution; the answer comes when it ended (200), or
/// when the time is over (202, and it goes on).
#[utoipa::path(
    operation_id = "execute_inline", tag = "inline",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    request_body = InlineBody,
    responses((status = 200, description = "It ended", body = OutcomeBody), (status = 202, description = "It goes on", body = Started))
)]
#[post("/api/v1/workflow/execute")]
pub(crate) async fn execute(caller: Allowed<RunWorkflows>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let begun = Instant::now();
    let received = incoming.read(Inline::limit(&state)).await?;
    let inline = Inline::of(&received)?;
    let deadline = begun + Duration::from_millis(wait_ms(&state, inline.timeout_ms)?);
    let input = input(&state, &received, inline.input)?;
    let definition = checked(&state, &caller.scope, &received, inline.definition, inline.pointer).await?;
    let workflow_id = own_name(definition.text());
    let id = ExecutionId::mint(&*state.clock);
    let new = NewExecution {
        id,
        scope: caller.scope,
        target: Target::Inline { hash: definition.hash(), text: definition.into_text() },
        trigger: trigger(&caller),
        priority: Priority::Normal,
        input,
        labels: None,
        concurrency_key: None,
        created_at: state.clock.now(),
        start_at: None,
        deadline: None,
        idempotency: once::key(&received.request, &received.bytes, "POST /api/v1/workflow/execute")?,
        parent: None,
        trace: trace::current(received.request.headers()),
    };
    let mut watch = state.watchers.watch(id);
    let (accepted, replayed) = accept(&state, received, new).await?;
    metrics::accepted(begun.elapsed());
    if accepted.execution != id {
        watch = state.watchers.watch(accepted.execution);
    }
    let wait = Wait { state: &state, scope: &caller.scope, execution: accepted.execution, deadline, look_first: replayed };
    let mut response = match wait.end(watch).await? {
        Some(recorded) => Reply::ok(&shown(&recorded, workflow_id)?)?.respond(),
        None => Started::reply(&accepted)?.respond(),
    };
    if replayed {
        once::mark_replayed(&mut response);
    }
    Ok(response)
}

/// What the definition calls itself.
fn own_name(definition: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        workflow_id: Option<String>,
    }
    serde_json::from_slice::<Named>(definition).ok()?.workflow_id
}

fn shown(recorded: &Recorded, workflow_id: Option<String>) -> Result<Outcome<'_>, Problem> {
    let Recorded { execution, records, .. } = recorded;
    let summary = &execution.summary;
    let success = summary.status == ExecutionStatus::Succeeded;
    let error = match &summary.error {
        _ if success => None,
        Some(error) => Some(serde_json::from_slice(error).map_err(Problem::internal)?),
        None => Some(Failure::new(summary.status.as_str(), format!("the execution ended as {}", summary.status))),
    };
    let journal::Results { shown, omitted, large } = journal::node_results(records);
    Ok(Outcome {
        success,
        execution_id: summary.id,
        execution_time_ms: duration_ms(summary).unwrap_or(0),
        workflow_id,
        results: Results(shown),
        omitted_results: omitted,
        large_results: large_parts(summary.id, large),
        final_output: match &execution.output {
            Some(output) if success => Some(stored_json(output)?),
            _ => success.then(|| stored_json(b"null")).transpose()?,
        },
        error: error.map(|failure: Failure| ShownError { stage: if failure.node_id.is_some() { "node" } else { "execution" }, failure }),
    })
}
