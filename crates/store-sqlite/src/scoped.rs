//! The only way a transaction of a tenant reaches a statement.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, ToSql};
use thaiyyal_model::TenantId;
use thaiyyal_store::Error;

use crate::{error, sql::Sql};

/// A connection that acts for one tenant: every statement has the tenant bound as `?1`; other parameters begin at `?2`.
#[derive(Clone, Copy)]
pub(crate) struct Scoped<'c> {
    connection: &'c Connection,
    tenant: TenantId,
}

impl<'c> Scoped<'c> {
    pub(crate) fn new(connection: &'c Connection, tenant: TenantId) -> Self {
        Self { connection, tenant }
    }

    /// Runs a statement; returns how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, Error> {
        self.scoped(sql, parameters).and_then(|mut statement| statement.raw_execute()).map_err(error::statement)
    }

    /// Runs an insert of a row whose key the caller chose; a key that is taken is [`Error::Exists`].
    pub(crate) fn insert(&self, what: &'static str, sql: &str, parameters: &[&dyn ToSql]) -> Result<(), Error> {
        self.scoped(sql, parameters).and_then(|mut statement| statement.raw_execute()).map(drop).map_err(error::insert(what))
    }

    /// The first row of the result, if there is one.
    pub(crate) fn find<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        let first = |mut statement: CachedStatement<'_>| match statement.raw_query().next()? {
            Some(row) => read(row),
            None => Err(rusqlite::Error::QueryReturnedNoRows),
        };
        self.scoped(sql, parameters).and_then(first).optional().map_err(error::statement)
    }

    /// All rows of the result.
    pub(crate) fn list<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        self.scoped(sql, parameters).and_then(|mut statement| statement.raw_query().mapped(read).collect()).map_err(error::statement)
    }

    /// Prepares a statement with the tenant bound as `?1`.
    fn scoped(&self, sql: &str, parameters: &[&dyn ToSql]) -> rusqlite::Result<CachedStatement<'c>> {
        debug_assert!(binds_tenant(sql), "the statement does not name the tenant: {sql}");
        let mut statement = self.connection.prepare_cached(sql)?;
        statement.raw_bind_parameter(1, Sql(self.tenant))?;
        for (index, parameter) in parameters.iter().enumerate() {
            statement.raw_bind_parameter(index + 2, parameter)?;
        }
        Ok(statement)
    }
}

/// Whether the statement uses `?1` (and not only `?10` and the like).
fn binds_tenant(sql: &str) -> bool {
    sql.match_indices("?1").any(|(at, found)| !sql[at + found.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::binds_tenant;

    #[test]
    fn a_statement_without_the_tenant_is_noticed() {
        assert!(binds_tenant("SELECT name FROM workflows WHERE tenant_id = ?1 AND id = ?2"));
        assert!(!binds_tenant("SELECT name FROM workflows WHERE id = ?2"));
        assert!(!binds_tenant("SELECT name FROM workflows WHERE id = ?10"));
    }
}
