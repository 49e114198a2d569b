use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use thaiyyal_model::ApprovalId;

use super::{Shown, Viewer};
use crate::auth::{Allowed, ReadApprovals};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// See what an execution asks
#[utoipa::path(
    operation_id = "get_approval", tag = "approvals",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "The question, and the decision once there is one", body = Shown))
)]
#[get("/api/v1/approvals/{id}")]
pub(crate) async fn get(caller: Allowed<ReadApprovals>, state: Data<State>, id: Path<ApprovalId>) -> Result<HttpResponse, Problem> {
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let found = tx.find_approval(*id, state.clock.now()).await?.ok_or_else(|| Problem::not_found("approval"))?;
    let viewer = Viewer::of(&caller, &mut *tx).await?;
    tx.commit().await?;
    Ok(Reply::ok(&Shown::of(&found, &viewer)?)?.respond())
}
