//! Questions that executions ask people.

use thaiyyal_model::{ApprovalId, ExecutionId, Timestamp, WorkflowId};

use crate::signals::NewSignal;

/// What a step asks people, or that it does not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The step waits for a decision. Asking the same again changes nothing.
    Open {
        /// Its id, if it was not asked before.
        id: ApprovalId,
        /// The step.
        step: String,
        /// Which attempt of it.
        attempt: u32,
        /// The name of the signal that it waits for.
        signal: String,
        /// JSON text of what is asked.
        question: Vec<u8>,
        /// When it stops waiting, if it does.
        expires_at: Option<Timestamp>,
    },
    /// The step waits no more, for another reason than a decision.
    Closed {
        /// The step.
        step: String,
        /// Which attempt of it.
        attempt: u32,
    },
}

/// A question as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id; sorts by the time it was first asked.
    pub id: ApprovalId,
    /// Which execution asks.
    pub execution: ExecutionId,
    /// Its workflow; none for an inline definition.
    pub workflow: Option<WorkflowId>,
    /// Name of the workflow as of now.
    pub workflow_name: Option<String>,
    /// The step that asks.
    pub step: String,
    /// The name of the signal that the step waits for.
    pub signal: String,
    /// JSON text of what is asked.
    pub question: Vec<u8>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it is over, if it is by itself.
    pub expires_at: Option<Timestamp>,
    /// Whether it was over at the time it was read without a decision: too late, closed, or its execution has ended.
    pub is_over: bool,
    /// JSON text of the decision.
    pub decision: Option<Vec<u8>>,
    /// When that was made.
    pub decided_at: Option<Timestamp>,
}

impl Approval {
    /// Whether it can be decided.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.decision.is_none() && !self.is_over
    }
}

/// Which questions to list.
#[derive(Debug, Clone)]
pub struct ApprovalPage {
    /// At most so many, 1 to 200.
    pub limit: u32,
    /// Only those asked before this one.
    pub before: Option<ApprovalId>,
    /// Only those of this execution.
    pub execution: Option<ExecutionId>,
    /// Only those that can be decided.
    pub open_only: bool,
    /// Only those whose assignees name this address; letters of ASCII may be large or small.
    pub assignee: Option<String>,
    /// The time.
    pub now: Timestamp,
}

/// A decision to record.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// Of which question.
    pub approval: ApprovalId,
    /// What tells the execution; its payload is the decision.
    pub signal: NewSignal,
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It counts, and the signal is posted.
    Yes,
    /// Somebody decided before.
    Decided,
    /// The question is over.
    Over,
    /// No such question.
    Missing,
}
