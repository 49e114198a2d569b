use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, RecyclingMethod, Runtime};
use thaiyyal_store::Error;
use tokio_postgres::{NoTls, Row, types::ToSql};

use crate::{
    Settings,
    connection::Connection,
    error::{During, is_conflict, refused},
    settings::InvalidSettings,
};

/// How often a statement that lost against another one (deadlock, serialization) is tried again.
const ATTEMPTS: u32 = 5;

/// As whom a pool's connections act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// One tenant per transaction.
    Tenant,
    /// Executions of all tenants, nothing else.
    Dispatch,
    /// Accounts, by what proves them.
    Directory,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "thaiyyal_app",
            Self::Dispatch => "thaiyyal_dispatch",
            Self::Directory => "thaiyyal_directory",
        }
    }
}

/// Connections that act as one role.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    inner: deadpool_postgres::Pool,
    answer_timeout: Duration,
    scan_timeout_ms: u64,
}

impl Pool {
    pub(crate) fn new(settings: &Settings, role: Role, size: usize) -> Result<Self, InvalidSettings> {
        if size == 0 {
            return Err(InvalidSettings::new("every kind of connections needs at least one"));
        }
        // Recycling asks nothing of the server: a connection comes back idle or not at all, see `Connection`.
        let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let session = session(settings, role);
        let inner = deadpool_postgres::Pool::builder(Manager::from_config(settings.client()?, NoTls, config))
            .max_size(size)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(settings.connect_timeout()))
            .create_timeout(Some(settings.connect_timeout()))
            .recycle_timeout(Some(settings.connect_timeout()))
            .post_create(Hook::async_fn(move |client, _| {
                let session = session.clone();
                Box::pin(async move { client.batch_execute(&session).await.map_err(HookError::Backend) })
            }))
            .build()
            .map_err(|error| InvalidSettings::new(error.to_string()))?;
        Ok(Self { inner, answer_timeout: settings.answer_timeout(), scan_timeout_ms: settings.scan_timeout_ms })
    }

    /// An idle connection.
    pub(crate) async fn get(&self) -> Result<Connection, Error> {
        let object = self.inner.get().await.map_err(|error| Error::Unavailable(error.into()))?;
        Ok(Connection::new(object, self.answer_timeout))
    }

    /// Runs one statement that changes nothing.
    pub(crate) async fn read(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        self.run(sql, params, During::Read).await
    }

    /// Runs one statement that is its own transaction.
    pub(crate) async fn write(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        self.run(sql, params, During::Write).await
    }

    /// Runs one statement that reads whole tables, as only the loops do, in a transaction that lets the planner scan.
    pub(crate) async fn scan(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        let mut connection = self.get().await?;
        connection.wait_longer(Duration::from_millis(self.scan_timeout_ms));
        let settings = format!(
            "SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on; SET LOCAL enable_hashjoin = on; \
             SET LOCAL plan_cache_mode = force_custom_plan; \
             SET LOCAL statement_timeout = {}",
            self.scan_timeout_ms
        );
        connection.begin(&settings).await.map_err(|error| refused(error, During::Read))?;
        let rows = connection.query(sql, params).await.map_err(|error| refused(error, During::Read))?;
        connection.commit().await.map_err(|error| refused(error, During::Write))?;
        Ok(rows)
    }

    async fn run(&self, sql: &'static str, params: &[&(dyn ToSql + Sync)], during: During) -> Result<Vec<Row>, Error> {
        let mut attempt = 1;
        loop {
            match self.get().await?.query(sql, params).await {
                Ok(rows) => return Ok(rows),
                Err(error) if attempt < ATTEMPTS && is_conflict(&error) => attempt += 1,
                Err(error) => return Err(refused(error, during)),
            }
        }
    }
}

/// What a connection is told once, when it is opened.
pub(crate) fn session(settings: &Settings, role: Role) -> String {
    let mut session = format!(
        "SET ROLE {role}; SET search_path = thaiyyal; SET jit = off; SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle};",
        role = role.name(),
        statement = settings.statement_timeout_ms,
        lock = settings.lock_timeout_ms,
        idle = settings.idle_in_transaction_timeout_ms,
    );
    if role == Role::Dispatch {
        // Each statement of the hot path finds its rows by key. Statistics of a queue are wrong most of the time (empty when they were
        // taken, full when they are used), so the planner is not asked whether a scan or a hash join might be better.
        session.push_str(
            "SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off; \
             SET enable_bitmapscan = off; SET work_mem = '32MB';",
        );
    }
    session
}
