use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use thaiyyal_commands::workflows;
use thaiyyal_model::WorkflowId;
use thaiyyal_store::TenantTx;

use super::{Expected, Nothing, Shown, reply};
use crate::auth::{Allowed, WriteWorkflows};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::state::State;

/// Publish the draft as a new version
///
/// Does nothing when the latest version equals the draft.
#[utoipa::path(
    operation_id = "publish_workflow", tag = "workflows",
    params(
        ("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the draft to publish"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")
    ),
    responses((status = 200, description = "Published", body = Shown))
)]
#[post("/api/v1/workflows/{id}/publish")]
pub(crate) async fn publish(
    caller: Allowed<WriteWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let expected = Expected::of(&incoming.request)?;
    let received = incoming.read(1 << 10).await?;
    let Nothing {} = received.parse()?;
    let by = caller.user;
    once::run(&state, &caller, &received, "POST /api/v1/workflows/{id}/publish", async |tx: &mut dyn TenantTx| {
        let expected = expected.revision(tx, *id).await?;
        let workflow = workflows::publish(tx, *id, expected, by, state.clock.now()).await?;
        reply(StatusCode::OK, &workflow, Vec::new())
    })
    .await
}
