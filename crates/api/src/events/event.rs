use bytes::Bytes;
use serde::Serialize;
use thaiyyal_model::journal::has_kept;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Reason, Record, RecordKind, Seq, StepStatus, Timestamp, Value};
use thaiyyal_store::tenant::{Execution, ExecutionSummary};
use utoipa::ToSchema;

use crate::journal::SHOWN_BYTES;
use crate::problem::Problem;
use crate::reply::stored_json;
use crate::schema;
use crate::time::{Time, millis_between};

/// One change, ready to be sent.
#[derive(Debug)]
pub(crate) struct Event {
    /// Orders events; 0 for the start.
    pub seq: u64,
    /// Whether it is the last one.
    pub last: bool,
    /// As it goes over the wire.
    pub text: Bytes,
}

/// What an event of an execution tells, by its kind.
#[derive(Serialize, ToSchema)]
#[schema(as = ExecutionEvent)]
pub(crate) struct Data<'a> {
    /// Orders events; the `id` of the event.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    #[schema(value_type = String, format = Uuid)]
    execution_id: ExecutionId,
    /// Of the step in events about steps, else of the execution.
    #[schema(value_type = EventStatus)]
    status: &'a str,
    /// Its node, in events about steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    node_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    iteration: Option<&'a [u32]>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    node_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Reason)]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime)]
    wake_at: Option<Time>,
    /// The name of the signal that the step waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    signal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value)]
    input: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value)]
    output: Option<Output<'a>>,
    /// The output is too large to be shown here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    output_omitted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Failure)]
    error: Option<Error<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    duration_ms: Option<u64>,
}

/// What kind of change an event tells of.
#[derive(Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(as = ExecutionEventName, rename_all = "snake_case")]
pub(crate) enum Name {
    ExecutionStarted,
    StepStarted,
    StepWaiting,
    StepSucceeded,
    StepFailed,
    StepSkipped,
    ExecutionFinished,
}

impl Name {
    fn as_str(self) -> &'static str {
        match self {
            Self::ExecutionStarted => "execution_started",
            Self::StepStarted => "step_started",
            Self::StepWaiting => "step_waiting",
            Self::StepSucceeded => "step_succeeded",
            Self::StepFailed => "step_failed",
            Self::StepSkipped => "step_skipped",
            Self::ExecutionFinished => "execution_finished",
        }
    }
}

/// Where an execution stands, or a step.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only described, never made")]
enum EventStatus {
    Queued,
    Running,
    Waiting,
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
    TimedOut,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Output<'a> {
    Value(&'a Value),
    Stored(&'a serde_json::value::RawValue),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Error<'a> {
    Failure(&'a Failure),
    Stored(&'a serde_json::value::RawValue),
}

impl<'a> Data<'a> {
    fn new(seq: u64, at: Timestamp, execution_id: ExecutionId, status: &'a str) -> Self {
        Self {
            seq,
            at: Time(at),
            execution_id,
            status,
            node_id: None,
            iteration: None,
            node_type: None,
            attempt: None,
            reason: None,
            wake_at: None,
            signal: None,
            input: None,
            output: None,
            output_omitted: false,
            error: None,
            duration_ms: None,
        }
    }

    fn show(&mut self, output: &'a Value) {
        if output.size_bytes() <= SHOWN_BYTES {
            self.output = Some(Output::Value(output));
        } else {
            self.output_omitted = true;
        }
    }
}

impl Event {
    /// A worker took the execution for the first time.
    pub(crate) fn started(execution: &ExecutionSummary, at: Timestamp) -> Result<Self, Problem> {
        let data = Data::new(0, at, execution.id, ExecutionStatus::Running.as_str());
        Self::render(Name::ExecutionStarted, &data)
    }

    /// What a record says about its step; `None` for records that change nothing for people.
    pub(crate) fn step(execution: ExecutionId, record: &Record) -> Result<Option<Self>, Problem> {
        let status = match &record.kind {
            RecordKind::Started { .. } => StepStatus::Running,
            RecordKind::Waiting { .. } => StepStatus::Waiting,
            RecordKind::Ended { status, .. } => *status,
        };
        let mut data = Data::new(record.seq.0, record.at, execution, status.as_str());
        data.node_id = Some(&record.step.node_id);
        data.iteration = Some(&record.step.iteration.0);
        data.node_type = Some(&record.node_type);
        data.attempt = Some(record.attempt);
        let name = match &record.kind {
            RecordKind::Started { input } => {
                data.input = input.as_ref().filter(|input| input.size_bytes() <= SHOWN_BYTES);
                Name::StepStarted
            }
            RecordKind::Waiting { reason, until, signal } => {
                (data.reason, data.wake_at, data.signal) = (Some(*reason), until.map(Time), signal.as_deref());
                Name::StepWaiting
            }
            RecordKind::Ended { status, started_at, output, error, .. } => {
                data.duration_ms = Some(millis_between(*started_at, record.at));
                data.error = error.as_ref().map(Error::Failure);
                if let Some(output) = output {
                    data.show(output);
                }
                match status {
                    StepStatus::Succeeded => Name::StepSucceeded,
                    StepStatus::Skipped => Name::StepSkipped,
                    StepStatus::Failed | StepStatus::Cancelled | StepStatus::Running | StepStatus::Waiting => Name::StepFailed,
                }
            }
        };
        Self::render(name, &data).map(Some)
    }

    /// The end; its number follows that of the last record.
    pub(crate) fn finished(execution: &Execution, seq: Seq) -> Result<Self, Problem> {
        let summary = &execution.summary;
        let at = summary.finished_at.unwrap_or(summary.created_at);
        let mut data = Data::new(seq.0, at, summary.id, summary.status.as_str());
        data.duration_ms = Some(millis_between(summary.started_at.unwrap_or(at), at));
        if let Some(error) = &summary.error {
            data.error = Some(Error::Stored(stored_json(error)?));
        }
        match &execution.output {
            Some(output) if output.len() as u64 <= SHOWN_BYTES && !has_kept(output) => {
                data.output = Some(Output::Stored(stored_json(output)?));
            }
            Some(_) => data.output_omitted = true,
            None => {}
        }
        Self::render(Name::ExecutionFinished, &data)
    }

    fn render(name: Name, data: &Data<'_>) -> Result<Self, Problem> {
        // JSON text has no line breaks outside of strings, and none inside.
        let json = serde_json::to_string(data).map_err(Problem::internal)?;
        let text = format!("id: {}\nevent: {}\ndata: {}\n\n", data.seq, name.as_str(), json.replace(['\n', '\r'], " "));
        Ok(Self { seq: data.seq, last: name == Name::ExecutionFinished, text: text.into() })
    }
}
