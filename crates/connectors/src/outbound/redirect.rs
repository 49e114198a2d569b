use bytes::Bytes;
use hyper::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION, USER_AGENT};
use hyper::{Method, StatusCode};

use super::{Ask, Error, Reply, Target};

/// Where an answer sends the client, if it is a redirect that says so.
pub(super) fn location(reply: &Reply) -> Option<Result<&str, Error>> {
    matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308).then_some(())?;
    let location = reply.headers.get(LOCATION)?;
    Some(location.to_str().map_err(|_| Error::Url("the redirect leads to no URL")))
}

/// Makes the next request of a redirect (RFC 9110, section 15.4).
pub(super) fn apply(ask: &mut Ask, status: StatusCode, target: Target) {
    let becomes_get =
        status == StatusCode::SEE_OTHER && ask.method != Method::HEAD || matches!(status.as_u16(), 301 | 302) && ask.method == Method::POST;
    if becomes_get {
        ask.method = Method::GET;
        ask.body = Bytes::new();
        ask.headers.remove(CONTENT_TYPE);
    }
    if !ask.target.same_origin(&target) {
        // Any other header may be a credential, whatever its name.
        let harmless = [ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, USER_AGENT];
        ask.headers = harmless.into_iter().filter_map(|name| ask.headers.remove(&name).map(|value| (name, value))).collect();
    }
    ask.target = target;
}
