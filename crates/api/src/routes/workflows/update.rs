use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, put};
use thaiyyal_commands::workflows::{self, Update};
use thaiyyal_model::WorkflowId;

use super::{DEFINITION, Expected, Input, Shown, body_limit, checked, reply, warnings};
use crate::auth::{Allowed, WriteWorkflows};
use crate::body::Incoming;
use crate::problem::Problem;
use crate::state::State;

/// Replace a workflow's properties and draft
///
/// With `If-Match` it changes nothing if someone else changed the workflow meanwhile (412).
#[utoipa::path(
    operation_id = "update_workflow", tag = "workflows",
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The ETag the change was made from")),
    request_body = Input,
    responses((status = 200, description = "Changed", body = Shown))
)]
#[put("/api/v1/workflows/{id}")]
pub(crate) async fn update(
    caller: Allowed<WriteWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let expected = Expected::of(&incoming.request)?;
    let received = incoming.read(body_limit(&state)).await?;
    let body: Input<'_> = received.parse()?;
    body.check()?;
    let definition =
        checked(&state, &caller.scope, &received, body.definition, DEFINITION).await?.of_workflow(&[&id.to_string(), &body.name]);
    let warnings = warnings(&definition, DEFINITION);
    let Input { name, description, tags, publish, .. } = body;
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let expected = expected.revision(&mut *tx, *id).await?;
    let command = Update { id: *id, expected, name, description, tags, definition, publish, by: caller.user };
    let workflow = workflows::update(&mut *tx, command, state.clock.now()).await?;
    tx.commit().await?;
    Ok(reply(StatusCode::OK, &workflow, warnings)?.respond())
}
