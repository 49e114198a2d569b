//! One execution in this process, without storage: what `thaiyyal run` does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::{Answer, Child, EffectKind, Machine, Outcome, Plan, Progress, Start, Stop};
use thaiyyal_model::{Clock, ExecutionId, ExecutionStatus, Failure, Limits, StepId, Str, TenantId, TenantScope, Timestamp, Trigger, Value};
use thaiyyal_objects::Objects;
use thaiyyal_worker::Caller;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::library::Library;

/// How it ended.
pub(crate) struct Finished {
    pub(crate) status: ExecutionStatus,
    pub(crate) output: Value,
    pub(crate) error: Option<Failure>,
    /// Node id → value, in the order of the definition.
    pub(crate) results: Vec<(Str, Value)>,
    pub(crate) took: Duration,
}

/// What executions of this process share.
pub(crate) struct World {
    pub(crate) limits: Arc<Limits>,
    pub(crate) connectors: Connectors,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) library: Library,
    /// Signals that lie there, in their order: name and payload.
    pub(crate) signals: Mutex<Vec<(String, Value)>>,
    /// Executions whose starters do not wait for them.
    pub(crate) unwaited: TaskTracker,
}

/// What one of them begins with.
struct Beginning {
    id: ExecutionId,
    input: Value,
    trigger: Trigger,
    parent: Option<ExecutionId>,
    depth: u32,
    /// When it is given up.
    until: Option<Timestamp>,
}

/// Runs a plan to its end, and what it started without waiting; effects overlap as they do on a worker.
pub(crate) async fn run_here(world: Arc<World>, plan: Arc<Plan>, input: Value) -> anyhow::Result<Finished> {
    let id = ExecutionId::mint(&*world.clock);
    let beginning = Beginning { id, input, trigger: Trigger::Manual, parent: None, depth: 0, until: None };
    let finished = execute(Arc::clone(&world), plan, beginning).await;
    world.unwaited.close();
    world.unwaited.wait().await;
    finished
}

fn execute(world: Arc<World>, plan: Arc<Plan>, beginning: Beginning) -> BoxFuture<'static, anyhow::Result<Finished>> {
    Box::pin(async move {
        let begin = Instant::now();
        let Beginning { id: execution, input, trigger, parent, depth, until } = beginning;
        let clock = &*world.clock;
        // There is no tenant on the command line; the scope only labels the calls.
        #[expect(clippy::disallowed_methods, reason = "one user on one machine: nothing of another tenant can be reached")]
        let scope = TenantScope::assume(TenantId::mint(clock));
        let started_at = clock.now();
        let folder = tempfile::tempdir().context("no folder for large values can be made")?;
        let shelf = Objects::folder(folder.path())?.of(&scope, execution);
        let caller = Caller { scope, execution, shelf: Some(shelf.clone()) };
        let start = Start { execution, workflow: None, version: None, trigger, parent, depth, input, started_at };
        let mut machine = Machine::start(plan, start, Arc::clone(&world.limits));
        // Both stop what is under way when they are dropped, which is how the end of a parent reaches its children.
        let mut under_way: JoinSet<(StepId, Answer)> = JoinSet::new();
        let cancelled = CancellationToken::new();
        let _cancel = cancelled.clone().drop_guard();
        let mut stops: HashMap<StepId, AbortHandle> = HashMap::new();
        let outcome = loop {
            let now = clock.now();
            if until.is_some_and(|until| until <= now) {
                machine.stop(Stop::TimedOut, now);
            }
            match machine.advance(now) {
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
                            EffectKind::Wait { expects: Some(expects), .. } => {
                                let answer = signal(&world.signals, &expects.signal);
                                Some(under_way.spawn(std::future::ready((effect.step, answer))))
                            }
                            EffectKind::Wait { until, expects: None, .. } => Some(under_way.spawn(wait(effect.step, until, clock.now()))),
                            EffectKind::Call { .. } => {
                                thaiyyal_worker::call(&world.connectors, &caller, effect, &cancelled).map(|call| under_way.spawn(call))
                            }
                            EffectKind::Child(child) => {
                                Some(under_way.spawn(call_workflow(Arc::clone(&world), effect.step, *child, execution, depth + 1)))
                            }
                            EffectKind::Cancel { .. } => None,
                        };
                        let before = match stop {
                            Some(stop) => stops.insert(step, stop),
                            None => stops.remove(&step),
                        };
                        if let Some(before) = before {
                            before.abort();
                        }
                    }
                    let left = until.map_or(Duration::MAX, |until| between(clock.now(), until));
                    match tokio::time::timeout(left, under_way.join_next()).await {
                        Err(_) => {}
                        Ok(None) => anyhow::bail!("the execution waits for something that never comes"),
                        Ok(Some(Ok((step, answer)))) => {
                            stops.remove(&step);
                            machine.complete(&step, answer, clock.now());
                        }
                        Ok(Some(Err(stopped))) if stopped.is_cancelled() => {}
                        Ok(Some(Err(panicked))) => return Err(panicked).context("a node panicked"),
                    }
                }
            }
        };
        let results = machine.results().map(|(node, value)| (Str::from(node), value.clone())).collect();
        Ok(Finished { status: outcome.status, output: outcome.output, error: outcome.error, results, took: begin.elapsed() })
    })
}

/// Runs a workflow that another one calls.
async fn call_workflow(world: Arc<World>, step: StepId, child: Child, parent: ExecutionId, depth: u32) -> (StepId, Answer) {
    let plan = match world.library.find(&child.workflow) {
        Ok(plan) => plan,
        Err(failure) => return (step, Answer::Failed(failure)),
    };
    let started = child.started(None, None);
    let Child { id, input, waits, until, .. } = child;
    let parent = Some(parent);
    let run = execute(Arc::clone(&world), plan, Beginning { id, input, trigger: Trigger::Parent, parent, depth, until });
    if !waits {
        world.unwaited.spawn(run);
        return (step, started);
    }
    let answer = match run.await {
        Ok(Finished { status, output, error, .. }) => Child::ended(id, Outcome { status, output, error }, until, world.clock.now()),
        Err(error) => Answer::Failed(Failure::new("internal", format!("{error:#}"))),
    };
    (step, answer)
}

fn between(now: Timestamp, until: Timestamp) -> Duration {
    Duration::try_from(until.duration_since(now)).unwrap_or_default()
}

/// The first signal of a name that is left. There is nobody else who could send one, so it is no use to wait.
fn signal(signals: &Mutex<Vec<(String, Value)>>, name: &str) -> Answer {
    let mut signals = signals.lock().expect("no holder of this lock can panic");
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
        Some(until) => tokio::time::sleep(between(now, until)).await,
        None => std::future::pending().await,
    }
    (step, Answer::Woken)
}
