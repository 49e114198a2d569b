//! The crate's metrics, named in one place.

use std::time::Duration;

use metrics::{counter, histogram};

use crate::outbound::{Error, Reply};

/// A request was sent, or could not be.
pub(crate) fn sent(answer: &Result<Reply, Error>, took: Duration) {
    let result = match answer {
        Ok(reply) => match reply.status.as_u16() {
            ..300 => "success",
            300..400 => "redirect",
            400..500 => "client_error",
            500.. => "server_error",
        },
        Err(Error::Url(_) | Error::Refused(_) | Error::Redirects(_)) => "refused",
        Err(Error::Connect(_)) => "unreachable",
        Err(Error::Broken { .. }) => "broken",
        Err(Error::Timeout(_)) => "timeout",
        Err(Error::Store(_)) => "unstored",
        Err(Error::TooLarge { .. } | Error::Encoded(_)) => "unusable",
    };
    counter!("thaiyyal_connectors_http_requests_total", "result" => result).increment(1);
    histogram!("thaiyyal_connectors_http_duration_seconds").record(took.as_secs_f64());
}
