use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{HOST, ORIGIN};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::{Caller, Via};
use crate::problem::{Code, Problem};

const HEADER: &str = "x-csrf-token";

/// What the requests of a session have to carry: made from its token one way, so that it is of no use as a cookie.
pub(crate) fn token(session: &str) -> String {
    let digest = Sha256::new().chain_update(b"thaiyyal csrf\0").chain_update(session.as_bytes()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses a request that changes something unless the page that makes it is one of ours: told by the browser, and proved by a header
/// no other site can send.
pub(super) fn check(request: &HttpRequest, caller: &Caller, public_url: Option<&Url>) -> Result<(), Problem> {
    let Via::Session { csrf, .. } = &caller.via else { return Ok(()) };
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    refuse_other_sites(request, public_url)?;
    let sent = request.headers().get(HEADER).map(actix_web::http::header::HeaderValue::as_bytes).unwrap_or_default();
    if sent.ct_eq(csrf.as_bytes()).into() {
        return Ok(());
    }
    Err(Problem::new(Code::CsrfFailed, "send the `csrf_token` of /api/v1/auth/me as the header X-CSRF-Token"))
}

/// Refuses what a browser says comes from another site. Programs send neither header.
pub(crate) fn refuse_other_sites(request: &HttpRequest, public_url: Option<&Url>) -> Result<(), Problem> {
    let headers = request.headers();
    let ours = match headers.get("sec-fetch-site") {
        Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        None => match headers.get(ORIGIN) {
            Some(origin) => {
                origin.to_str().ok().and_then(|origin| Url::parse(origin).ok()).is_some_and(|origin| is_ours(&origin, request, public_url))
            }
            None => true,
        },
    };
    if ours { Ok(()) } else { Err(Problem::new(Code::CsrfFailed, "the request comes from a page of another site")) }
}

fn is_ours(origin: &Url, request: &HttpRequest, public_url: Option<&Url>) -> bool {
    if public_url.is_some_and(|ours| ours.origin() == origin.origin()) {
        return true;
    }
    let Some(host) = request.headers().get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let named = match origin.port() {
        Some(port) => format!("{}:{port}", origin.host_str().unwrap_or_default()),
        None => origin.host_str().unwrap_or_default().to_owned(),
    };
    public_url.is_none() && host.eq_ignore_ascii_case(&named)
}
