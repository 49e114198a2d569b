use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use thaiyyal_model::{Limits, TenantId, TenantScope};
use thaiyyal_store::directory::Tier;
use thaiyyal_store::{Error, Store};

use crate::problem::Problem;

/// What tenants may use, by their tiers.
pub(crate) struct TenantLimits {
    /// Of whoever has no tier.
    configured: Arc<Limits>,
    store: Arc<dyn Store>,
    known: Cache<TenantId, Arc<Limits>>,
}

/// For how long a change of a tier may go unnoticed.
const TRUSTED_FOR: Duration = Duration::from_secs(10);

impl TenantLimits {
    pub(crate) fn new(configured: Arc<Limits>, store: Arc<dyn Store>) -> Self {
        Self { configured, store, known: Cache::builder().max_capacity(10_000).time_to_live(TRUSTED_FOR).build() }
    }

    /// The limits of definitions that the tenant stores or runs from here on.
    pub(crate) async fn of(&self, scope: &TenantScope) -> Result<Arc<Limits>, Problem> {
        let look = async {
            let mut tx = self.store.begin(scope).await?;
            let tier = tx.find_tenant().await?.and_then(|tenant| tenant.tier);
            Ok::<_, Error>(self.under(tier.as_ref()))
        };
        Ok(self.known.try_get_with(scope.tenant(), look).await?)
    }

    /// The limits of whoever has this tier.
    pub(crate) fn under(&self, tier: Option<&Tier>) -> Arc<Limits> {
        tier.map_or_else(|| Arc::clone(&self.configured), |tier| Arc::new(tier.limits.over(&self.configured)))
    }
}
