//! The hot path: accept, publish, claim, journal, finish, suspend, wake, heartbeat, reap.

use std::time::Duration;

use async_trait::async_trait;
use thaiyyal_model::{
    DefinitionHash, Epoch, ExecutionId, ExecutionStatus, Hint, IdempotencyKey, LimitChanges, OutboxId, Priority, Reason, RequestHash, Seq,
    SignalSeq, TenantId, TenantScope, Timestamp, Trigger, VersionNumber, WorkerId, WorkflowId,
};

use crate::{
    Error,
    approvals::Question,
    signals::{Delivered, Inbox},
    windows::{Tended, Windows},
};

/// The hot path of a back end. Every method takes a batch and costs one statement or one transaction, however large the batch.
///
/// Promises that hold for all methods: a batch is written as a whole or not at all; answers stand in the order of the batch; an
/// item refers to its tenant, and a row of one tenant can never be reached with another's id.
#[async_trait]
pub trait Dispatch: Send + Sync + 'static {
    /// Accepts executions: `executions` row, `run_queue` row (or a timer, for a delayed one) and outbox rows, in one transaction.
    /// Executions of a tenant whose window is closed get no hint: they wait for [`tend_windows`](Self::tend_windows).
    /// When it returns, every [`Accept::New`] survives any crash. Workflow, version and definition are resolved in the same
    /// transaction, so a version published a moment ago is the one that runs. Items of one batch that share an idempotency key get
    /// the same execution.
    async fn accept(&self, batch: &[NewExecution]) -> Result<AcceptedBatch, Error>;

    /// Notes that nobody waits for these executions any more, so that [`stop_abandoned`](Self::stop_abandoned) stops them. Those that
    /// ended or that nobody waited for are left as they are. The children of an execution that ends are abandoned with its end.
    async fn abandon(&self, children: &[(TenantId, ExecutionId)]) -> Result<(), Error>;

    /// Asks for the end of abandoned executions that were not asked before, at most `limit`: those that are leased as
    /// [`cancel_execution`](crate::tenant::Executions::cancel_execution) does, the others are queued, for the next worker to end, so that
    /// what they started is stopped in turn.
    async fn stop_abandoned(&self, limit: u32) -> Result<Stopped, Error>;

    /// Deletes outbox rows whose message the broker has confirmed. Unknown ids are ignored.
    async fn confirm(&self, published: &[OutboxId]) -> Result<(), Error>;

    /// Outbox rows nobody confirmed for `older_than`, at most `limit`, marked so that another relay does not take them within the
    /// same time again. Never goes by an id watermark: transactions commit out of order.
    async fn unpublished(&self, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error>;

    /// Leases those of `executions` that are ready and due to `worker`, counting up their epochs. Executions that are leased,
    /// waiting, ended, not due or unknown are left out of the answer. Never claims for a worker that [`heartbeat`](Self::heartbeat)
    /// does not know.
    async fn claim(&self, worker: WorkerId, executions: &[ExecutionId]) -> Result<Vec<Claimed>, Error>;

    /// Leases up to `limit` executions that are ready, due and were last hinted longer than `unclaimed_for` ago, to a worker that gets
    /// no hints: each shard's in the order of their hints, and the shards in turn. Workers that ask at once get different ones. What
    /// was never hinted waits for [`tend_windows`](Self::tend_windows), here as there.
    async fn claim_overdue(&self, worker: WorkerId, unclaimed_for: Duration, limit: u32) -> Result<Vec<Claimed>, Error>;

    /// Delivers signals that were posted, at most `limit`, the oldest first: of their executions those that wait are queued, with hints
    /// that are in the outbox too, the others are counted up so that no worker gives them back unseen. Any number may deliver at once.
    async fn deliver(&self, limit: u32) -> Result<Delivered, Error>;

    /// What lies there for executions that are leased.
    async fn inboxes(&self, leases: &[Lease]) -> Result<Vec<Inbox>, Error>;

    /// Records what an execution asks people, and what it does not ask any more. Repeating it changes nothing. Fenced as `append`.
    async fn ask(&self, lease: &Lease, questions: &[Question]) -> Result<Written, Error>;

    /// Appends journal segments. An item whose epoch is not the current one writes nothing and answers [`Written::Fenced`].
    ///
    /// A segment that begins where one of the journal begins takes its place when its epoch is newer, or its epoch is the same and it
    /// is longer; otherwise it was written before, and the one that is there stays. The same holds wherever a segment is written.
    async fn append(&self, batch: &[Append]) -> Result<Vec<Written>, Error>;

    /// Ends executions: outcome, last segment, `run_queue` row deleted. Fenced as `append`; a terminal status is never overwritten.
    async fn finish(&self, batch: &[Finish]) -> Result<Vec<Written>, Error>;

    /// Gives leases back while the executions wait: last segment, status `waiting`, a timer if there is a time; the epoch is kept
    /// in the `executions` row. A cancel that was requested meanwhile wins: such an item answers [`Written::CancelRequested`],
    /// its segment is written and the lease stays. So does one for which there are signals that its worker has not seen:
    /// [`Written::Signalled`]. Fenced as `append`.
    async fn suspend(&self, batch: &[Suspend]) -> Result<Vec<Written>, Error>;

    /// Gives leases back with work left (end of slice, shutdown): `ready` at once, with an outbox row. The hints are for publishing.
    async fn release(&self, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error>;

    /// Registers the worker or renews its life sign, by the database's clock; answers which of `leases` are to be cancelled and
    /// which of them it no longer holds.
    async fn heartbeat(&self, beat: &Beat) -> Result<Pulse, Error>;

    /// All leases the database thinks the worker holds; compared with its memory now and then, to find tasks that were lost.
    async fn leases(&self, worker: WorkerId) -> Result<Vec<Lease>, Error>;

    /// Removes a worker that shut down after giving back all leases.
    async fn retire(&self, worker: WorkerId) -> Result<(), Error>;

    /// Queues executions whose timer is due, at most `limit`; returns their hints, which are in the outbox too. A timer of an
    /// execution that does not wait is dropped.
    async fn wake_due(&self, limit: u32) -> Result<Vec<Hint>, Error>;

    /// Frees leases of workers silent for longer than `silent_for`: `ready` again, epoch and crash count up, due after a growing
    /// back-off. One that has killed more than `max_crashes` workers fails as `worker_lost`. Does nothing within `silent_for` after
    /// the database itself started, except for leases that a retired worker left behind: those are freed at once.
    async fn reap(&self, silent_for: Duration, max_crashes: u32, limit: u32) -> Result<Reaped, Error>;

    /// Repeats hints of executions that are ready, due and were last hinted longer than `unclaimed_for` ago, at most `limit`; marks
    /// them as hinted now. This alone heals the loss of everything the broker held.
    async fn sweep(&self, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error>;

    /// Closes windows that are too full, opens those that are no longer needed, and hints executions that were never hinted, as
    /// [`Windows::decide`] says: of each tenant the most urgent first, then the oldest. Besides those of closed windows these are
    /// executions that crashed again and again and are due now, and those a repair queued. Any number of schedulers may call it.
    async fn tend_windows(&self, windows: &Windows) -> Result<Tended, Error>;

    /// What every unfinished execution must have and does not: exactly one of a queue row, a timer or a wait. Empty when all is well.
    async fn violations(&self, limit: u32) -> Result<Vec<Violation>, Error>;

    /// The same, at a cost that does not grow with what ended long ago: may leave out executions accepted longer than `within` ago.
    async fn recent_violations(&self, within: Duration, limit: u32) -> Result<Vec<Violation>, Error>;

    /// Mends violations: an unfinished execution without a queue row, timer or wait is queued again; queue rows and timers of ended
    /// executions are deleted. Returns how many rows changed.
    async fn repair(&self, violations: &[Violation]) -> Result<u64, Error>;

    /// How much work stands where, for metrics.
    async fn backlog(&self) -> Result<Backlog, Error>;
}

/// A request to run something.
#[derive(Debug, Clone)]
pub struct NewExecution {
    /// Minted by the caller, so that an answer lost on the way can be looked up.
    pub id: ExecutionId,
    /// On whose behalf.
    pub scope: TenantScope,
    /// What to run.
    pub target: Target,
    /// What started it.
    pub trigger: Trigger,
    /// Its class.
    pub priority: Priority,
    /// JSON text of the input.
    pub input: Vec<u8>,
    /// JSON object of labels; `None` for none.
    pub labels: Option<Vec<u8>>,
    /// Executions of a workflow with equal keys share a concurrency limit.
    pub concurrency_key: Option<String>,
    /// When it was accepted, by the caller's clock.
    pub created_at: Timestamp,
    /// Earliest start; `None` for at once.
    pub start_at: Option<Timestamp>,
    /// When it is given up, if its time is limited.
    pub deadline: Option<Timestamp>,
    /// Makes a repeated request harmless.
    pub idempotency: Option<Idempotency>,
    /// The execution that starts it. Then a repeated request is harmless too: `id` follows from the step that asks, and one that is there
    /// already answers [`Accept::Replayed`]. Children start at once, whatever `start_at` says.
    pub parent: Option<Parent>,
    /// W3C trace context of the request, so that one trace reaches into the worker.
    pub trace: Option<String>,
}

/// An execution that starts another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// The claim under which it runs: an older one starts nothing.
    pub lease: Lease,
    /// Its step that asks, as text.
    pub step: String,
    /// How many executions are above the new one.
    pub depth: u16,
    /// Whether it waits for the end of the new one: then its end is a signal for the parent, and the end of the parent is its end.
    pub waits: bool,
}

/// What stopping abandoned executions did.
#[derive(Debug, Clone, Default)]
pub struct Stopped {
    /// Hints of those that were queued or are ready; they are in the outbox too.
    pub hints: Vec<Hint>,
    /// Those that a worker holds.
    pub running: Vec<(TenantId, ExecutionId)>,
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The latest published version.
    Published(WorkflowId),
    /// A given version.
    Version(WorkflowId, VersionNumber),
    /// The draft as it stands.
    Draft(WorkflowId),
    /// A definition that belongs to no workflow; stored under its hash.
    Inline {
        /// Hash of `text`.
        hash: DefinitionHash,
        /// JSON text.
        text: Vec<u8>,
    },
}

/// The client's key and what the request was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's key.
    pub key: IdempotencyKey,
    /// The route it is unique within, such as `POST /api/v1/workflows/{id}/execute`.
    pub route: &'static str,
    /// What makes two requests equal.
    pub request: RequestHash,
}

/// The answer to a batch of requests.
#[derive(Debug, Clone, Default)]
pub struct AcceptedBatch {
    /// One per request, in order.
    pub outcomes: Vec<Accept>,
    /// To publish now; they are in the outbox.
    pub hints: Vec<Hint>,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accept {
    /// Recorded.
    New(Accepted),
    /// The same request was accepted before; this is what it got.
    Replayed(Accepted),
    /// The idempotency key was used for another request.
    Mismatch,
    /// No such workflow in this tenant.
    UnknownWorkflow,
    /// The workflow has no such version.
    UnknownVersion,
    /// The workflow has no published version yet.
    NotPublished,
    /// The lease of its parent is no longer there.
    Fenced,
}

/// An accepted execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub execution: ExecutionId,
    /// Its workflow; none for an inline definition.
    pub workflow: Option<WorkflowId>,
    /// The version it runs; none for a draft or inline definition.
    pub version: Option<VersionNumber>,
}

/// A lease, with all a worker needs to run it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Proof for the tenant's rows, minted by the claim from the queue row.
    pub scope: TenantScope,
    /// The execution.
    pub execution: ExecutionId,
    /// The number that fences every write under this lease.
    pub epoch: Epoch,
    /// Its workflow; none for an inline definition.
    pub workflow: Option<WorkflowId>,
    /// The version it runs.
    pub version: Option<VersionNumber>,
    /// What it runs.
    pub definition: DefinitionHash,
    /// What started it.
    pub trigger: Trigger,
    /// The execution that started it.
    pub parent: Option<ExecutionId>,
    /// How many executions are above it.
    pub depth: u16,
    /// Its class.
    pub priority: Priority,
    /// JSON text of the input.
    pub input: Vec<u8>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was first claimed: the machine's logical start, equal at every later claim.
    pub started_at: Timestamp,
    /// When it is given up.
    pub deadline: Option<Timestamp>,
    /// Someone wants it stopped.
    pub cancel_requested: bool,
    /// How many workers died holding it.
    pub crashes: u32,
    /// Its journal so far, in order; empty at the first claim.
    pub journal: Vec<Segment>,
    /// What came for it from outside.
    pub inbox: Inbox,
    /// W3C trace context of the request.
    pub trace: Option<String>,
    /// The limits of the tenant's tier, if it has one.
    pub limits: Option<LimitChanges>,
}

/// A stretch of the journal, encoded by `thaiyyal_model::journal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Position of its first record.
    pub first: Seq,
    /// Position of its last record.
    pub last: Seq,
    /// The encoded records.
    pub bytes: Vec<u8>,
}

/// Which lease a write belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The tenant of the execution.
    pub tenant: TenantId,
    /// The execution.
    pub execution: ExecutionId,
    /// The claim.
    pub epoch: Epoch,
}

/// A journal segment to append.
#[derive(Debug, Clone)]
pub struct Append {
    /// Under which lease.
    pub lease: Lease,
    /// What to append.
    pub segment: Segment,
    /// The signals that these records tell of: they are deleted.
    pub taken: Vec<SignalSeq>,
}

/// The end of an execution.
#[derive(Debug, Clone)]
pub struct Finish {
    /// Under which lease.
    pub lease: Lease,
    /// A terminal status.
    pub status: ExecutionStatus,
    /// JSON text of the final output.
    pub output: Option<Vec<u8>>,
    /// JSON text of the failure.
    pub error: Option<Vec<u8>>,
    /// When it ended, by the worker's clock.
    pub finished_at: Timestamp,
    /// Records not yet written.
    pub segment: Option<Segment>,
}

/// A wait without a worker.
#[derive(Debug, Clone)]
pub struct Suspend {
    /// Under which lease.
    pub lease: Lease,
    /// For what it waits.
    pub reason: Reason,
    /// When to wake it at the latest; none waits for a signal only.
    pub wake_at: Option<Timestamp>,
    /// Up to which [`Inbox::seen`] its worker has looked.
    pub seen: i64,
    /// Records not yet written.
    pub segment: Option<Segment>,
}

/// Work handed back.
#[derive(Debug, Clone)]
pub struct Release {
    /// Under which lease.
    pub lease: Lease,
    /// Records not yet written.
    pub segment: Option<Segment>,
}

/// Whether a fenced write happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It did.
    Yes,
    /// A newer claim (or the reaper, or a forced cancel) owns the execution: nothing was written, drop it.
    Fenced,
    /// Someone asked for a cancel: the segment was written, the lease is still held, end it as cancelled.
    CancelRequested,
    /// There are signals for it: the segment was written, the lease is still held, look into its inbox.
    Signalled,
}

/// A worker's life sign.
#[derive(Debug, Clone)]
pub struct Beat {
    /// Which worker.
    pub worker: WorkerId,
    /// Version of the binary.
    pub version: String,
    /// Name of its machine or pod, for people.
    pub host: String,
    /// How many executions it can hold.
    pub slots: u32,
    /// What it holds in memory.
    pub leases: Vec<(ExecutionId, Epoch)>,
    /// Those of them that would take a signal now, and up to which [`Inbox::seen`] it has looked.
    pub listening: Vec<(TenantId, ExecutionId, i64)>,
}

/// The answer to a life sign.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Held executions that someone wants stopped.
    pub cancel: Vec<ExecutionId>,
    /// Held in memory only: fenced by the reaper, ended or cancelled by force. Stop working on them.
    pub lost: Vec<ExecutionId>,
    /// Those of [`Beat::listening`] for which there is more than was seen.
    pub signalled: Vec<ExecutionId>,
}

/// What the reaper did.
#[derive(Debug, Clone, Default)]
pub struct Reaped {
    /// Executions that are ready again.
    pub freed: Vec<ExecutionId>,
    /// Executions that failed as `worker_lost`.
    pub failed: Vec<(TenantId, ExecutionId)>,
    /// Hints of the freed ones that are due at once.
    pub hints: Vec<Hint>,
}

/// An execution that breaks the invariant of unfinished executions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its tenant.
    pub tenant: TenantId,
    /// The execution.
    pub execution: ExecutionId,
    /// What is wrong.
    pub kind: ViolationKind,
}

/// How an execution breaks the invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ViolationKind {
    /// Unfinished, with neither queue row, timer nor wait.
    Stranded,
    /// Ended, with a queue row.
    QueuedAfterEnd,
    /// Waiting, with a queue row.
    QueuedWhileWaiting,
    /// Ended, and the one that waits for that was not told.
    Unreported,
    /// Unfinished, although the one that waited for it has ended.
    Orphaned,
}

/// How much work stands where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Ready and due, not leased.
    pub ready: u64,
    /// Leased.
    pub leased: u64,
    /// Timers, due or not.
    pub timers: u64,
    /// Outbox rows.
    pub outbox: u64,
    /// Age of the oldest ready row.
    pub oldest_ready: Duration,
}
