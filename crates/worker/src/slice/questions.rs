//! What an execution asks people.

use thaiyyal_engine::{Effect, Expected};
use thaiyyal_model::{ApprovalId, Timestamp};
use thaiyyal_store::{approvals::Question, dispatch::Written};

use super::{Slice, Then, Wait};
use crate::backoff::Backoff;

impl Slice {
    /// Keeps a wait, and what people are asked by it.
    pub(super) fn begin_wait(
        &mut self,
        effect: &Effect,
        until: Option<Timestamp>,
        reason: thaiyyal_model::Reason,
        expects: Option<Expected>,
    ) {
        let question = expects.as_ref().and_then(|expects| expects.question.as_ref());
        let asks = question.is_some().then_some(effect.attempt);
        if let (Some(question), Some(expects)) = (question, &expects) {
            self.questions.push(Question::Open {
                id: ApprovalId::mint(self.core.clock.as_ref()),
                step: effect.step.to_string(),
                attempt: effect.attempt,
                signal: expects.signal.to_string(),
                question: question.to_json(),
                expires_at: Some(until.map_or(self.begun.deadline(), |until| until.min(self.begun.deadline()))),
            });
        }
        let signal = expects.map(|expects| expects.signal);
        self.waits.push(Wait { step: effect.step.clone(), until, reason, signal, asks, child: None });
    }

    /// Lets people know what they are asked, and what they need not decide any more. Repeated whenever the wait is handed out again, so it
    /// need not be one write with the journal.
    pub(super) async fn ask(&mut self) -> Then {
        if self.questions.is_empty() {
            return Then::GoOn;
        }
        let mut backoff = Backoff::for_outage();
        while !self.is_lost() {
            match self.core.dispatch.ask(&self.begun.ticket.lease, &self.questions).await {
                Ok(Written::Fenced) => {
                    self.drop_quietly();
                    return Then::Quit;
                }
                Ok(Written::Yes | Written::CancelRequested | Written::Signalled) => {
                    self.questions.clear();
                    return Then::GoOn;
                }
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "Could not record what is asked, trying again");
                    tokio::time::sleep(backoff.next()).await;
                }
            }
        }
        Then::Quit
    }
}

impl Wait {
    /// What tells people that they need not decide any more.
    pub(super) fn closed(&self) -> Option<Question> {
        self.asks.map(|attempt| Question::Closed { step: self.step.to_string(), attempt })
    }
}
