//! Smaller answers for those who take them.

use std::io::Write;

use actix_web::body::{self, BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, VARY};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem::Problem;

/// A smaller body gains nothing.
const FEW: u64 = 1 << 10;

/// A larger body would hold up whoever else the thread serves.
const MANY: u64 = 32 << 10;

/// Addresses whose answers hold tokens or keys. How well a body compresses tells what is in it to whoever can put something beside it.
const SECRET: [&str; 2] = ["/api/v1/auth", "/api/v1/api-keys"];

/// Compresses an answer of JSON when its client asks for that. Streams are left as they are: each event is to arrive at once.
///
/// The ETag stays the same, although the bytes differ: nothing of the API is cached, and a tag that is changed or weakened on the way could
/// not be sent back as `If-Match`.
pub(crate) async fn compressed(mut answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let BodySize::Sized(size) = answer.response().body().size() else { return answer };
    let headers = answer.headers();
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json" || kind == "application/problem+json");
    let is_secret = SECRET.iter().any(|prefix| answer.request().path().starts_with(prefix));
    if size < FEW || !is_json || is_secret || headers.contains_key(CONTENT_ENCODING) {
        return answer;
    }
    let accepted = answer.request().headers().get(ACCEPT_ENCODING).and_then(|names| names.to_str().ok());
    let wanted = accepted.is_some_and(|names| accepts(names, "gzip"));
    answer.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    if !wanted {
        return answer;
    }
    let (request, response) = answer.into_parts();
    let (mut response, body) = response.into_parts();
    // Whoever traces the request has wrapped the body, but what has a size is in memory and comes at once.
    let Ok(bytes) = body::to_bytes(body).await else {
        let problem = Problem::internal("a body that is in memory could not be read");
        return ServiceResponse::from_err(problem, request);
    };
    let body = match smaller(bytes.clone()).await {
        Some(packed) => {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            packed
        }
        None => bytes,
    };
    ServiceResponse::new(request, response.set_body(BoxBody::new(body)))
}

/// The bytes, compressed; `None` when that makes them no smaller.
async fn smaller(bytes: Bytes) -> Option<Bytes> {
    let size = bytes.len();
    let packed = if size as u64 > MANY { tokio::task::spawn_blocking(move || gzip(&bytes)).await.ok()? } else { gzip(&bytes) };
    packed.filter(|packed| packed.len() < size).map(Bytes::from)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Whether a list of encodings takes one, and not with the weight 0.
pub(crate) fn accepts(list: &str, encoding: &str) -> bool {
    list.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        parts.next() == Some(encoding) && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_only_when_asked_for() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        assert!(!accepts("gzip", "br"));
        assert!(!accepts("br;q=0", "br"));
        assert!(!accepts("", "gzip"));
    }
}
