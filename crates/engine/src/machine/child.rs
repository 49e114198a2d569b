use jiff::Timestamp;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Map, Str, Value, VersionNumber, WorkflowId};

use super::run::OVERDUE;
use super::types::{Answer, Outcome};

/// An execution that a step starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Child {
    /// Its id, which follows from the step: see [`ExecutionId::of_child`].
    pub id: ExecutionId,
    /// Id or name of its workflow.
    pub workflow: Str,
    /// The version to run; none for the published one.
    pub version: Option<VersionNumber>,
    /// Its input.
    pub input: Value,
    /// Whether the answer is its end: its output, or why it failed. Otherwise the answer is that it was started: `execution_id`,
    /// `workflow_id` and `version`.
    pub waits: bool,
    /// When it is given up.
    pub until: Option<Timestamp>,
}

impl Child {
    /// What becomes of an execution that was started by another, when its output cannot be handed over.
    #[must_use]
    pub fn handed_over(outcome: Outcome) -> Outcome {
        if !outcome.output.has_large() {
            return outcome;
        }
        Outcome { status: ExecutionStatus::Failed, output: Value::Null, error: Some(does_not_go_over("output")) }
    }

    /// The answer when it was started and nobody waits for its end.
    #[must_use]
    pub fn started(&self, workflow: Option<WorkflowId>, version: Option<VersionNumber>) -> Answer {
        let members = [
            ("execution_id", Value::from(self.id.to_string())),
            ("version", version.map_or(Value::Null, |version| Value::from(version.0))),
            ("workflow_id", workflow.map_or(Value::Null, |workflow| Value::from(workflow.to_string()))),
        ];
        Answer::Done(Map::from_pairs(members).into())
    }

    /// The answer when it ended: what it gave, or a failure that names the one inside. Another attempt may be worth it, unless someone
    /// stopped it. One that ran out of the time it had until `until` is overdue, whoever notices first.
    #[must_use]
    pub fn ended(id: ExecutionId, outcome: Outcome, until: Option<Timestamp>, now: Timestamp) -> Answer {
        let Outcome { status, output, error } = outcome;
        match status {
            ExecutionStatus::TimedOut if until.is_some_and(|until| until <= now) => Self::overdue(id),
            ExecutionStatus::Succeeded if output.has_large() => Answer::Failed(does_not_go_over("output")),
            ExecutionStatus::Succeeded => Answer::Done(output),
            ExecutionStatus::Cancelled => Answer::Failed(failed(id, status, error)),
            ExecutionStatus::Failed | ExecutionStatus::TimedOut => Answer::Retry { after_ms: None, failure: failed(id, status, error) },
            ExecutionStatus::Queued | ExecutionStatus::Running | ExecutionStatus::Waiting => {
                Answer::Failed(Failure::new("internal", format!("execution {id} was said to have ended, and is {status}")))
            }
        }
    }

    /// The answer when it had not ended by the time it was given.
    #[must_use]
    pub fn overdue(id: ExecutionId) -> Answer {
        let details = Map::from_pairs([("execution_id", Value::from(id.to_string()))]);
        let failure = Failure::new(OVERDUE, format!("execution {id} did not end within its time")).with_details(details.into());
        Answer::Retry { after_ms: None, failure }
    }
}

/// What is in the object store belongs to one execution.
pub(super) fn does_not_go_over(what: &str) -> Failure {
    let message = format!(
        "the {what} of an execution that another one starts must fit into memory, and a part of this one is in the object store; \
         make it smaller first with a filter, map, reduce, find, partition, flat_map or slice node"
    );
    Failure::new("value_too_large", message).with_details(Map::from_pairs([("limit", "max_value_bytes")]).into())
}

/// The failure of a node whose child failed.
fn failed(id: ExecutionId, status: ExecutionStatus, error: Option<Failure>) -> Failure {
    let mut members = vec![("execution_id", Value::from(id.to_string())), ("status", Value::from(status.as_str()))];
    let message = match error {
        None => format!("execution {id}, which this node started, ended as {status}"),
        Some(Failure { code, message, node_id, step, details }) => {
            let at = step.as_ref().or(node_id.as_ref()).map(|at| format!(" at {at}")).unwrap_or_default();
            let told = format!("execution {id}, which this node started, ended as {status}{at}: {message}");
            members.push(("code", Value::String(code)));
            members.push(("message", Value::String(message)));
            members.extend(node_id.map(|node| ("node_id", Value::String(node))));
            members.extend(step.map(|step| ("step", Value::String(step))));
            members.extend(details.map(|details| ("details", details)));
            told
        }
    };
    Failure::new("child_failed", message).with_details(Map::from_pairs(members).into())
}
