use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use thaiyyal_model::ExecutionId;
use utoipa::IntoParams;

use crate::auth::{Allowed, ReadExecutions};
use crate::events::{Opened, Stream, open};
use crate::metrics;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::state::State;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Parameters {
    /// As the header `Last-Event-ID`, for clients that cannot send it.
    last_event_id: Option<String>,
}

/// The changes of an execution as they happen (Server-Sent Events)
///
/// Events are `execution_started`, `step_started`, `step_waiting`, `step_succeeded`, `step_failed`, `step_skipped` and, as the last one,
/// `execution_finished` (`ExecutionEventName`). `data` is a JSON object, an `ExecutionEvent`. With `Last-Event-ID` the
/// stream goes on after that event; a client that has seen the last one gets 204. Long streams are cut with a `retry`: connect again.
#[utoipa::path(
    operation_id = "stream_execution_events", tag = "executions",
    params(("id" = Uuid, Path), Parameters, ("Last-Event-ID" = Option<u64>, Header, description = "The last event that was seen")),
    responses(
        (status = 200, description = "The events", content_type = "text/event-stream", body = String),
        (status = 204, description = "The last event was seen already")
    )
)]
#[get("/api/v1/executions/{id}/events")]
pub(crate) async fn events(
    caller: Allowed<ReadExecutions>,
    state: Data<State>,
    id: Path<ExecutionId>,
    query: Query<Parameters>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let header = request.headers().get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
    let seen = match header.or(query.last_event_id.as_deref()).filter(|seen| !seen.is_empty()) {
        Some(seen) => Some(seen.parse().map_err(|_| Problem::header("Last-Event-ID", "must be the `id` of an event of this stream"))?),
        None => None,
    };
    match open(state, caller.scope, *id, seen).await? {
        Opened::Missing => Err(Problem::not_found("execution")),
        Opened::NothingLeft => Ok(Reply::empty().respond()),
        Opened::Stream(stream) => Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/event-stream"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("x-accel-buffering", "no"))
            .streaming(body(stream))),
    }
}

fn body(stream: Box<Stream>) -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> {
    stream::unfold((stream, Counted::new()), |(mut stream, counted)| async move {
        let piece = stream.next().await?;
        Some((Ok(piece), (stream, counted)))
    })
}

/// Counts a stream as open for as long as it exists.
struct Counted(());

impl Counted {
    fn new() -> Self {
        metrics::streams(1.0);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::streams(-1.0);
    }
}
