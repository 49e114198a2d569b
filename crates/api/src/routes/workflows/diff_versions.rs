use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use thaiyyal_model::{Value, VersionNumber, WorkflowId};
use thaiyyal_store::tenant::Version;

use crate::auth::{Allowed, ReadWorkflows};
use crate::difference::Difference;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// What differs between two versions
///
/// Nodes are told apart by their ids, wherever they stand; edges by all they say.
#[utoipa::path(
    operation_id = "diff_workflow_versions", tag = "workflows",
    params(("id" = Uuid, Path), ("version" = i32, Path), ("other" = i32, Path)),
    responses((status = 200, description = "From the first to the second", body = Difference))
)]
#[get("/api/v1/workflows/{id}/versions/{version}/diff/{other}")]
pub(crate) async fn diff_versions(
    caller: Allowed<ReadWorkflows>,
    state: Data<State>,
    path: Path<(WorkflowId, VersionNumber, VersionNumber)>,
) -> Result<HttpResponse, Problem> {
    let (id, from, to) = path.into_inner();
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let found = (tx.find_version(id, from).await?, tx.find_version(id, to).await?);
    tx.commit().await?;
    let (Some(before), Some(after)) = found else { return Err(Problem::not_found("version of this workflow")) };
    let (before, after) = (definition(&before)?, definition(&after)?);
    Ok(Reply::ok(&Difference::between((from, &before), (to, &after)))?.respond())
}

fn definition(version: &Version) -> Result<Value, Problem> {
    Value::from_json_lossless(&version.definition).map_err(Problem::internal)
}
