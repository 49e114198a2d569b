use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use thaiyyal_commands::Error;
use thaiyyal_commands::definitions::Checked;
use utoipa::ToSchema;

use super::body::{Inline, InlineBody};
use crate::auth::{Allowed, ReadWorkflows};
use crate::body::Incoming;
use crate::problem::{Code, Item, Problem};
use crate::reply::Reply;
use crate::state::State;

/// What is wrong with a definition.
#[derive(Serialize, ToSchema)]
struct Verdict {
    /// Whether it can run.
    valid: bool,
    /// Every reason why it cannot.
    errors: Vec<Item>,
    /// What its author may not have meant.
    warnings: Vec<Item>,
}

/// Check a definition without running it
#[utoipa::path(operation_id = "validate_inline", tag = "inline", request_body = InlineBody, responses((status = 200, description = "What was found", body = Verdict)))]
#[post("/api/v1/workflow/validate")]
pub(crate) async fn validate(_caller: Allowed<ReadWorkflows>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let received = incoming.read(Inline::limit(&state)).await?;
    let inline = Inline::of(&received)?;
    let text = inline.definition.get().as_bytes();
    if text.len() > state.settings.max_definition_bytes {
        return Err(Problem::new(
            Code::PayloadTooLarge,
            format!("a definition may have at most {} bytes", state.settings.max_definition_bytes),
        ));
    }
    let verdict = match Checked::check(text.to_vec(), &state.catalog, &state.limits) {
        Ok(checked) => Verdict { valid: true, errors: Vec::new(), warnings: checked.warnings().iter().cloned().map(Item::from).collect() },
        Err(Error::InvalidDefinition(invalid)) => {
            Verdict { valid: false, errors: invalid.problems.into_iter().map(Item::from).collect(), warnings: Vec::new() }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Reply::ok(&verdict)?.respond())
}
