use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use thaiyyal_model::{Limits, TenantId};
use utoipa::ToSchema;

use crate::auth::{Allowed, SignedIn};
use crate::problem::{Code, Problem};
use crate::reply::Reply;
use crate::state::State;
use crate::time::Time;

/// A tenant and what it may use.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenant)]
struct Shown<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: TenantId,
    name: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// The name of its limits, given by the operator; null for those that everyone has.
    #[schema(required)]
    tier: Option<&'a str>,
    /// What its workflows and executions may use, by the name of the limit; null is no limit. Executions under way keep those they began
    /// with.
    #[schema(value_type = std::collections::HashMap<String, Option<u64>>)]
    limits: &'a Limits,
}

/// Show the tenant and its limits
#[utoipa::path(operation_id = "get_tenant", tag = "tenant", responses((status = 200, description = "The tenant", body = Shown)))]
#[get("/api/v1/tenant")]
pub(crate) async fn get(caller: Allowed<SignedIn>, state: Data<State>) -> Result<HttpResponse, Problem> {
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let tenant = tx.find_tenant().await?.ok_or_else(|| Problem::new(Code::NotFound, "the tenant is gone"))?;
    let tier = tenant.tier.as_ref();
    let limits = state.limits.under(tier);
    let shown = Shown {
        id: caller.scope.tenant(),
        name: &tenant.name,
        created_at: Time(tenant.created_at),
        tier: tier.map(|tier| tier.name.as_str()),
        limits: &limits,
    };
    Ok(Reply::ok(&shown)?.respond())
}
