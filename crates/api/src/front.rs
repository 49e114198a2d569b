//! What happens around every request: its id, its span, its headers, problems in their final form, panics, figures.

use std::panic::AssertUnwindSafe;

use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use futures_util::FutureExt;
use thaiyyal_model::{Clock, ExecutionId};
use tokio::time::Instant;
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

use crate::compression::compressed;
use crate::metrics;
use crate::problem::Problem;
use crate::state::State;
use crate::trace;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request at hand, in its extensions.
#[derive(Clone)]
pub(crate) struct RequestId(String);

/// Wraps everything else.
pub(crate) async fn front(
    state: Data<State>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let begun = Instant::now();
    let id = request_id(request.headers(), &*state.clock);
    let method = method(request.method());
    let is_head = request.method() == Method::HEAD;
    if is_head {
        // Answered as the GET beside it; the server leaves the body out when it writes the answer.
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(RequestId(id.clone()));

    let mut response = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answered) => answered?.map_into_boxed_body(),
        // Whoever panicked has printed why; the connection goes on to live.
        Err(_panic) => {
            tracing::error!(request.id = id, "A request panicked");
            let problem = Problem::internal("a request panicked");
            metrics::request(method, "panic", actix_web::http::StatusCode::INTERNAL_SERVER_ERROR, begun.elapsed());
            return Err(Stamped { problem, id, https: state.settings.is_https() }.into());
        }
    };

    if let Some(error) = response.response().error() {
        let answer = match error.as_error::<Problem>() {
            Some(problem) => {
                problem.log(&id);
                problem.respond(Some(&id))
            }
            None => unexpected(error, &id).respond(Some(&id)),
        };
        response = response.into_response(answer);
    }
    if is_head && response.response().body().size() == BodySize::Stream {
        // Nobody would read it, and it might not end for long.
        response = response.map_body(|_, _| body::None::new().boxed());
    }
    response = compressed(response).await;
    stamp(response.headers_mut(), &id, state.settings.is_https());

    let status = response.status();
    let route = response.request().match_pattern();
    let took = begun.elapsed();
    metrics::request(method, route.as_deref().unwrap_or("none"), status, took);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if state.settings.log_requests {
        tracing::info!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            took_ms,
            "Answered {method} with {status}"
        );
    } else {
        tracing::debug!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status.as_u16(),
            took_ms,
            "Answered {method} with {status}"
        );
    }
    Ok(response)
}

/// Errors of the framework: malformed queries, payloads that broke off.
fn unexpected(error: &Error, id: &str) -> Problem {
    let status = error.as_response_error().status_code();
    if status.is_client_error() {
        return Problem::new(crate::problem::Code::InvalidParameter, error.to_string());
    }
    let problem = Problem::internal(error.to_string());
    problem.log(id);
    problem
}

/// The id a client gave its request, if it is harmless in logs and headers; a new one otherwise.
fn request_id(headers: &HeaderMap, clock: &dyn Clock) -> String {
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok());
    let sane = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
    };
    given.filter(sane).map_or_else(|| ExecutionId::mint(clock).to_string(), str::to_owned)
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

const SECURITY: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
];

fn stamp(headers: &mut HeaderMap, id: &str, https: bool) {
    for (name, value) in SECURITY {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if https {
        headers
            .insert(HeaderName::from_static("strict-transport-security"), HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    }
    // Files of the page say themselves how long they keep.
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// A problem that leaves by the way errors take, with everything an answer must have.
struct Stamped {
    problem: Problem,
    id: String,
    https: bool,
}

impl std::fmt::Debug for Stamped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.problem, f)
    }
}

impl std::fmt::Display for Stamped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.problem, f)
    }
}

impl actix_web::ResponseError for Stamped {
    fn status_code(&self) -> actix_web::http::StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        let mut answer = self.problem.respond(Some(&self.id));
        stamp(answer.headers_mut(), &self.id, self.https);
        answer
    }
}

/// One span per request, with what is known of it before it is routed.
pub(crate) struct Spans;

impl RootSpanBuilder for Spans {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
        let span = tracing::info_span!(
            "api.request",
            request.id = id,
            http.method = request.method().as_str(),
            http.route = tracing::field::Empty,
            http.status = tracing::field::Empty,
        );
        trace::join(&span, request.headers());
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        if let Ok(response) = outcome {
            span.record("http.route", response.request().match_pattern());
            span.record("http.status", response.status().as_u16());
        }
    }
}
