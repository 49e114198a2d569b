//! One execution in this process, without storage: what `thaiyyal run` does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::{Answer, EffectKind, Machine, Plan, Progress, Start};
use thaiyyal_model::{Clock, ExecutionId, ExecutionStatus, Failure, Limits, StepId, Str, TenantId, TenantScope, Timestamp, Trigger, Value};
use thaiyyal_objects::Objects;
use thaiyyal_worker::Caller;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How it ended.
pub(crate) struct Finished {
    pub(crate) status: ExecutionStatus,
    pub(crate) output: Value,
    pub(crate) error: Option<Failure>,
    /// Node id → value, in the order of the definition.
    pub(crate) results: Vec<(Str, Value)>,
    pub(crate) took: Duration,
}

/// Runs a plan to its end; effects overlap as they do on a worker.
pub(crate) async fn run_here(
    plan: Arc<Plan>,
    input: Value,
    limits: &Limits,
    connectors: &Connectors,
    clock: &dyn Clock,
) -> anyhow::Result<Finished> {
    let begin = Instant::now();
    let execution = ExecutionId::mint(clock);
    // There is no tenant on the command line; the scope only labels the calls.
    #[expect(clippy::disallowed_methods, reason = "one user on one machine: nothing of another tenant can be reached")]
    let scope = TenantScope::assume(TenantId::mint(clock));
    let folder = tempfile::tempdir().context("no folder for large values can be made")?;
    let shelf = Objects::folder(folder.path())?.of(&scope, execution);
    let caller = Caller { scope, execution, shelf: Some(shelf.clone()) };
    let start = Start { execution, workflow: None, version: None, trigger: Trigger::Manual, input, started_at: clock.now() };
    let mut machine = Machine::start(plan, start, Arc::new(limits.clone()));
    let mut under_way: JoinSet<(StepId, Answer)> = JoinSet::new();
    let mut stops: HashMap<StepId, AbortHandle> = HashMap::new();
    let cancelled = CancellationToken::new();
    let outcome = loop {
        match machine.advance(clock.now()) {
            Progress::Ended(outcome) => break outcome,
            Progress::More => tokio::task::yield_now().await,
            Progress::Objects(traffic) => {
                for object in &traffic.put {
                    shelf.put(object).await?;
                }
                if let Some(hash) = traffic.get {
                    machine.supply(Ok(shelf.get(hash).await?));
                }
            }
            Progress::Effects(effects) => {
                for effect in effects {
                    let step = effect.step.clone();
                    let stop = match effect.kind {
                        EffectKind::Wait { until, .. } => Some(under_way.spawn(wait(effect.step, until, clock.now()))),
                        EffectKind::Call { .. } => {
                            thaiyyal_worker::call(connectors, &caller, effect, &cancelled).map(|call| under_way.spawn(call))
                        }
                        EffectKind::Cancel => None,
                    };
                    let before = match stop {
                        Some(stop) => stops.insert(step, stop),
                        None => stops.remove(&step),
                    };
                    if let Some(before) = before {
                        before.abort();
                    }
                }
                match under_way.join_next().await.context("the execution waits for something that never comes")? {
                    Ok((step, answer)) => {
                        stops.remove(&step);
                        machine.complete(&step, answer, clock.now());
                    }
                    Err(stopped) if stopped.is_cancelled() => {}
                    Err(panicked) => return Err(panicked).context("a node panicked"),
                }
            }
        }
    };
    cancelled.cancel();
    let results = machine.results().map(|(node, value)| (Str::from(node), value.clone())).collect();
    Ok(Finished { status: outcome.status, output: outcome.output, error: outcome.error, results, took: begin.elapsed() })
}

/// A wait: over when its time has come.
async fn wait(step: StepId, until: Option<Timestamp>, now: Timestamp) -> (StepId, Answer) {
    match until {
        Some(until) => tokio::time::sleep(Duration::try_from(until.duration_since(now)).unwrap_or_default()).await,
        None => std::future::pending().await,
    }
    (step, Answer::Woken)
}
