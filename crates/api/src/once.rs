//! Requests that may be repeated: the first answer is given again.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use thaiyyal_model::{IdempotencyKey, RequestHash};
use thaiyyal_store::TenantTx;
use thaiyyal_store::dispatch::Idempotency;
use thaiyyal_store::tenant::{Answer, KeyTaken};

use crate::auth::Caller;
use crate::body::Received;
use crate::problem::{Code, Problem};
use crate::reply::Reply;
use crate::state::State;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Marks an answer as one that was given before.
pub(crate) fn mark_replayed(response: &mut HttpResponse) {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
}

/// The idempotency key of a request, if it has one, and what makes a repetition the same request.
pub(crate) fn key(request: &HttpRequest, body: &[u8], route: &'static str) -> Result<Option<Idempotency>, Problem> {
    let Some(header) = request.headers().get("idempotency-key") else { return Ok(None) };
    let key = header.to_str().ok().and_then(IdempotencyKey::parse);
    let key = key.ok_or_else(|| Problem::header("Idempotency-Key", "must have 1 to 255 printable ASCII characters"))?;
    let request = RequestHash::of(request.method().as_str(), request.path(), body);
    Ok(Some(Idempotency { key, route, request }))
}

/// Runs `work` in a transaction, once per idempotency key: a repetition gets the answer of the first time.
pub(crate) async fn run(
    state: &State,
    caller: &Caller,
    received: &Received,
    route: &'static str,
    work: impl AsyncFnOnce(&mut dyn TenantTx) -> Result<Reply, Problem>,
) -> Result<HttpResponse, Problem> {
    let idempotency = key(&received.request, &received.bytes, route)?;
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let Some(idempotency) = idempotency else {
        let reply = work(&mut *tx).await?;
        tx.commit().await?;
        return Ok(reply.respond());
    };
    match tx.take_key(&idempotency, state.clock.now()).await? {
        KeyTaken::New => {}
        KeyTaken::Replay(answer) => {
            tx.commit().await?;
            let mut response = Reply::from(answer).respond();
            mark_replayed(&mut response);
            return Ok(response);
        }
        KeyTaken::Mismatch => return Err(mismatch()),
    }
    let reply = work(&mut *tx).await?;
    let answer = Answer {
        status: reply.status.as_u16(),
        body: reply.body.clone(),
        location: reply.location.clone(),
        etag: reply.etag.clone(),
        request: idempotency.request,
    };
    tx.store_answer(&idempotency, &answer).await?;
    tx.commit().await?;
    Ok(reply.respond())
}

/// The key was used for something else.
pub(crate) fn mismatch() -> Problem {
    Problem::new(Code::IdempotencyMismatch, "use a new Idempotency-Key for a new request; keys are kept for 24 hours")
}
