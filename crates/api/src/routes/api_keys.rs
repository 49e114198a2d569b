//! Keys for programs.

mod create;
mod list;
mod revoke;

use serde::Serialize;
use thaiyyal_model::ApiKeyId;
use thaiyyal_store::tenant::ApiKeySummary;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::time::Time;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list::list).service(create::create).service(revoke::revoke);
}

/// An API key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct Shown<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: ApiKeyId,
    name: &'a str,
    /// Names of permissions; `*` for all its user has.
    permissions: &'a [String],
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Time>,
    /// The key itself, in the answer that made it and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(key: &'a ApiKeySummary) -> Self {
        Self {
            id: key.id,
            name: &key.name,
            permissions: &key.permissions,
            created_at: Time(key.created_at),
            expires_at: key.expires_at.map(Time),
            key: None,
        }
    }
}
