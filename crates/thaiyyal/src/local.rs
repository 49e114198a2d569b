//! One execution in this process, without storage: what `thaiyyal run` does.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::{Answer, EffectKind, Machine, Plan, Progress, Start};
use thaiyyal_model::{Clock, ExecutionId, ExecutionStatus, Failure, Limits, StepId, Str, TenantId, TenantScope, Timestamp, Trigger, Value};
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

/// What an execution is given.
pub(crate) struct Given {
    pub(crate) input: Value,
    /// Signals, in the order in which they are there: name and payload.
    pub(crate) signals: Vec<(String, Value)>,
}

/// Runs a plan to its end; effects overlap as they do on a worker.
pub(crate) async fn run_here(
    plan: Arc<Plan>,
    Given { input, mut signals }: Given,
    limits: &Limits,
    connectors: &Connectors,
    clock: &dyn Clock,
) -> anyhow::Result<Finished> {
    let begin = Instant::now();
    let execution = ExecutionId::mint(clock);
    // There is no tenant on the command line; the scope only labels the calls.
    #[expect(clippy::disallowed_methods, reason = "one user on one machine: nothing of another tenant can be reached")]
    let scope = TenantScope::assume(TenantId::mint(clock));
    let start = Start { execution, workflow: None, version: None, trigger: Trigger::Manual, input, started_at: clock.now() };
    let mut machine = Machine::start(plan, start, Arc::new(limits.clone()));
    let mut under_way: JoinSet<(StepId, Answer)> = JoinSet::new();
    let mut stops: HashMap<StepId, AbortHandle> = HashMap::new();
    let cancelled = CancellationToken::new();
    let outcome = loop {
        match machine.advance(clock.now()) {
            Progress::Ended(outcome) => break outcome,
            Progress::More => tokio::task::yield_now().await,
            Progress::Effects(effects) => {
                for effect in effects {
                    let step = effect.step.clone();
                    let stop = match effect.kind {
                        EffectKind::Wait { expects: Some(expects), .. } => {
                            let answer = signal(&mut signals, &expects.signal);
                            Some(under_way.spawn(std::future::ready((effect.step, answer))))
                        }
                        EffectKind::Wait { until, expects: None, .. } => Some(under_way.spawn(wait(effect.step, until, clock.now()))),
                        EffectKind::Call { .. } => {
                            thaiyyal_worker::call(connectors, scope, execution, effect, &cancelled).map(|call| under_way.spawn(call))
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

/// The first signal of a name that is left. There is nobody else who could send one, so it is no use to wait.
fn signal(signals: &mut Vec<(String, Value)>, name: &str) -> Answer {
    match signals.iter().position(|(given, _)| given == name) {
        Some(place) => Answer::Done(signals.remove(place).1),
        None => {
            let message = format!("the node waits for `{name}`, and here nobody sends it; give it with --signal '{name}=…'");
            Answer::Failed(Failure::new("no_signal", message))
        }
    }
}

/// A wait: over when its time has come.
async fn wait(step: StepId, until: Option<Timestamp>, now: Timestamp) -> (StepId, Answer) {
    match until {
        Some(until) => tokio::time::sleep(Duration::try_from(until.duration_since(now)).unwrap_or_default()).await,
        None => std::future::pending().await,
    }
    (step, Answer::Woken)
}
