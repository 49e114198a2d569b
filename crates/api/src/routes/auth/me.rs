use actix_web::{HttpResponse, get};

use super::{Me, Tenant, User};
use crate::auth::{Allowed, SignedIn, Via};
use crate::problem::Problem;
use crate::reply::Reply;

/// Who is calling
#[utoipa::path(operation_id = "get_me", tag = "auth", responses((status = 200, description = "The caller", body = Me)))]
#[get("/api/v1/auth/me")]
pub(crate) async fn me(caller: Allowed<SignedIn>) -> Result<HttpResponse, Problem> {
    let me = match &caller.via {
        Via::Session { login, csrf, .. } => Me::of(login, csrf),
        Via::Key => Me {
            user: User { id: caller.user, email: None, name: None },
            tenant: Tenant { id: caller.scope.tenant(), name: None },
            permissions: caller.grants.names(),
            csrf_token: None,
        },
    };
    Ok(Reply::ok(&me)?.respond())
}
