//! Waiting for the end of an execution, and showing it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use thaiyyal_model::{
    ExecutionId, ExecutionStatus, Priority, Reason, Record, Seq, Str, TenantScope, Trigger, Value, VersionNumber, WorkflowId,
};
use thaiyyal_store::tenant::{Execution, ExecutionSummary};
use tokio::time::Instant;

use crate::journal;
use crate::large::{self, Part};
use crate::live::Watch;
use crate::problem::Problem;
use crate::reply::stored_json;
use crate::state::State;
use crate::time::{Time, millis_between};

/// An execution with its journal.
pub(crate) struct Recorded {
    pub execution: Execution,
    pub records: Vec<Record>,
    /// The final output as far as parts of it are in the object store and not shown; else null.
    pub large_output: Value,
}

/// Reads an execution; `None` when there is none, or it belongs to another tenant.
pub(crate) async fn find(state: &State, scope: &TenantScope, id: ExecutionId) -> Result<Option<Recorded>, Problem> {
    find_within(state, scope, id, u64::MAX).await
}

/// The same, for an answer that shows no value of more than `most` bytes: those stay in the object store, where they can be had.
pub(crate) async fn find_within(state: &State, scope: &TenantScope, id: ExecutionId, most: u64) -> Result<Option<Recorded>, Problem> {
    let mut tx = state.storage.store.begin(scope).await?;
    let Some((mut execution, segments)) = tx.recorded(id, Seq(0)).await? else { return Ok(None) };
    drop(tx);
    let mut records = journal::records(&segments, Seq(0))?;
    let shelf = state.shelf(scope, id);
    if let Some(shelf) = &shelf {
        large::bring_back(shelf, large::values(&mut records), most).await;
    }
    let mut large_output = Value::Null;
    if let Some(stored) = execution.output.take() {
        let (output, value) = large::output(shelf.as_ref(), stored).await?;
        execution.output = Some(output);
        large_output = value;
    }
    Ok(Some(Recorded { execution, records, large_output }))
}

/// How long to trust that the end would have been heard of, at first and at most; in between it doubles. Live hints may be lost.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LAST_LOOK: Duration = Duration::from_secs(4);

/// A wait for the end of one execution.
pub(crate) struct Wait<'a> {
    pub state: &'a State,
    pub scope: &'a TenantScope,
    pub execution: ExecutionId,
    /// Until when to wait.
    pub deadline: Instant,
    /// The end may have come before anybody listened.
    pub look_first: bool,
}

impl Wait<'_> {
    /// The execution once it has ended; `None` when it did not in time, or the server is about to stop.
    pub(crate) async fn end(self, mut watch: Watch) -> Result<Option<Recorded>, Problem> {
        let Self { state, scope, execution, deadline, look_first } = self;
        let mut pause = if look_first { Duration::ZERO } else { FIRST_LOOK };
        loop {
            // Progress is no reason to look at the database; an end is, and silence.
            let look = tokio::select! {
                seen = watch.changed() => seen.ended || seen.gap,
                () = tokio::time::sleep(pause) => true,
                () = tokio::time::sleep_until(deadline) => return Ok(None),
                () = state.closing.cancelled() => return Ok(None),
            };
            if !look {
                continue;
            }
            if let Some(recorded) = find(state, scope, execution).await?
                && recorded.execution.summary.status.is_terminal()
            {
                return Ok(Some(recorded));
            }
            pause = (pause * 2).clamp(FIRST_LOOK, LAST_LOOK);
        }
    }
}

/// The execution object of answers.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    id: ExecutionId,
    workflow_id: Option<WorkflowId>,
    workflow_name: Option<&'a str>,
    version: Option<VersionNumber>,
    status: ExecutionStatus,
    reason: Option<Reason>,
    wake_at: Option<Time>,
    trigger: Trigger,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Option<&'a RawValue>>,
    error: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_results: Option<Results<'a>>,
    /// Nodes whose results are too large to be shown here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    omitted_results: Vec<&'a Str>,
    /// What of the output is null here because it is too large.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    large_output: Vec<Part>,
    /// The same of the results, by node id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    large_results: BTreeMap<&'a Str, Vec<Part>>,
    priority: Priority,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a RawValue>,
    created_at: Time,
    started_at: Option<Time>,
    finished_at: Option<Time>,
    duration_ms: Option<u64>,
    retry_of: Option<ExecutionId>,
    parent_id: Option<ExecutionId>,
    parent_step: Option<&'a str>,
}

impl<'a> Shown<'a> {
    /// Without its data, as in lists.
    pub(crate) fn summary(summary: &'a ExecutionSummary) -> Result<Self, Problem> {
        let error = summary.error.as_deref().map(stored_json).transpose()?;
        Ok(Self {
            id: summary.id,
            workflow_id: summary.workflow,
            workflow_name: summary.workflow_name.as_deref(),
            version: summary.version,
            status: summary.status,
            reason: summary.reason,
            wake_at: summary.wake_at.map(Time),
            trigger: summary.trigger,
            input: None,
            output: None,
            error,
            node_results: None,
            omitted_results: Vec::new(),
            large_output: Vec::new(),
            large_results: BTreeMap::new(),
            priority: summary.priority,
            labels: None,
            created_at: Time(summary.created_at),
            started_at: summary.started_at.map(Time),
            finished_at: summary.finished_at.map(Time),
            duration_ms: duration_ms(summary),
            retry_of: summary.retry_of,
            parent_id: summary.parent,
            parent_step: summary.parent_step.as_deref(),
        })
    }

    /// With everything.
    pub(crate) fn whole(recorded: &'a Recorded) -> Result<Self, Problem> {
        let Recorded { execution, records, large_output } = recorded;
        let labels = execution.labels.as_deref().map_or_else(|| stored_json(b"{}"), stored_json)?;
        let journal::Results { shown, omitted, large } = journal::node_results(records);
        Ok(Self {
            input: Some(stored_json(&execution.input)?),
            output: Some(execution.output.as_deref().map(stored_json).transpose()?),
            node_results: Some(Results(shown)),
            omitted_results: omitted,
            large_output: large::parts(execution.summary.id, large_output),
            large_results: large_parts(execution.summary.id, large),
            labels: Some(labels),
            ..Self::summary(&execution.summary)?
        })
    }
}

/// The parts of results that are not shown, by node id.
pub(crate) fn large_parts<'a>(execution: ExecutionId, results: Vec<(&'a Str, &'a Value)>) -> BTreeMap<&'a Str, Vec<Part>> {
    results.into_iter().map(|(id, value)| (id, large::parts(execution, value))).collect()
}

/// How long it ran; `None` before its end, or when it never began.
pub(crate) fn duration_ms(summary: &ExecutionSummary) -> Option<u64> {
    Some(millis_between(summary.started_at?, summary.finished_at?))
}

/// Outputs by node id.
pub(crate) struct Results<'a>(pub Vec<(&'a Str, &'a Value)>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, value) in &self.0 {
            map.serialize_entry(id.as_str(), value)?;
        }
        map.end()
    }
}
