use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use thaiyyal_commands::workflows;
use thaiyyal_model::WorkflowId;
use thaiyyal_store::TenantTx;

use super::{Expected, Nothing, ShownVersion};
use crate::auth::{Allowed, WriteWorkflows};
use crate::body::Incoming;
use crate::once;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// Make a version of the draft
///
/// Publishes the draft and answers the version. When the latest version equals the draft no other is made, and that one is the answer (200).
#[utoipa::path(
    operation_id = "create_workflow_version", tag = "workflows",
    params(
        ("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the draft to publish"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")
    ),
    responses((status = 201, description = "Made", body = ShownVersion), (status = 200, description = "There is one already", body = ShownVersion))
)]
#[post("/api/v1/workflows/{id}/versions")]
pub(crate) async fn create_version(
    caller: Allowed<WriteWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = *id;
    let expected = Expected::of(&incoming.request)?;
    let received = incoming.read(1 << 10).await?;
    let Nothing {} = received.parse()?;
    let by = caller.user;
    once::run(&state, &caller, &received, "POST /api/v1/workflows/{id}/versions", async |tx: &mut dyn TenantTx| {
        let before = tx.find_workflow(id).await?.and_then(|workflow| workflow.summary.version);
        let expected = expected.revision(tx, id).await?;
        let workflow = workflows::publish(tx, id, expected, by, state.clock.now()).await?;
        let number = workflow.summary.version.ok_or_else(|| Problem::internal("a workflow that was published has no version"))?;
        let version = tx.find_version(id, number).await?.ok_or_else(|| Problem::not_found("version of this workflow"))?;
        let status = if before == Some(number) { StatusCode::OK } else { StatusCode::CREATED };
        let location = format!("/api/v1/workflows/{id}/versions/{}", number.0);
        Ok(Reply::json(status, &ShownVersion::whole(&version)?)?.located(location).tagged(ShownVersion::etag(&version)))
    })
    .await
}
