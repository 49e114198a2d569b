//! Starting executions from inside others.

use std::sync::Arc;

use thaiyyal_commands::{
    Error,
    executions::{Accepting, accept},
};
use thaiyyal_engine::{Answer, Child};
use thaiyyal_model::{Clock, Failure, Priority, StepId, TenantScope, Timestamp, Trigger, WorkflowId};
use thaiyyal_store::{
    Store,
    dispatch::{Accept, Accepted, Lease, NewExecution, Parent, Target},
};

use crate::{backoff::Backoff, trust::Trust};

/// Starts children. Starting one again does nothing, so whoever does not know whether he did does it again.
pub(crate) struct Children {
    accepting: Accepting,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    trust: Arc<Trust>,
}

/// Who starts a child, and what it takes over from there.
#[derive(Debug, Clone)]
pub(crate) struct Starter {
    pub(crate) scope: TenantScope,
    pub(crate) lease: Lease,
    pub(crate) priority: Priority,
    /// How many executions are above the starter.
    pub(crate) depth: u16,
    /// When the starter is given up.
    pub(crate) deadline: Timestamp,
    pub(crate) trace: Option<String>,
}

/// What became of a start.
pub(crate) enum Started {
    /// The step has its answer.
    Answered(Answer),
    /// The end of the child is to be waited for.
    UnderWay,
    /// The starter is no longer ours, so nothing is ours to tell.
    Lost,
}

impl Children {
    pub(crate) fn new(accepting: Accepting, store: Arc<dyn Store>, clock: Arc<dyn Clock>, trust: Arc<Trust>) -> Self {
        Self { accepting, store, clock, trust }
    }

    /// Starts a child, for as long as the leases are trusted.
    pub(crate) async fn start(&self, starter: &Starter, step: &StepId, child: &Child) -> Started {
        let mut backoff = Backoff::for_outage();
        while self.trust.is_good() {
            let error = match self.find(starter, child).await {
                Ok(Err(failure)) => return Started::Answered(Answer::Failed(failure)),
                Ok(Ok(workflow)) => match accept(&self.accepting, self.execution(starter, step, child, workflow)).await {
                    Ok(answer) => return began(child, &answer),
                    Err(error) => error,
                },
                Err(error) => error.into(),
            };
            tracing::debug!(error = &error as &dyn std::error::Error, "Could not start execution {}, trying again", child.id);
            if let Error::Batch(cause) = &error
                && matches!(**cause, thaiyyal_store::Error::Corrupt { .. } | thaiyyal_store::Error::Exists { .. })
            {
                return Started::Answered(Answer::Failed(Failure::new("internal", "the execution could not be stored")));
            }
            tokio::time::sleep(backoff.next()).await;
        }
        Started::Lost
    }

    /// The workflow that is meant. Those of other tenants cannot be.
    async fn find(&self, starter: &Starter, child: &Child) -> Result<Result<WorkflowId, Failure>, thaiyyal_store::Error> {
        if let Ok(id) = child.workflow.parse() {
            return Ok(Ok(id));
        }
        let mut tx = self.store.begin(&starter.scope).await?;
        let found = tx.find_workflows_named(&child.workflow).await?;
        drop(tx);
        Ok(match found[..] {
            [only] => Ok(only),
            [] => Err(Failure::new("unknown_workflow", format!("there is no workflow {:?}", child.workflow))),
            [..] => {
                let message = format!("several workflows have the name {:?}; name the one that is meant by its id", child.workflow);
                Err(Failure::new("ambiguous_workflow", message))
            }
        })
    }

    fn execution(&self, starter: &Starter, step: &StepId, child: &Child, workflow: WorkflowId) -> NewExecution {
        let until = child.waits.then_some(starter.deadline);
        NewExecution {
            id: child.id,
            scope: starter.scope,
            target: child.version.map_or(Target::Published(workflow), |version| Target::Version(workflow, version)),
            trigger: Trigger::Parent,
            priority: starter.priority,
            input: child.input.to_json(),
            labels: None,
            concurrency_key: None,
            created_at: self.clock.now(),
            start_at: None,
            deadline: [child.until, until].into_iter().flatten().min(),
            idempotency: None,
            parent: Some(Parent {
                lease: starter.lease,
                step: step.to_string(),
                depth: starter.depth.saturating_add(1),
                waits: child.waits,
            }),
            trace: starter.trace.clone(),
        }
    }
}

fn began(child: &Child, answer: &Accept) -> Started {
    let workflow = &child.workflow;
    let refused = |code: &'static str, message: String| Started::Answered(Answer::Failed(Failure::new(code, message)));
    match answer {
        Accept::New(_) | Accept::Replayed(_) if child.waits => Started::UnderWay,
        Accept::New(Accepted { workflow, version, .. }) | Accept::Replayed(Accepted { workflow, version, .. }) => {
            Started::Answered(child.started(*workflow, *version))
        }
        Accept::Fenced => Started::Lost,
        Accept::UnknownWorkflow => refused("unknown_workflow", format!("there is no workflow {workflow:?}")),
        Accept::UnknownVersion => {
            let version = child.version.map_or_else(String::new, |version| format!(" {version}"));
            refused("unknown_version", format!("workflow {workflow:?} has no version{version}"))
        }
        Accept::NotPublished => {
            refused("not_published", format!("workflow {workflow:?} has no published version: publish it, or name a version"))
        }
        Accept::Mismatch => refused("internal", "a child has no idempotency key that another request could have".to_owned()),
    }
}
