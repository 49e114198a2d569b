use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use thaiyyal_store::{Admin, BoxError, Error};
use tokio::time::timeout;

use crate::{
    error, open,
    sql::{KEY_LIFE, Sql, before},
    sqlite::Sqlite,
    writer::Durability,
};

mod embedded {
    refinery::embed_migrations!("../../migrations/sqlite");
}

#[async_trait]
impl Admin for Sqlite {
    async fn migrate(&self) -> Result<Vec<String>, Error> {
        let path = self.path.clone();
        // A connection of its own, since a migration may take long and reading goes on meanwhile.
        let migrated = tokio::task::spawn_blocking(move || {
            let mut connection = open::connect(&path, 60_000, 2 * 1024).map_err(error::statement)?;
            migrate(&mut connection)
        });
        migrated.await.unwrap_or_else(|_| Err(error::panicked()))
    }

    async fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        self.read(|connection| {
            let applied: HashSet<i32> = applied(connection)?.into_iter().collect();
            Ok(embedded::migrations::runner()
                .get_migrations()
                .iter()
                .filter(|one| !applied.contains(&one.version()))
                .map(ToString::to_string)
                .collect())
        })
        .await
    }

    async fn ping(&self) -> Result<(), Error> {
        // An empty write still has to take the write lock of the file.
        timeout(Duration::from_secs(2), self.write(Durability::Relaxed, |_| Ok(())))
            .await
            .unwrap_or_else(|_| Err(Error::Unavailable("no write was finished within two seconds".into())))
    }

    async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], Error> {
        self.write(Durability::Full, move |connection| {
            connection.execute("INSERT INTO installation (is_only, secret) VALUES (1, ?1) ON CONFLICT DO NOTHING", params![fresh])?;
            connection.query_row("SELECT secret FROM installation", [], |row| row.get(0))
        })
        .await
    }

    async fn maintain(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.write(Durability::Relaxed, move |connection| {
            connection.execute("DELETE FROM idempotency_keys WHERE created_at <= ?1", params![Sql(before(now, KEY_LIFE))])?;
            // Posted in the moment in which its execution ended.
            let left_over = "DELETE FROM signals WHERE is_told = 1 AND NOT EXISTS (SELECT 1 FROM executions e
                WHERE e.tenant_id = signals.tenant_id AND e.id = signals.execution_id AND (e.status = 'queued' OR e.status = 'waiting'))";
            connection.execute(left_over, [])?;
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?1", params![Sql(now)])?;
            connection.execute("DELETE FROM sign_in_links WHERE expires_at <= ?1", params![Sql(now)])?;
            Ok(())
        })
        .await
    }
}

/// The numbers of the migrations in the file.
pub(crate) fn applied(connection: &Connection) -> rusqlite::Result<Vec<i32>> {
    let is_there = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'refinery_schema_history'";
    if connection.query_row(is_there, [], |_| Ok(())).optional()?.is_none() {
        return Ok(Vec::new());
    }
    connection.prepare("SELECT version FROM refinery_schema_history")?.query_map([], |row| row.get(0))?.collect()
}

/// The number of the latest migration this program has.
pub(crate) fn latest() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or(0)
}

/// Applies what is missing in one transaction. Two processes may both find the same migrations missing; the one that comes second
/// fails on a table that exists, and looks again.
pub(crate) fn migrate(connection: &mut Connection) -> Result<Vec<String>, Error> {
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    loop {
        let before = applied(connection).map_err(error::statement)?.len();
        match embedded::migrations::runner().set_grouped(true).run(connection) {
            Ok(report) => return Ok(report.applied_migrations().iter().map(ToString::to_string).collect()),
            Err(failure) => {
                if applied(connection).map_err(error::statement)?.len() == before {
                    return Err(Error::Internal(BoxError::from(failure)));
                }
            }
        }
    }
}
