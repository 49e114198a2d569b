use actix_web::web::Data;
use actix_web::{HttpResponse, post};

use crate::auth::{Allowed, SignedIn, Via, forget_cookie};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

/// Sign out
///
/// Ends the session on the server and takes the cookie away. Does nothing for an API key.
#[utoipa::path(operation_id = "sign_out", tag = "auth", responses((status = 204, description = "Signed out")))]
#[post("/api/v1/auth/logout")]
pub(crate) async fn logout(caller: Allowed<SignedIn>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut response = Reply::empty().respond();
    if let Via::Session { id, digest, .. } = &caller.via {
        state.storage.directory.delete_session(*id).await?;
        state.credentials.forget_session(digest).await;
        response.add_cookie(&forget_cookie(state.settings.is_https())).map_err(|error| Problem::internal(error.to_string()))?;
    }
    Ok(response)
}
