use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete};
use thaiyyal_model::ApiKeyId;

use crate::auth::{Allowed, WriteApiKeys};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// Revoke an API key
///
/// It stops working at once on this server, and within seconds on others.
#[utoipa::path(operation_id = "revoke_api_key", tag = "api keys", params(("id" = Uuid, Path)), responses((status = 204, description = "Revoked")))]
#[delete("/api/v1/api-keys/{id}")]
pub(crate) async fn revoke(caller: Allowed<WriteApiKeys>, state: Data<State>, id: Path<ApiKeyId>) -> Result<HttpResponse, Problem> {
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let revoked = tx.revoke_api_key(*id, state.clock.now()).await?;
    tx.commit().await?;
    if !revoked {
        return Err(Problem::not_found("API key"));
    }
    state.credentials.forget_key(*id).await;
    Ok(Reply::empty().respond())
}
