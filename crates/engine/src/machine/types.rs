use jiff::Timestamp;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Reason, StepId, Str, TenantId, Trigger, Value, VersionNumber, WorkflowId};

use super::Traffic;
use super::child::Child;

/// What an execution begins with.
#[derive(Debug, Clone)]
pub struct Start {
    /// Its id; seeds what must differ between executions and agree between replays.
    pub execution: ExecutionId,
    /// The workflow it is of, unless its definition was posted inline.
    pub workflow: Option<WorkflowId>,
    /// The version it runs, unless it runs a draft or an inline definition.
    pub version: Option<VersionNumber>,
    /// What started it.
    pub trigger: Trigger,
    /// The execution that started it, if one did.
    pub parent: Option<ExecutionId>,
    /// How many executions are above it, each of which started the next.
    pub depth: u32,
    /// Its input, `trigger.input` in expressions.
    pub input: Value,
    /// When it began to run. The same whenever it is resumed.
    pub started_at: Timestamp,
}

/// Knows at which address an execution is called back, by those who cannot sign in.
pub trait Callbacks: Send + Sync {
    /// The address, the same whenever it is asked for; `None` where executions cannot be called back.
    fn url(&self, tenant: TenantId, execution: ExecutionId) -> Option<String>;
}

/// How far [`Machine::advance`](crate::Machine::advance) came.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// All that can be computed is. These effects are new; none means that it waits for answers to earlier ones.
    Effects(Vec<Effect>),
    /// There are objects to be stored or read before anything else: it goes on when that is done. Nothing that was computed since may be
    /// journalled before they are stored.
    Objects(Traffic),
    /// There is more to compute: let others have a turn, then call again.
    More,
    /// The execution has ended. Calling again tells the same.
    Ended(Outcome),
}

/// Something the world should do. A `Started` or `Waiting` record of it is among those that
/// [`Machine::take_records`](crate::Machine::take_records) gives after the same advance; journal it before the effect begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// To be named in the answer.
    pub step: StepId,
    /// The step, without the numbers of attempts of a `retry` around it: the same wherever the same is asked for again.
    pub identity: StepId,
    /// The type of the node that asks, or the connector it calls when that is another.
    pub node_type: Str,
    /// From 1.
    pub attempt: u32,
    /// What to do.
    pub kind: EffectKind,
}

/// The kinds of [`Effect`].
#[derive(Debug, Clone, PartialEq)]
pub enum EffectKind {
    /// Call the connector of the node's type.
    Call {
        /// The node's settings, templates filled in.
        settings: Value,
        /// The node's inputs in the order of the definition's edges.
        inputs: Vec<Value>,
        /// How long it may take.
        timeout_ms: u64,
        /// How many bytes the answer may put into the object store.
        stored_bytes: u64,
    },
    /// Answer [`Answer::Woken`] when the time has come, or with what was waited for.
    Wait {
        /// When, if the wait has an end by itself.
        until: Option<Timestamp>,
        /// For what.
        reason: Reason,
        /// What may come from outside before that time.
        expects: Option<Expected>,
    },
    /// Start another execution; starting it again under the same id must do nothing.
    Child(Box<Child>),
    /// Stop what was asked for this step before; nobody waits for its answer any more.
    ///
    /// For a child this may come again after a resume, and for one that was never started: the journal has it, so it is told whenever
    /// the journal is replayed.
    Cancel {
        /// The execution to be ended, when the step started one.
        child: Option<ExecutionId>,
    },
}

/// What a wait expects from outside. The first signal of this name that no other wait took ends it, as [`Answer::Done`] with its payload;
/// whether the signal was sent before the wait began makes no difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The name of the signal.
    pub signal: Str,
    /// What people are asked, when the answer is theirs to give.
    pub question: Option<Value>,
}

/// What the world answers to an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The call's result, or the signal that was waited for.
    Done(Value),
    /// The call failed in a way that may pass. Whether it is repeated, and when, is decided by the node's settings.
    Retry {
        /// How long the other side asked to wait.
        after_ms: Option<u64>,
        /// Why it failed.
        failure: Failure,
    },
    /// The call failed for good.
    Failed(Failure),
    /// The wait is over.
    Woken,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// One of the terminal statuses.
    pub status: ExecutionStatus,
    /// The final output when it succeeded, else null.
    pub output: Value,
    /// Why it failed or timed out.
    pub error: Option<Failure>,
}

/// Why an execution is ended from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Someone asked for it.
    Cancel,
    /// Its deadline passed.
    TimedOut,
}

/// A journal that cannot be of this execution: a fault of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// A record is missing, doubled or out of order.
    #[error("the journal has record {found} where record {expected} belongs")]
    Gap {
        /// The position that comes next.
        expected: u64,
        /// The position found.
        found: u64,
    },
    /// A record is of a node that the plan does not have.
    #[error("the journal names node {0:?}, which the plan does not have")]
    UnknownNode(Str),
}
