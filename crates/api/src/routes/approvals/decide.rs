use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use serde_json::value::RawValue;
use thaiyyal_commands::approvals::{Decide, Refused, decide as command};
use thaiyyal_model::{ApprovalId, Value};
use thaiyyal_store::TenantTx;
use utoipa::ToSchema;

use super::{Shown, Viewer};
use crate::auth::{Allowed, DecideApprovals};
use crate::body::{Incoming, text};
use crate::once;
use crate::problem::{Code, Item, Problem, escaped};
use crate::reply::Reply;
use crate::signals;
use crate::state::State;

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DecisionInput)]
struct Input<'a> {
    decision: Decision,
    /// What was filled in; has to fit the form when the decision is `approved`.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    data: Option<&'a RawValue>,
    /// Why; at most 2000 characters.
    comment: Option<String>,
}

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Decision)]
enum Decision {
    /// The execution goes on by its output `approved`.
    Approved,
    /// The execution goes on by its output `rejected`.
    Rejected,
}

/// Decide what an execution asks
///
/// Of two who decide at once the second is told so with 409. A decision counts as soon as this answers, whatever happens to workers.
#[utoipa::path(
    operation_id = "decide_approval", tag = "approvals",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    request_body = Input,
    responses((status = 200, description = "Decided", body = Shown))
)]
#[post("/api/v1/approvals/{id}/decide")]
pub(crate) async fn decide(
    caller: Allowed<DecideApprovals>,
    state: Data<State>,
    id: Path<ApprovalId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let received = incoming.read(state.settings.max_signal_bytes).await?;
    let Input { decision, data, comment } = received.parse()?;
    if let Some(comment) = &comment {
        text("/comment", comment, 2_000)?;
    }
    let data = data.map_or(Ok(Value::Null), |data| received.check_value(data, "/data"))?;
    let response = once::run(&state, &caller, &received, "POST /api/v1/approvals/{id}/decide", async |tx: &mut dyn TenantTx| {
        let viewer = Viewer::of(&caller, tx).await?;
        let decide = Decide {
            approval: *id,
            by: viewer.person.clone(),
            is_administrator: viewer.is_administrator,
            is_approved: decision == Decision::Approved,
            data,
            comment,
            most_pending: state.settings.max_pending_signals,
        };
        let decided = command(tx, decide, state.clock.now()).await.map_err(refused)?;
        Reply::ok(&Shown::of(&decided, &viewer)?)
    })
    .await?;
    signals::deliver(&state).await;
    Ok(response)
}

fn refused(refused: Refused) -> Problem {
    match refused {
        Refused::Missing => Problem::not_found("approval"),
        Refused::NotAssigned => Problem::new(Code::Forbidden, "this is for others to decide: you are not among its assignees"),
        Refused::Decided => Problem::new(Code::ApprovalDecided, "read the approval to see who decided, and how"),
        Refused::Over => Problem::new(Code::ApprovalOver, "its time is up, or the execution does not wait for it any more"),
        Refused::Form(mistakes) => {
            let item = |field: &str, detail: String| {
                let path: String = field.split('.').filter(|part| !part.is_empty()).map(|part| format!("/{}", escaped(part))).collect();
                Item { pointer: format!("/data{path}"), code: "invalid_field".to_owned(), detail, ..Item::default() }
            };
            let items: Vec<_> = mistakes.into_iter().map(|mistake| item(&mistake.field, mistake.detail)).collect();
            Problem::new(Code::InvalidField, "what was filled in does not fit the form").with_all(items)
        }
        Refused::Store(error) => error.into(),
    }
}
