use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use thaiyyal_commands::workflows::{self, Restore};
use thaiyyal_model::{VersionNumber, WorkflowId};
use thaiyyal_store::TenantTx;

use super::{Expected, Nothing, Shown, reply};
use crate::auth::{Allowed, WriteWorkflows};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::state::State;

/// Go back to an earlier version
///
/// Its definition becomes the draft and is published as a new version; the versions in between stay. Does nothing when the latest version
/// equals it.
#[utoipa::path(
    operation_id = "restore_workflow_version", tag = "workflows",
    params(
        ("id" = Uuid, Path), ("version" = i32, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the workflow as it was read"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")
    ),
    responses((status = 200, description = "Restored", body = Shown))
)]
#[post("/api/v1/workflows/{id}/restore/{version}")]
pub(crate) async fn restore(
    caller: Allowed<WriteWorkflows>,
    state: Data<State>,
    path: Path<(WorkflowId, VersionNumber)>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let (id, version) = path.into_inner();
    let expected = Expected::of(&incoming.request)?;
    let received = incoming.read(1 << 10).await?;
    let Nothing {} = received.parse()?;
    let by = caller.user;
    once::run(&state, &caller, &received, "POST /api/v1/workflows/{id}/restore/{version}", async |tx: &mut dyn TenantTx| {
        let expected = expected.revision(tx, id).await?;
        let workflow = workflows::restore(tx, Restore { id, version, expected, by }, state.clock.now()).await?;
        reply(StatusCode::OK, &workflow, Vec::new())
    })
    .await
}
