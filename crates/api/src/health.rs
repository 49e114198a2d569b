use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Serialize;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_queue::Queue;
use thaiyyal_store::Admin;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;

/// Asks whether what the server needs is there; at most once a second, however often it is asked.
pub(crate) struct Health {
    admin: Arc<dyn Admin>,
    queue: Arc<dyn Queue>,
    ephemeral: Arc<dyn Ephemeral>,
    /// Set once all migrations were seen applied; none is ever taken back.
    is_migrated: AtomicBool,
    last: Mutex<Option<(Instant, Report)>>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HealthReport)]
pub(crate) struct Report {
    /// `ok`; `degraded` when something is away that requests can do without; `unavailable` when requests fail.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// Each dependency.
    pub checks: Checks,
}

/// One entry per dependency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HealthChecks)]
pub(crate) struct Checks {
    /// Needed by every request.
    pub database: Check,
    /// Without it executions are accepted, and start once it is back.
    pub queue: Check,
    /// Without it live updates are slower.
    pub cache: Check,
}

/// The state of one dependency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = HealthCheck)]
pub(crate) struct Check {
    /// `ok` or `unavailable`; of the database also `not_migrated`, until `thaiyyal migrate` was run.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// How long it took to answer.
    pub took_ms: u64,
}

const FRESH: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(3);

impl Health {
    pub(crate) fn new(admin: Arc<dyn Admin>, queue: Arc<dyn Queue>, ephemeral: Arc<dyn Ephemeral>) -> Self {
        Self { admin, queue, ephemeral, is_migrated: AtomicBool::new(false), last: Mutex::new(None) }
    }

    pub(crate) async fn report(&self) -> Report {
        // Whoever comes while the checks run waits for them, and shares what they find.
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < FRESH
        {
            return report.clone();
        }
        let (database, queue, cache) = tokio::join!(self.database(), check(self.queue.ping()), check(self.ephemeral.ping()));
        let status = match (database.status, queue.status, cache.status) {
            ("ok", "ok", "ok") => "ok",
            ("ok", ..) => "degraded",
            _ => "unavailable",
        };
        let report = Report { status, checks: Checks { database, queue, cache } };
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn database(&self) -> Check {
        if !self.is_migrated.load(Ordering::Relaxed) {
            let begun = Instant::now();
            match timeout(PATIENCE, self.admin.missing_migrations()).await {
                Ok(Ok(missing)) if missing.is_empty() => self.is_migrated.store(true, Ordering::Relaxed),
                Ok(Ok(_)) => return Check::after(begun, "not_migrated"),
                Ok(Err(_)) | Err(_) => return Check::after(begun, "unavailable"),
            }
        }
        check(self.admin.ping()).await
    }
}

impl Check {
    fn after(begun: Instant, status: &'static str) -> Self {
        Self { status, took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) }
    }
}

async fn check<E: std::error::Error>(ping: impl Future<Output = Result<(), E>>) -> Check {
    let begun = Instant::now();
    let answered = timeout(PATIENCE, ping).await;
    let status = if matches!(answered, Ok(Ok(()))) { "ok" } else { "unavailable" };
    Check::after(begun, status)
}
