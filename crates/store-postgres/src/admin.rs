use std::time::Duration;

use async_trait::async_trait;
use thaiyyal_store::{Admin, Error};
use tokio::time;

use crate::{Settings, columns::Columns, migrate, pool::Pool};

/// [`Admin`] on PostgreSQL.
pub(crate) struct PostgresAdmin {
    settings: Settings,
    control: Pool,
    directory: Pool,
}

/// How long the answer to a ping may take.
const PING: Duration = Duration::from_secs(2);

/// How many idempotency keys one statement deletes.
const FORGET_AT_ONCE: i64 = 2_000;

impl PostgresAdmin {
    pub(crate) fn new(settings: Settings, control: Pool, directory: Pool) -> Self {
        Self { settings, control, directory }
    }
}

#[async_trait]
impl Admin for PostgresAdmin {
    async fn migrate(&self) -> Result<Vec<String>, Error> {
        migrate::migrate(&self.settings).await
    }

    async fn missing_migrations(&self) -> Result<Vec<String>, Error> {
        migrate::missing(&self.settings).await
    }

    async fn ping(&self) -> Result<(), Error> {
        // A standby answers reads, so it is asked whether it is one.
        let answer = time::timeout(PING, self.control.read("SELECT current_setting('transaction_read_only') = 'on'", &[])).await;
        let rows = answer.map_err(|error| Error::Unavailable(error.into()))??;
        match rows.first().map(|row| row.try_get(0)) {
            Some(Ok(false)) => Ok(()),
            _ => Err(Error::Unavailable("the database is read-only".into())),
        }
    }

    async fn secret(&self, fresh: [u8; 32]) -> Result<[u8; 32], Error> {
        self.directory.write("INSERT INTO installation (secret) VALUES ($1) ON CONFLICT DO NOTHING", &[&fresh.as_slice()]).await?;
        let rows = self.directory.read("SELECT secret FROM installation", &[]).await?;
        let row = rows.first().ok_or_else(|| Error::Unavailable("the secret was not kept".into()))?;
        Columns::of("installation", row).digest()
    }

    async fn maintain(&self) -> Result<(), Error> {
        self.control.write("SELECT maintain_partitions()", &[]).await?;
        loop {
            let forgotten = self.control.write(include_str!("admin/forget_keys.sql"), &[&FORGET_AT_ONCE]).await?;
            if i64::try_from(forgotten.len()).unwrap_or(i64::MAX) < FORGET_AT_ONCE {
                break;
            }
        }
        self.control.write(include_str!("admin/forget_signals.sql"), &[]).await?;
        self.directory.write("DELETE FROM sessions WHERE expires_at <= now()", &[]).await?;
        self.directory.write("DELETE FROM sign_in_links WHERE expires_at <= now()", &[]).await?;
        Ok(())
    }
}
