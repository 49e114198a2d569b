//! Transactions of one tenant. Row-level security stands behind every statement; each names the tenant itself all the same.

mod approvals;
mod executions;
mod idempotent;
mod identity;
mod signals;
mod workflows;

use async_trait::async_trait;
use thaiyyal_model::TenantScope;
use thaiyyal_store::{Error, TenantTx};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{
    connection::{Connection, Params},
    error::{During, refused},
    pool::Pool,
};

/// [`TenantTx`] on PostgreSQL; dropping it rolls back.
pub(crate) struct PostgresTx {
    connection: Connection,
    tenant: Uuid,
    /// What begins the transaction; it travels with the first statement.
    opening: Option<String>,
    failed: bool,
}

impl PostgresTx {
    pub(crate) async fn begin(pool: &Pool, scope: TenantScope) -> Result<Self, Error> {
        let tenant = scope.tenant().uuid();
        let connection = pool.get().await?;
        // A UUID prints as hexadecimal digits and hyphens, so it can stand in the text.
        let opening = format!("BEGIN; SELECT set_config('app.tenant', '{}', true)", tenant.as_hyphenated());
        Ok(Self { connection, tenant, opening: Some(opening), failed: false })
    }

    /// Has the statements of a transaction that has not begun yet use one plan for all values.
    fn plan_once(&mut self) {
        if let Some(opening) = &mut self.opening {
            opening.push_str("; SET LOCAL plan_cache_mode = force_generic_plan");
        }
    }

    /// Runs one statement.
    async fn query(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Error> {
        let [rows] = self.queries([(sql, params)]).await?;
        Ok(rows)
    }

    /// Runs statements in one round trip.
    async fn queries<const N: usize>(&mut self, wanted: [(&'static str, Params<'_>); N]) -> Result<[Vec<Row>; N], Error> {
        let opening = self.opening.take();
        let rows = self.connection.queries(opening.as_deref(), wanted).await;
        self.failed |= rows.is_err();
        rows.map_err(|error| refused(error, During::Read))
    }

    /// Runs one statement that answers at most one row.
    async fn query_one(&mut self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }
}

#[async_trait]
impl TenantTx for PostgresTx {
    async fn commit(mut self: Box<Self>) -> Result<(), Error> {
        // The server would answer such a commit with a rollback that looks like success.
        if self.failed {
            return Err(Error::Internal("a statement of this transaction failed, so it cannot be committed".into()));
        }
        if self.opening.is_some() {
            return Ok(());
        }
        self.connection.commit().await.map_err(|error| refused(error, During::Write))
    }
}

/// At most `limit` items and the key of the last one if there are more; `items` holds one more than that if there are.
fn page<T, K>(mut items: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> thaiyyal_store::tenant::Page<T, K> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(key) } else { None };
    thaiyyal_store::tenant::Page { items, next }
}
