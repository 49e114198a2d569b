//! Everything that belongs to one tenant, inside one transaction.

use async_trait::async_trait;
use thaiyyal_model::{
    ApiKeyId, ApprovalId, DefinitionHash, ExecutionId, ExecutionStatus, Priority, Reason, RequestHash, Seq, Timestamp, Trigger, UserId,
    VersionNumber, WorkflowId,
};

use crate::{
    Error,
    approvals::{Approval, ApprovalPage, NewDecision, Recorded},
    directory::Tier,
    dispatch::{Idempotency, Segment},
    signals::{NewSignal, Posted},
};

/// A transaction for one tenant. No method takes a tenant id: the scope was given to `begin`. Ids of other tenants behave exactly
/// as unknown ones.
#[async_trait]
pub trait TenantTx: Workflows + Executions + Signals + Approvals + Identity + Idempotent + Send {
    /// Commits; everything done through this transaction is durable when it returns.
    async fn commit(self: Box<Self>) -> Result<(), Error>;
}

/// Workflows, drafts, versions and the definitions they refer to.
#[async_trait]
pub trait Workflows: Send {
    /// Creates a workflow with its draft, and version 1 if `publish`.
    async fn create_workflow(&mut self, new: &NewWorkflow) -> Result<Workflow, Error>;
    /// The workflow, unless it is deleted or unknown.
    async fn find_workflow(&mut self, id: WorkflowId) -> Result<Option<Workflow>, Error>;
    /// The ids of the workflows of exactly this name, at most two: more are not needed to know that it means none of them.
    async fn find_workflows_named(&mut self, name: &str) -> Result<Vec<WorkflowId>, Error>;
    /// A page of workflows by creation, newest first.
    async fn list_workflows(&mut self, page: &WorkflowPage) -> Result<Page<WorkflowSummary, WorkflowId>, Error>;
    /// Replaces name, description, tags and draft if the revision is still `expected`; publishes the draft as a new version if asked.
    async fn update_workflow(&mut self, change: &WorkflowChange) -> Result<Changed<Workflow>, Error>;
    /// Marks a workflow as deleted: it can no longer be found or executed, its executions stay.
    async fn delete_workflow(&mut self, id: WorkflowId, expected: Option<i64>, now: Timestamp) -> Result<Changed<()>, Error>;
    /// A page of versions, newest first.
    async fn list_versions(
        &mut self,
        id: WorkflowId,
        limit: u32,
        before: Option<VersionNumber>,
    ) -> Result<Page<Version, VersionNumber>, Error>;
    /// One version with its definition.
    async fn find_version(&mut self, id: WorkflowId, number: VersionNumber) -> Result<Option<Version>, Error>;
    /// The stored text of a definition.
    async fn find_definition(&mut self, hash: DefinitionHash) -> Result<Option<Vec<u8>>, Error>;
}

/// Executions as people and programs see them.
#[async_trait]
pub trait Executions: Send {
    /// One execution; `running` is told apart from `queued` by its lease.
    async fn find_execution(&mut self, id: ExecutionId) -> Result<Option<Execution>, Error>;
    /// One execution with its [`journal`](Self::journal) after `after`. The execution is read first: when it has ended, the journal is
    /// complete.
    async fn recorded(&mut self, id: ExecutionId, after: Seq) -> Result<Option<(Execution, Vec<Segment>)>, Error> {
        let Some(execution) = self.find_execution(id).await? else { return Ok(None) };
        Ok(Some((execution, self.journal(id, after).await?)))
    }
    /// A page of executions, newest first, without their inputs and outputs.
    async fn list_executions(&mut self, page: &ExecutionPage) -> Result<Page<ExecutionSummary, ExecutionId>, Error>;
    /// Journal segments that hold records after `after`, in order.
    async fn journal(&mut self, id: ExecutionId, after: Seq) -> Result<Vec<Segment>, Error>;
    /// Asks for the end of an execution. Without a lease it is cancelled here and now; who waits for it is told, and what it waits for is
    /// abandoned.
    async fn cancel_execution(&mut self, id: ExecutionId, now: Timestamp) -> Result<Cancel, Error>;
}

/// What executions are told from outside.
#[async_trait]
pub trait Signals: Send {
    /// Posts a signal for an execution that has not ended. [`Dispatch::deliver`](crate::Dispatch::deliver) is to be called after the
    /// commit; the scheduler does it when nobody did.
    async fn post_signal(&mut self, signal: &NewSignal, now: Timestamp) -> Result<Posted, Error>;
}

/// Questions that executions ask people.
#[async_trait]
pub trait Approvals: Send {
    /// A page of questions, newest first.
    async fn list_approvals(&mut self, page: &ApprovalPage) -> Result<Page<Approval, ApprovalId>, Error>;
    /// One question, as it stands at `now`.
    async fn find_approval(&mut self, id: ApprovalId, now: Timestamp) -> Result<Option<Approval>, Error>;
    /// Decides a question that is open at `now`, and posts what tells its execution, as [`Signals::post_signal`] does. Of two that decide
    /// at once one is the first.
    async fn decide_approval(&mut self, decision: &NewDecision, now: Timestamp) -> Result<Recorded, Error>;
}

/// API keys of the tenant.
#[async_trait]
pub trait Identity: Send {
    /// Stores a key under the SHA-256 of its secret.
    async fn create_api_key(&mut self, key: &NewApiKey) -> Result<(), Error>;
    /// A page of the keys that are not revoked, newest first.
    async fn list_api_keys(&mut self, limit: u32, before: Option<ApiKeyId>) -> Result<Page<ApiKeySummary, ApiKeyId>, Error>;
    /// Revokes a key; `false` if there is none.
    async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool, Error>;
    /// The tenant itself.
    async fn find_tenant(&mut self) -> Result<Option<Tenant>, Error>;
    /// An account of the tenant.
    async fn find_user(&mut self, id: UserId) -> Result<Option<Person>, Error>;
}

/// The tenant of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// What it may use, if it is not what everybody may.
    pub tier: Option<Tier>,
}

/// Requests that were made before (all but execute, which has its own way through `Dispatch::accept`).
#[async_trait]
pub trait Idempotent: Send {
    /// Takes the key for this request. Another transaction that took the same key and has not ended yet is waited for.
    async fn take_key(&mut self, idempotency: &Idempotency, now: Timestamp) -> Result<KeyTaken, Error>;
    /// Stores the answer under the key taken before in this transaction.
    async fn store_answer(&mut self, idempotency: &Idempotency, answer: &Answer) -> Result<(), Error>;
}

/// What taking an idempotency key found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTaken {
    /// Nobody used it in the last 24 h: go on.
    New,
    /// The same request got this answer.
    Replay(Answer),
    /// It was used for another request.
    Mismatch,
}

/// A stored answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, as sent.
    pub body: Vec<u8>,
    /// `Location` and `ETag`, where the answer had them.
    pub location: Option<String>,
    /// See `location`.
    pub etag: Option<String>,
    /// What the request was.
    pub request: RequestHash,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K> {
    /// At most as many as asked for.
    pub items: Vec<T>,
    /// Key of the last item if there are more.
    pub next: Option<K>,
}

/// The outcome of a guarded change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed<T> {
    /// Done.
    Yes(T),
    /// No such row.
    Missing,
    /// Someone changed it since; the row is at this revision now.
    Stale(i64),
}

/// A workflow to create.
#[derive(Debug, Clone)]
pub struct NewWorkflow {
    /// Minted by the caller.
    pub id: WorkflowId,
    /// Name, for people; need not be unique.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// JSON text of the draft.
    pub definition: Vec<u8>,
    /// Hash of `definition`.
    pub hash: DefinitionHash,
    /// Whether to publish the draft as version 1.
    pub publish: bool,
    /// Who.
    pub by: UserId,
    /// When.
    pub now: Timestamp,
}

/// A workflow with its draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// All but the draft.
    pub summary: WorkflowSummary,
    /// JSON text of the draft.
    pub definition: Vec<u8>,
}

/// A workflow without its draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowSummary {
    /// Its id.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// A few sentences.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Counts up with every change; the ETag.
    pub revision: i64,
    /// Hash of the draft.
    pub hash: DefinitionHash,
    /// The latest published version.
    pub version: Option<VersionNumber>,
    /// Hash of the latest published version.
    pub version_hash: Option<DefinitionHash>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Which workflows to list.
#[derive(Debug, Clone, Default)]
pub struct WorkflowPage {
    /// At most so many, 1 to 200.
    pub limit: u32,
    /// Only those created before this one.
    pub before: Option<WorkflowId>,
    /// Only those whose name or description contains this text, without regard to letter case.
    pub search: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
}

/// A change of a workflow.
#[derive(Debug, Clone)]
pub struct WorkflowChange {
    /// Which.
    pub id: WorkflowId,
    /// The revision the change was made from; `None` overwrites whatever is there.
    pub expected: Option<i64>,
    /// New name.
    pub name: String,
    /// New description.
    pub description: String,
    /// New tags.
    pub tags: Vec<String>,
    /// JSON text of the new draft.
    pub definition: Vec<u8>,
    /// Hash of `definition`.
    pub hash: DefinitionHash,
    /// Whether to publish the draft; no new version is made when the latest one has the same hash.
    pub publish: bool,
    /// Who.
    pub by: UserId,
    /// When.
    pub now: Timestamp,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number.
    pub number: VersionNumber,
    /// Hash of its definition.
    pub hash: DefinitionHash,
    /// JSON text of its definition; empty in lists.
    pub definition: Vec<u8>,
    /// When it was published.
    pub created_at: Timestamp,
    /// Who published it.
    pub by: UserId,
}

/// An execution as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// All but input, output and labels.
    pub summary: ExecutionSummary,
    /// JSON text.
    pub input: Vec<u8>,
    /// JSON text, when it succeeded.
    pub output: Option<Vec<u8>>,
    /// JSON text of an object.
    pub labels: Option<Vec<u8>>,
    /// What it runs.
    pub definition: DefinitionHash,
}

/// An execution without its payloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionSummary {
    /// Its id.
    pub id: ExecutionId,
    /// Its workflow; none for an inline definition.
    pub workflow: Option<WorkflowId>,
    /// Name of the workflow as of now.
    pub workflow_name: Option<String>,
    /// The version it runs; none for a draft or inline definition.
    pub version: Option<VersionNumber>,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Why it is not moving.
    pub reason: Option<Reason>,
    /// When a waiting one wakes.
    pub wake_at: Option<Timestamp>,
    /// What started it.
    pub trigger: Trigger,
    /// Its class.
    pub priority: Priority,
    /// JSON text of the failure.
    pub error: Option<Vec<u8>>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// The execution this one tries again.
    pub retry_of: Option<ExecutionId>,
    /// The execution that started it.
    pub parent: Option<ExecutionId>,
    /// The step of that which did.
    pub parent_step: Option<String>,
}

/// Which executions to list.
#[derive(Debug, Clone, Default)]
pub struct ExecutionPage {
    /// At most so many, 1 to 200.
    pub limit: u32,
    /// Only those accepted before this one.
    pub before: Option<ExecutionId>,
    /// Only those of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Only those in this status.
    pub status: Option<ExecutionStatus>,
    /// Only those with this trigger.
    pub trigger: Option<Trigger>,
    /// Only those that this one started.
    pub parent: Option<ExecutionId>,
    /// Only those accepted at or after.
    pub since: Option<Timestamp>,
    /// Only those accepted before.
    pub until: Option<Timestamp>,
    /// Only those of workflows whose name holds this text, whatever the case of its letters, or whose id begins with it.
    pub text: Option<String>,
}

impl ExecutionPage {
    /// What an id looked for begins with, as hexadecimal digits; `None` when [`text`](Self::text) is no part of an id.
    #[must_use]
    pub fn id_prefix(&self) -> Option<String> {
        let digits = self.text.as_ref()?.replace('-', "").to_ascii_lowercase();
        (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digits)
    }
}

/// What asking for a cancel did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancel {
    /// It had no worker; it is cancelled now.
    Cancelled,
    /// Its worker will end it.
    Requested,
    /// It had ended already, so.
    AlreadyEnded(ExecutionStatus),
    /// No such execution.
    Missing,
}

/// An API key to store.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// On whose behalf it acts.
    pub user: UserId,
    /// Name, for people.
    pub name: String,
    /// SHA-256 of the secret part.
    pub secret: [u8; 32],
    /// Names of permissions; `*` for all its user has.
    pub permissions: Vec<String>,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySummary {
    /// Its id.
    pub id: ApiKeyId,
    /// Name, for people.
    pub name: String,
    /// Names of permissions.
    pub permissions: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}
