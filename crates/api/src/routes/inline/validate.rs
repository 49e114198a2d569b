use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::{Inline, InlineBody};
use crate::auth::{Allowed, ReadWorkflows};
use crate::body::Incoming;
use crate::problem::{Code, Item, Problem};
use crate::reply::Reply;
use crate::routes::workflows::{checked, warnings};
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
pub(crate) async fn validate(caller: Allowed<ReadWorkflows>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let received = incoming.read(Inline::limit(&state)).await?;
    let inline = Inline::of(&received)?;
    let verdict = match checked(&state, &caller.scope, &received, inline.definition, inline.pointer).await {
        Ok(checked) => Verdict { valid: true, errors: Vec::new(), warnings: warnings(&checked, inline.pointer) },
        Err(problem) if problem.code() == Code::InvalidDefinition => {
            Verdict { valid: false, errors: problem.into_errors(), warnings: Vec::new() }
        }
        Err(problem) => return Err(problem),
    };
    Ok(Reply::ok(&verdict)?.respond())
}
