use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use thaiyyal_commands::workflows::{self, Create};
use thaiyyal_store::TenantTx;

use super::{DEFINITION, Input, Shown, body_limit, checked, reply, warnings};
use crate::auth::{Allowed, WriteWorkflows};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::state::State;

/// Create a workflow
///
/// The definition is checked as a whole: a 422 names every problem in it. Published at once unless `publish` is false.
#[utoipa::path(
    operation_id = "create_workflow", tag = "workflows",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    request_body = Input,
    responses((status = 201, description = "Created", body = Shown))
)]
#[post("/api/v1/workflows")]
pub(crate) async fn create(caller: Allowed<WriteWorkflows>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let received = incoming.read(body_limit(&state)).await?;
    let body: Input<'_> = received.parse()?;
    body.check()?;
    let definition = checked(&state, &caller.scope, &received, body.definition, DEFINITION).await?.of_workflow(&[&body.name]);
    let warnings = warnings(&definition, DEFINITION);
    let Input { name, description, tags, publish, .. } = body;
    let command = Create { name, description, tags, definition, publish, by: caller.user };
    once::run(&state, &caller, &received, "POST /api/v1/workflows", async |tx: &mut dyn TenantTx| {
        let workflow = workflows::create(tx, command, &*state.clock).await?;
        let location = format!("/api/v1/workflows/{}", workflow.summary.id);
        Ok(reply(StatusCode::CREATED, &workflow, warnings)?.located(location))
    })
    .await
}
