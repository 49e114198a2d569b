//! What executions ask people.

mod decide;
mod get;
mod list;

use serde::Serialize;
use serde_json::value::RawValue;
use thaiyyal_commands::approvals::Question;
use thaiyyal_model::{ApprovalId, ExecutionId, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::approvals::Approval;
use thaiyyal_store::tenant::Person;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::{Caller, Permission};
use crate::problem::Problem;
use crate::reply::stored_json;
use crate::time::Time;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list::list).service(get::get).service(decide::decide);
}

/// A question that an execution asks.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
pub(crate) struct Shown<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: ApprovalId,
    #[schema(value_type = String, format = Uuid)]
    execution_id: ExecutionId,
    /// Null for an inline definition.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    workflow_id: Option<WorkflowId>,
    #[schema(required)]
    workflow_name: Option<&'a str>,
    /// The step that waits for the decision.
    step: &'a str,
    title: String,
    #[schema(required)]
    message: Option<String>,
    /// E-mail addresses of those who may decide; empty for everyone with the permission.
    assignees: Vec<String>,
    /// JSON Schema of what is to be filled in by whoever approves.
    #[schema(required)]
    form: Option<serde_json::Value>,
    status: Status,
    /// Whether it is open, and whoever asks may decide it.
    can_decide: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Time>,
    /// `{decision, by: {id, email, name}, at, comment, data}` once it was decided.
    #[schema(value_type = Option<serde_json::Value>, required)]
    decision: Option<&'a RawValue>,
}

/// Where a question stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApprovalStatus)]
enum Status {
    /// It can be decided.
    Open,
    /// Somebody decided.
    Decided,
    /// Its time is up, or the execution does not wait for it any more.
    Over,
}

/// A page of questions.
#[derive(ToSchema)]
#[schema(as = ApprovalPage)]
#[expect(dead_code, reason = "only described, never made")]
pub(crate) struct PageBody<'a> {
    items: Vec<Shown<'a>>,
    next_cursor: Option<String>,
}

impl<'a> Shown<'a> {
    pub(crate) fn of(approval: &'a Approval, viewer: &Viewer) -> Result<Self, Problem> {
        let question = Question::of(approval)?;
        let can_decide = approval.is_open() && viewer.may_decide && question.is_for(&viewer.person.email, viewer.is_administrator);
        Ok(Self {
            id: approval.id,
            execution_id: approval.execution,
            workflow_id: approval.workflow,
            workflow_name: approval.workflow_name.as_deref(),
            step: &approval.step,
            title: question.title,
            message: question.message,
            assignees: question.assignees,
            form: question.form.filter(|form| !form.is_null()),
            status: match (&approval.decision, approval.is_over) {
                (Some(_), _) => Status::Decided,
                (None, true) => Status::Over,
                (None, false) => Status::Open,
            },
            can_decide,
            created_at: Time(approval.created_at),
            expires_at: approval.expires_at.map(Time),
            decision: approval.decision.as_deref().map(stored_json).transpose()?,
        })
    }
}

/// Who looks at questions.
pub(crate) struct Viewer {
    person: Person,
    may_decide: bool,
    is_administrator: bool,
}

impl Viewer {
    /// The person on whose behalf a request is made.
    pub(crate) async fn of(caller: &Caller, tx: &mut dyn TenantTx) -> Result<Self, Problem> {
        let person = tx.find_user(caller.user).await?.ok_or_else(|| Problem::internal("the account of the caller is gone"))?;
        Ok(Self { person, may_decide: caller.grants.has(Permission::DecideApprovals), is_administrator: caller.grants.is_everything() })
    }
}
