use std::collections::BTreeMap;
use std::fmt;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde_json::value::RawValue;
use thaiyyal_model::{ExecutionId, Priority, Timestamp, VersionNumber, WorkflowId};
use thaiyyal_store::dispatch::{NewExecution, Target};
use tokio::time::{Duration, Instant};
use utoipa::ToSchema;

use super::{ExecutionBody, Started, accept, trigger};
use crate::auth::{Allowed, RunWorkflows};
use crate::body::{Incoming, Received, text};
use crate::outcome::{Shown, Wait};
use crate::problem::{Code, Problem, escaped};
use crate::reply::Reply;
use crate::schema;
use crate::state::State;
use crate::{metrics, once, trace};

/// How to execute a workflow.
#[derive(serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExecuteInput)]
struct Input<'a> {
    /// Any JSON value.
    #[serde(borrow, default)]
    #[schema(value_type = Option<serde_json::Value>)]
    input: Option<&'a RawValue>,
    /// Whether to wait for the end.
    #[serde(default)]
    mode: Mode,
    /// How long `sync` waits; 30000 unless told, at most 120000.
    #[schema(maximum = 120_000, minimum = 1)]
    timeout_ms: Option<u64>,
    /// Which executions go first; `normal` unless told.
    #[schema(value_type = Option<schema::Priority>)]
    priority: Option<Priority>,
    /// A version's number, or `"draft"`; the latest published one unless told.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>, example = 3)]
    version: Option<&'a RawValue>,
    /// How long to wait before it starts; at most 366 days.
    delay_ms: Option<u64>,
    /// Known, so that it can be told what is the matter with it.
    #[serde(borrow)]
    #[schema(ignore)]
    concurrency_key: Option<&'a RawValue>,
    /// Words to find it by: at most 20 names with texts.
    labels: Option<BTreeMap<String, String>>,
}

/// Whether to wait.
#[derive(Clone, Copy, Default, PartialEq, Eq, ToSchema)]
#[schema(as = ExecuteMode, rename_all = "snake_case")]
enum Mode {
    /// Answer as soon as the execution is durable.
    #[default]
    Async,
    /// Answer when it ended.
    Sync,
}

/// Derived code would not say which words it takes when it meets something that is no word.
impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = Mode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`async` or `sync`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<Mode, E> {
                match word {
                    "async" => Ok(Mode::Async),
                    "sync" => Ok(Mode::Sync),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }
        }

        deserializer.deserialize_str(Word)
    }
}

/// Room for what stands around an input in a body.
const AROUND: usize = 16 << 10;

const MOST_DELAY_MS: u64 = 366 * 24 * 60 * 60 * 1_000;

/// Execute a workflow
///
/// `async` answers 202 once the execution is durable: from then on it ends in a recorded outcome. `sync` waits for the end and answers 200
/// with the execution, however it ended, or 202 when it did not end in time; then it goes on.
#[utoipa::path(
    operation_id = "execute_workflow", tag = "executions",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes repeating the request harmless")),
    request_body = Input,
    responses((status = 200, description = "It ended", body = ExecutionBody), (status = 202, description = "Accepted", body = Started))
)]
#[post("/api/v1/workflows/{id}/execute")]
pub(crate) async fn execute(
    caller: Allowed<RunWorkflows>,
    state: Data<State>,
    id: Path<WorkflowId>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let begun = Instant::now();
    let received = incoming.read(state.settings.max_input_bytes + AROUND).await?;
    let body: Input<'_> = received.parse()?;
    let mode = body.mode;
    refuse_concurrency_key(body.concurrency_key)?;
    let now = state.clock.now();
    let deadline = begun + Duration::from_millis(wait_ms(&state, body.timeout_ms)?);
    let execution = ExecutionId::mint(&*state.clock);
    let new = NewExecution {
        id: execution,
        scope: caller.scope,
        target: target(*id, body.version)?,
        trigger: trigger(&caller),
        priority: body.priority.unwrap_or(Priority::Normal),
        input: input(&state, &received, body.input)?,
        labels: body.labels.as_ref().map(labels).transpose()?.flatten(),
        concurrency_key: None,
        created_at: now,
        start_at: body.delay_ms.map(|ms| start_at(now, ms)).transpose()?.flatten(),
        deadline: None,
        idempotency: once::key(&received.request, &received.bytes, "POST /api/v1/workflows/{id}/execute")?,
        parent: None,
        trace: trace::current(received.request.headers()),
    };
    // Listening begins before the execution exists, so that its end cannot be missed.
    let watch = (mode == Mode::Sync).then(|| state.watchers.watch(execution));
    let (accepted, replayed) = accept(&state, received, new).await?;
    metrics::accepted(begun.elapsed());
    let mut response = match watch {
        None => Started::reply(&accepted)?.respond(),
        Some(watch) => {
            let watch = if accepted.execution == execution { watch } else { state.watchers.watch(accepted.execution) };
            let wait = Wait { state: &state, scope: &caller.scope, execution: accepted.execution, deadline, look_first: replayed };
            match wait.end(watch).await? {
                Some(recorded) => Reply::ok(&Shown::whole(&recorded)?)?.respond(),
                None => Started::reply(&accepted)?.respond(),
            }
        }
    };
    if replayed {
        once::mark_replayed(&mut response);
    }
    Ok(response)
}

/// How long a synchronous call waits.
pub(crate) fn wait_ms(state: &State, asked: Option<u64>) -> Result<u64, Problem> {
    let most = state.settings.max_sync_timeout_ms;
    match asked {
        None => Ok(state.settings.sync_timeout_ms.min(most)),
        Some(ms) if (1..=most).contains(&ms) => Ok(ms),
        Some(_) => Err(Problem::field("/timeout_ms", format!("must be from 1 to {most}"))),
    }
}

/// The JSON text of an input, checked.
pub(crate) fn input(state: &State, received: &Received, input: Option<&RawValue>) -> Result<Vec<u8>, Problem> {
    let Some(input) = input else { return Ok(b"null".to_vec()) };
    let text = input.get().as_bytes();
    if text.len() > state.settings.max_input_bytes {
        let most = state.settings.max_input_bytes;
        return Err(Problem::new(Code::PayloadTooLarge, format!("an input may have at most {most} bytes")));
    }
    received.check_value(input, "/input")?;
    Ok(text.to_vec())
}

fn target(workflow: WorkflowId, version: Option<&RawValue>) -> Result<Target, Problem> {
    match version.map(RawValue::get) {
        None | Some("null") => Ok(Target::Published(workflow)),
        Some("\"draft\"") => Ok(Target::Draft(workflow)),
        Some(number) => match number.parse::<i32>() {
            Ok(number) if number >= 1 => Ok(Target::Version(workflow, VersionNumber(number))),
            _ => Err(Problem::field("/version", "must be the number of a version, or \"draft\"")),
        },
    }
}

fn start_at(now: Timestamp, delay_ms: u64) -> Result<Option<Timestamp>, Problem> {
    if delay_ms > MOST_DELAY_MS {
        return Err(Problem::field("/delay_ms", format!("must be at most {MOST_DELAY_MS}")));
    }
    Ok((delay_ms > 0).then(|| now.saturating_add(Duration::from_millis(delay_ms)).unwrap_or(Timestamp::MAX)))
}

/// Nothing limits executions by a key yet. Taking one would promise that it does.
fn refuse_concurrency_key(key: Option<&RawValue>) -> Result<(), Problem> {
    match key.map(RawValue::get) {
        None | Some("null") => Ok(()),
        Some(_) => Err(Problem::field("/concurrency_key", "limits by key are not supported: leave it out")),
    }
}

fn labels(labels: &BTreeMap<String, String>) -> Result<Option<Vec<u8>>, Problem> {
    if labels.len() > 20 {
        return Err(Problem::field("/labels", "must have at most 20 members"));
    }
    for (name, value) in labels {
        if name.is_empty() {
            return Err(Problem::field("/labels", "a label must have a name"));
        }
        text("/labels", name, 64)?;
        text(&format!("/labels/{}", escaped(name)), value, 256)?;
    }
    if labels.is_empty() {
        return Ok(None);
    }
    serde_json::to_vec(labels).map(Some).map_err(Problem::internal)
}
