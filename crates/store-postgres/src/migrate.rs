use std::collections::HashSet;

use refinery::{Migration, Report, Runner};
use thaiyyal_store::{BoxError, Error};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

use crate::{
    Settings,
    connection::Failed,
    error::{During, refused},
};

mod embedded {
    refinery::embed_migrations!("../../migrations/postgres");
}

/// Applies what is missing. Several processes may call it at once: one works, the others wait and then find nothing to do.
pub(crate) async fn migrate(settings: &Settings) -> Result<Vec<String>, Error> {
    let mut session = Session::open(settings).await?;
    // Creating a partition or index may take longer than a request ever should.
    session.run("SET statement_timeout = 0").await?;
    session.run("SELECT pg_advisory_lock(hashtext('thaiyyal.migrate'))").await?;
    session.run(include_str!("migrate/roles.sql")).await?;
    let report: Report = runner().run_async(&mut session.client).await.map_err(|error| Error::Internal(error.into()))?;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Names of the migrations that are not applied.
pub(crate) async fn missing(settings: &Settings) -> Result<Vec<String>, Error> {
    let session = Session::open(settings).await?;
    let read = |error: tokio_postgres::Error| refused(Failed::Refused(error), During::Read);
    let row = session.client.query_one("SELECT to_regclass('thaiyyal.refinery_schema_history') IS NOT NULL", &[]).await.map_err(read)?;
    let mut applied = HashSet::new();
    if row.get(0) {
        for row in session.client.query("SELECT version, checksum FROM thaiyyal.refinery_schema_history", &[]).await.map_err(read)? {
            applied.insert((i64::from(row.get::<_, i32>(0)), row.get::<_, String>(1)));
        }
    }
    let is_missing = |migration: &&Migration| !applied.contains(&(i64::from(migration.version()), migration.checksum().to_string()));
    Ok(runner().get_migrations().iter().filter(is_missing).map(ToString::to_string).collect())
}

fn runner() -> Runner {
    embedded::migrations::runner().set_abort_divergent(true)
}

/// A connection as the login itself; closed, and what it holds given up, when this is dropped.
struct Session {
    client: Client,
    driver: JoinHandle<()>,
}

impl Session {
    async fn open(settings: &Settings) -> Result<Self, Error> {
        let unavailable = |error: BoxError| Error::Unavailable(error);
        let config = settings.client().map_err(|error| unavailable(error.into()))?;
        let (client, connection) = config.connect(NoTls).await.map_err(|error| unavailable(error.into()))?;
        #[expect(clippy::disallowed_methods, reason = "ends with the client, which is dropped a few statements later")]
        let driver = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "The connection for migrations broke");
            }
        });
        Ok(Self { client, driver })
    }

    async fn run(&self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).await.map_err(|error| refused(Failed::Refused(error), During::Read))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
