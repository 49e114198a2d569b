//! The loops that keep the whole moving whatever crashes. Any number of processes may run them: whatever two of them do at the same
//! time is harmless.

mod abandoned;
mod gauges;
mod invariants;
mod maintain;
mod reaper;
mod relay;
mod signals;
mod sweeper;
mod timers;
mod windows;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use thaiyyal_commands::publish::Publisher;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_queue::Queue;
use thaiyyal_store::Storage;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How often the loops look, and how much they do at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Milliseconds between two looks for hints that were recorded but not published.
    pub relay_ms: u64,
    /// Hints younger than this many milliseconds are left to whoever recorded them.
    pub relay_after_ms: u64,
    /// Milliseconds between two looks for timers that are due; no timer fires later than that, unless too many are due.
    pub timers_ms: u64,
    /// Milliseconds between two looks for signals that were posted but not delivered.
    pub signals_ms: u64,
    /// Milliseconds between two looks for executions that were started by others and are to be stopped.
    pub abandoned_ms: u64,
    /// Milliseconds between two looks for workers that went silent.
    pub reaper_ms: u64,
    /// Milliseconds after its last sign of life at which a worker counts as dead. The same for workers and schedulers.
    pub lease_ttl_ms: u64,
    /// How many workers an execution may take down before it fails as `worker_lost`.
    pub max_crashes: u32,
    /// Milliseconds between two looks for executions that nobody claims.
    pub sweeper_ms: u64,
    /// Hints of executions that nobody claimed for this many milliseconds are repeated, at the earliest.
    pub sweep_after_ms: u64,
    /// The same while the broker still holds messages: what is waiting its turn there need not be repeated.
    pub sweep_backlog_after_ms: u64,
    /// The most executions whose hints are repeated per look.
    pub sweep_batch: u32,
    /// Milliseconds between two looks at the windows of tenants.
    pub windows_ms: u64,
    /// How many executions of one tenant may be hinted and not claimed; more wait for their turn, so that other tenants do not wait
    /// behind all of them.
    pub window_width: u32,
    /// The most executions of all tenants together that get their turn per look.
    pub window_turn: u32,
    /// Milliseconds between two preparations of the database for the coming weeks.
    pub maintain_ms: u64,
    /// Milliseconds between two measurements of the backlog.
    pub gauges_ms: u64,
    /// Milliseconds between two checks that each unfinished execution has something that will move it.
    pub check_ms: u64,
    /// Executions accepted longer than this many milliseconds ago are left out of these checks.
    pub check_recent_ms: u64,
    /// Milliseconds between two checks of all executions, which read everything that is stored of them.
    pub check_all_ms: u64,
    /// The most rows of one kind that one statement handles.
    pub batch: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            relay_ms: 500,
            relay_after_ms: 1_000,
            timers_ms: 250,
            signals_ms: 500,
            abandoned_ms: 250,
            reaper_ms: 5_000,
            lease_ttl_ms: 30_000,
            max_crashes: 5,
            sweeper_ms: 1_000,
            sweep_after_ms: 30_000,
            sweep_backlog_after_ms: 300_000,
            sweep_batch: 2_000,
            windows_ms: 200,
            window_width: 2_000,
            window_turn: 10_000,
            maintain_ms: 60 * 60 * 1_000,
            gauges_ms: 10_000,
            check_ms: 5 * 60 * 1_000,
            check_recent_ms: 24 * 60 * 60 * 1_000,
            check_all_ms: 24 * 60 * 60 * 1_000,
            batch: 500,
        }
    }
}

impl Settings {
    /// Short times, for tests that wait for these loops.
    #[must_use]
    pub fn impatient() -> Self {
        Self {
            relay_ms: 100,
            relay_after_ms: 200,
            timers_ms: 50,
            signals_ms: 50,
            abandoned_ms: 50,
            reaper_ms: 250,
            lease_ttl_ms: 3_000,
            sweeper_ms: 500,
            sweep_after_ms: 1_000,
            sweep_backlog_after_ms: 5_000,
            windows_ms: 50,
            gauges_ms: 1_000,
            ..Self::default()
        }
    }
}

/// What the loops work with.
#[derive(Clone)]
pub struct SchedulerDeps {
    /// Where executions are.
    pub storage: Storage,
    /// Where hints go.
    pub queue: Arc<dyn Queue>,
    /// Live hints.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// How hints get to the broker when nobody waits for them.
    pub publisher: Publisher,
    /// Numbers.
    pub settings: Settings,
}

/// Runs all loops until `stop`, and lets the turns that are under way end.
pub async fn run(deps: SchedulerDeps, stop: CancellationToken) {
    let tracker = TaskTracker::new();
    let deps = Arc::new(deps);
    tracker.spawn(relay::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(timers::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(signals::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(abandoned::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(reaper::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(sweeper::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(windows::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(invariants::recent(Arc::clone(&deps), stop.clone()));
    tracker.spawn(invariants::all(Arc::clone(&deps), stop.clone()));
    tracker.spawn(maintain::run(Arc::clone(&deps), stop.clone()));
    tracker.spawn(gauges::run(deps, stop));
    tracker.close();
    tracker.wait().await;
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
