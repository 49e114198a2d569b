use async_trait::async_trait;
use thaiyyal_model::TenantScope;
use thaiyyal_store::{Error, Store, TenantTx};

use crate::{pool::Pool, tenant::PostgresTx};

/// [`Store`] on PostgreSQL.
pub(crate) struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn begin(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, Error> {
        Ok(Box::new(PostgresTx::begin(&self.pool, *scope).await?))
    }
}
