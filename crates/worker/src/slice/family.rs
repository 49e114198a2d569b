//! The children of an execution that this worker holds.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::BoxFuture;
use serde::Deserialize;
use thaiyyal_engine::{Answer, Child, Outcome};
use thaiyyal_model::{ExecutionId, ExecutionStatus, Failure, Reason, StepId, Str, Timestamp, Value};
use thaiyyal_store::signals::{Signal, end_of};

use super::{Came, Slice, Wait};
use crate::{
    backoff::Backoff,
    children::{Started, Starter},
    core::Core,
};

/// Children that are being started, and those that nobody waits for any more.
#[derive(Default)]
pub(super) struct Family {
    starting: HashMap<StepId, ExecutionId>,
    abandoned: Vec<ExecutionId>,
}

impl Family {
    /// Starts a child. That cannot be stopped halfway: whether it exists has to be known before it can be abandoned.
    pub(super) fn start(&mut self, core: &Arc<Core>, starter: &Starter, step: StepId, child: Child) -> BoxFuture<'static, Option<Came>> {
        core.meters.children.increment(1);
        self.starting.insert(step.clone(), child.id);
        let (children, starter) = (Arc::clone(&core.children), starter.clone());
        Box::pin(async move {
            match children.start(&starter, &step, &child).await {
                Started::Answered(answer) => Some(Came::Answer(step, answer)),
                Started::UnderWay => Some(Came::Child(wait_for(step, &child))),
                Started::Lost => Some(Came::Nothing(step)),
            }
        })
    }

    /// A start is over, however it went.
    pub(super) fn began(&mut self, step: &StepId) {
        self.starting.remove(step);
    }

    /// Whether the end of a child is still waited for that was just started.
    pub(super) fn wants(&self, wait: &Wait) -> bool {
        wait.child.is_none_or(|child| !self.abandoned.contains(&child))
    }

    /// Nobody waits for a child any more.
    pub(super) fn abandon(&mut self, child: Option<ExecutionId>) {
        self.abandoned.extend(child);
    }

    /// Whether there are children whose end is still to be asked for.
    pub(super) fn is_to_be_told(&self) -> bool {
        !self.abandoned.is_empty()
    }
}

fn wait_for(step: StepId, child: &Child) -> Wait {
    Wait { step, until: child.until, reason: Reason::Child, signal: Some(Str::from(end_of(child.id))), asks: None, child: Some(child.id) }
}

/// What the end of a child says: the payload of the signal that tells of it.
#[derive(Deserialize)]
struct End {
    status: ExecutionStatus,
    output: Value,
    error: Option<Failure>,
}

/// The answer that a step gets when its child has ended.
pub(super) fn answer(signal: &Signal, child: ExecutionId, until: Option<Timestamp>, now: Timestamp) -> Answer {
    match serde_json::from_slice(&signal.payload) {
        Ok(End { status, output, error }) => Child::ended(child, Outcome { status, output, error }, until, now),
        Err(error) => Answer::Failed(Failure::new("internal", format!("the end of execution {child} cannot be read: {error}"))),
    }
}

impl Slice {
    /// The wait for a child whose end is here already, so that it was started before.
    pub(super) fn ended_already(&self, step: &StepId, child: &Child) -> Option<Wait> {
        (child.waits && self.begun.mail.has(&end_of(child.id))).then(|| wait_for(step.clone(), child))
    }

    /// Asks for the end of children that nobody waits for any more, for as long as the lease is trusted. What led to that is in the
    /// journal: should this worker die before it has asked, whoever replays the journal is told to ask again.
    pub(super) async fn let_go(&mut self) {
        let Family { starting, abandoned } = &mut self.family;
        let tenant = self.begun.scope.tenant();
        let children: Vec<_> =
            abandoned.extract_if(.., |child| !starting.values().any(|other| other == child)).map(|child| (tenant, child)).collect();
        if children.is_empty() {
            return;
        }
        let mut backoff = Backoff::for_outage();
        while !self.is_lost() {
            match self.core.dispatch.abandon(&children).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "Could not abandon children, trying again");
                    tokio::time::sleep(backoff.next()).await;
                }
            }
        }
    }
}
