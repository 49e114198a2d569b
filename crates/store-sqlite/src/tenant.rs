//! Transactions of one tenant.

mod approvals;
mod executions;
mod idempotent;
mod identity;
mod signals;
mod workflows;

use std::sync::Arc;

use async_trait::async_trait;
use thaiyyal_model::{
    ApiKeyId, ApprovalId, DefinitionHash, ExecutionId, Seq, TenantId, TenantScope, Timestamp, UserId, VersionNumber, WorkflowId,
};
use thaiyyal_store::{
    Error, Store, TenantTx,
    approvals::{Approval, ApprovalPage, NewDecision, Recorded},
    dispatch::{Idempotency, Segment},
    signals::{NewSignal, Posted},
    tenant::{
        Answer, ApiKeySummary, Approvals, Cancel, Changed, Execution, ExecutionPage, ExecutionSummary, Executions, Idempotent, Identity,
        KeyTaken, NewApiKey, NewWorkflow, Page, Person, Signals, Tenant, Version, Workflow, WorkflowChange, WorkflowPage, WorkflowSummary,
        Workflows,
    },
};

use crate::{error, scoped::Scoped, sqlite::Sqlite, writer::Session};

#[async_trait]
impl Store for Sqlite {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, Error> {
        let sqlite = self.shared.upgrade().ok_or_else(error::closed)?;
        Ok(Box::new(Transaction { sqlite, tenant: scope.tenant(), session: None, is_broken: false }))
    }
}

/// Reads on the reading threads until it writes for the first time; holds the writing thread from then on. Dropping it ends the
/// session, which rolls back.
struct Transaction {
    sqlite: Arc<Sqlite>,
    tenant: TenantId,
    session: Option<Session>,
    /// A statement failed, or a future was dropped before it gave its answer: nobody knows what is in the session, so it may only be
    /// rolled back.
    is_broken: bool,
}

impl Transaction {
    async fn read<R, F>(&mut self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(Scoped<'_>) -> Result<R, Error> + Send + 'static,
    {
        if self.session.is_some() {
            return self.write(query).await;
        }
        let tenant = self.tenant;
        self.sqlite.readers.read(move |connection| query(Scoped::new(connection, tenant))).await
    }

    async fn write<R, F>(&mut self, work: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(Scoped<'_>) -> Result<R, Error> + Send + 'static,
    {
        if self.is_broken {
            return Err(error::misuse("an earlier statement of this transaction failed"));
        }
        let session = match self.session.take() {
            Some(session) => session,
            None => self.sqlite.writer.session().await?,
        };
        let session = self.session.insert(session);
        let tenant = self.tenant;
        self.is_broken = true;
        let result = session.run(move |connection| work(Scoped::new(connection, tenant))).await;
        self.is_broken = result.is_err();
        result
    }
}

#[async_trait]
impl TenantTx for Transaction {
    async fn commit(self: Box<Self>) -> Result<(), Error> {
        match self.session {
            _ if self.is_broken => Err(error::misuse("a statement of this transaction failed, it was rolled back")),
            Some(session) => session.commit().await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Workflows for Transaction {
    async fn create_workflow(&mut self, new: &NewWorkflow) -> Result<Workflow, Error> {
        let new = new.clone();
        self.write(move |scoped| workflows::create(scoped, &new)).await
    }

    async fn find_workflow(&mut self, id: WorkflowId) -> Result<Option<Workflow>, Error> {
        self.read(move |scoped| workflows::find(scoped, id)).await
    }

    async fn find_workflows_named(&mut self, name: &str) -> Result<Vec<WorkflowId>, Error> {
        let name = name.to_owned();
        self.read(move |scoped| workflows::find_named(scoped, &name)).await
    }

    async fn list_workflows(&mut self, page: &WorkflowPage) -> Result<Page<WorkflowSummary, WorkflowId>, Error> {
        let page = page.clone();
        self.read(move |scoped| workflows::list(scoped, &page)).await
    }

    async fn update_workflow(&mut self, change: &WorkflowChange) -> Result<Changed<Workflow>, Error> {
        let change = change.clone();
        self.write(move |scoped| workflows::update(scoped, &change)).await
    }

    async fn delete_workflow(&mut self, id: WorkflowId, expected: Option<i64>, now: Timestamp) -> Result<Changed<()>, Error> {
        self.write(move |scoped| workflows::delete(scoped, id, expected, now)).await
    }

    async fn list_versions(
        &mut self,
        id: WorkflowId,
        limit: u32,
        before: Option<VersionNumber>,
    ) -> Result<Page<Version, VersionNumber>, Error> {
        self.read(move |scoped| workflows::list_versions(scoped, id, limit, before)).await
    }

    async fn find_version(&mut self, id: WorkflowId, number: VersionNumber) -> Result<Option<Version>, Error> {
        self.read(move |scoped| workflows::find_version(scoped, id, number)).await
    }

    async fn find_definition(&mut self, hash: DefinitionHash) -> Result<Option<Vec<u8>>, Error> {
        self.read(move |scoped| workflows::find_definition(scoped, hash)).await
    }
}

#[async_trait]
impl Executions for Transaction {
    async fn find_execution(&mut self, id: ExecutionId) -> Result<Option<Execution>, Error> {
        self.read(move |scoped| executions::find(scoped, id)).await
    }

    async fn list_executions(&mut self, page: &ExecutionPage) -> Result<Page<ExecutionSummary, ExecutionId>, Error> {
        let page = page.clone();
        self.read(move |scoped| executions::list(scoped, &page)).await
    }

    async fn journal(&mut self, id: ExecutionId, after: Seq) -> Result<Vec<Segment>, Error> {
        self.read(move |scoped| executions::journal(scoped, id, after)).await
    }

    async fn cancel_execution(&mut self, id: ExecutionId, now: Timestamp) -> Result<Cancel, Error> {
        self.write(move |scoped| executions::cancel(scoped, id, now)).await
    }
}

#[async_trait]
impl Signals for Transaction {
    async fn post_signal(&mut self, signal: &NewSignal, now: Timestamp) -> Result<Posted, Error> {
        let signal = signal.clone();
        self.write(move |scoped| signals::post(scoped, &signal, now)).await
    }
}

#[async_trait]
impl Approvals for Transaction {
    async fn list_approvals(&mut self, page: &ApprovalPage) -> Result<Page<Approval, ApprovalId>, Error> {
        let page = page.clone();
        self.read(move |scoped| approvals::list(scoped, &page)).await
    }

    async fn find_approval(&mut self, id: ApprovalId, now: Timestamp) -> Result<Option<Approval>, Error> {
        self.read(move |scoped| approvals::find(scoped, id, now)).await
    }

    async fn decide_approval(&mut self, decision: &NewDecision, now: Timestamp) -> Result<Recorded, Error> {
        let decision = decision.clone();
        self.write(move |scoped| approvals::decide(scoped, &decision, now)).await
    }
}

#[async_trait]
impl Identity for Transaction {
    async fn create_api_key(&mut self, key: &NewApiKey) -> Result<(), Error> {
        let key = key.clone();
        self.write(move |scoped| identity::create(scoped, &key)).await
    }

    async fn list_api_keys(&mut self, limit: u32, before: Option<ApiKeyId>) -> Result<Page<ApiKeySummary, ApiKeyId>, Error> {
        self.read(move |scoped| identity::list(scoped, limit, before)).await
    }

    async fn revoke_api_key(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool, Error> {
        self.write(move |scoped| identity::revoke(scoped, id, now)).await
    }

    async fn find_tenant(&mut self) -> Result<Option<Tenant>, Error> {
        self.read(identity::find_tenant).await
    }

    async fn find_user(&mut self, id: UserId) -> Result<Option<Person>, Error> {
        self.read(move |scoped| identity::find_user(scoped, id)).await
    }
}

#[async_trait]
impl Idempotent for Transaction {
    /// Whoever took the same key before and has not ended holds the writing thread, so this waits for it.
    async fn take_key(&mut self, idempotency: &Idempotency, now: Timestamp) -> Result<KeyTaken, Error> {
        let idempotency = idempotency.clone();
        self.write(move |scoped| idempotent::take(scoped, &idempotency, now)).await
    }

    async fn store_answer(&mut self, idempotency: &Idempotency, answer: &Answer) -> Result<(), Error> {
        let (idempotency, answer) = (idempotency.clone(), answer.clone());
        self.write(move |scoped| idempotent::store_answer(scoped, &idempotency, &answer)).await
    }
}

/// Makes a page of `items`, of which there is one more than asked for if there are more to come.
fn page<T, K>(mut items: Vec<T>, limit: u32, key: impl FnOnce(&T) -> K) -> Page<T, K> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = items.len() > limit;
    items.truncate(limit);
    let next = if is_more { items.last().map(key) } else { None };
    Page { items, next }
}
