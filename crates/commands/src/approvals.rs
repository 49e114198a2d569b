//! Decisions of people that executions wait for.

use serde::Deserialize;
use thaiyyal_engine::{FormMistake, check_form};
use thaiyyal_model::{ApprovalId, Map, Timestamp, Value};
use thaiyyal_store::{
    TenantTx,
    approvals::{Approval, NewDecision, Recorded},
    signals::NewSignal,
    tenant::Person,
};

/// What a step asks.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// One line.
    pub title: String,
    /// More about it.
    #[serde(default)]
    pub message: Option<String>,
    /// Addresses of those who may decide; empty for everyone with the permission.
    #[serde(default)]
    pub assignees: Vec<String>,
    /// JSON Schema of what is to be filled in.
    #[serde(default)]
    pub form: Option<serde_json::Value>,
}

impl Question {
    /// Reads what a step asked.
    ///
    /// # Errors
    /// What is stored is no question.
    pub fn of(approval: &Approval) -> Result<Self, thaiyyal_store::Error> {
        let corrupt = |error: serde_json::Error| thaiyyal_store::Error::Corrupt {
            table: "approvals",
            row: approval.id.to_string(),
            source: error.into(),
        };
        serde_json::from_slice(&approval.question).map_err(corrupt)
    }

    /// Whether somebody with the permission to decide may decide this.
    #[must_use]
    pub fn is_for(&self, address: &str, is_administrator: bool) -> bool {
        is_administrator
            || self.assignees.is_empty()
            || self.assignees.iter().any(|assignee| assignee.to_lowercase() == address.to_lowercase())
    }
}

/// A decision to make.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Of which question.
    pub approval: ApprovalId,
    /// Who decides.
    pub by: Person,
    /// Whether they may decide what is asked of others.
    pub is_administrator: bool,
    /// Yes or no.
    pub is_approved: bool,
    /// What was filled in; must fit the form of whoever approves.
    pub data: Value,
    /// Why.
    pub comment: Option<String>,
    /// How many signals may lie there for one execution.
    pub most_pending: u32,
}

/// Why a decision does not count.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No such question in this tenant.
    #[error("there is no such question")]
    Missing,
    /// It is asked of others.
    #[error("the question is asked of others")]
    NotAssigned,
    /// Somebody decided before.
    #[error("the question was decided before")]
    Decided,
    /// Nobody waits for the answer any more.
    #[error("the question is over")]
    Over,
    /// What was filled in does not fit the form.
    #[error("{} fields do not fit the form", .0.len())]
    Form(Vec<FormMistake>),
    /// Storage could not do it.
    #[error("storage failed")]
    Store(#[from] thaiyyal_store::Error),
}

/// Decides a question, and posts what tells its execution. Only to be committed when it succeeds; the signal has to be delivered then.
///
/// # Errors
/// See [`Refused`].
pub async fn decide(tx: &mut dyn TenantTx, decide: Decide, now: Timestamp) -> Result<Approval, Refused> {
    let asked = tx.find_approval(decide.approval, now).await?.ok_or(Refused::Missing)?;
    let question = Question::of(&asked)?;
    if !question.is_for(&decide.by.email, decide.is_administrator) {
        return Err(Refused::NotAssigned);
    }
    if asked.decision.is_some() {
        return Err(Refused::Decided);
    }
    if let Some(form) = question.form.filter(|form| decide.is_approved && !form.is_null()) {
        check(&form, &decide.data, &asked)?;
    }
    let payload = payload(&decide, now).to_json();
    let signal =
        NewSignal { execution: asked.execution, name: asked.signal.clone(), payload: payload.clone(), most_pending: decide.most_pending };
    match tx.decide_approval(&NewDecision { approval: asked.id, signal }, now).await? {
        Recorded::Yes => Ok(Approval { decision: Some(payload), decided_at: Some(now), is_over: false, ..asked }),
        Recorded::Decided => Err(Refused::Decided),
        Recorded::Over => Err(Refused::Over),
        Recorded::Missing => Err(Refused::Missing),
    }
}

fn check(form: &serde_json::Value, data: &Value, asked: &Approval) -> Result<(), Refused> {
    let corrupt = |why: String| thaiyyal_store::Error::Corrupt { table: "approvals", row: asked.id.to_string(), source: why.into() };
    let form = Value::from_json(form.to_string().as_bytes()).map_err(|error| corrupt(error.to_string()))?;
    let mistakes = check_form(&form, data).map_err(corrupt)?;
    if mistakes.is_empty() { Ok(()) } else { Err(Refused::Form(mistakes)) }
}

/// What the execution is told.
fn payload(decide: &Decide, now: Timestamp) -> Value {
    let by = Map::from_pairs([
        ("email", Value::from(decide.by.email.as_str())),
        ("id", Value::from(decide.by.id.to_string())),
        ("name", Value::from(decide.by.name.as_str())),
    ]);
    let members = [
        ("at", Value::from(now.to_string())),
        ("by", by.into()),
        ("comment", decide.comment.as_deref().map_or(Value::Null, Value::from)),
        ("data", decide.data.clone()),
        ("decision", Value::from(if decide.is_approved { "approved" } else { "rejected" })),
    ];
    Map::from_pairs(members).into()
}
