//! The `http` node: one request, its answer as the node's output.

mod answer;
mod description;
pub(crate) mod media;
mod question;

use std::time::Duration;

use async_trait::async_trait;
use hyper::StatusCode;
use hyper::header::{DATE, HeaderMap, RETRY_AFTER};
use thaiyyal_model::{Failure, Map, NodeDescription, Value};

use crate::http::question::Question;
use crate::outbound::{Error, Outbound, Reply};
use crate::{Call, Connector, Outcome, Settings};

/// Makes HTTP requests.
pub struct Http {
    outbound: Outbound,
    enabled: bool,
    default_timeout: Duration,
}

impl Http {
    /// Makes them through this client.
    #[must_use]
    pub fn new(outbound: Outbound, settings: &Settings) -> Self {
        Self { outbound, enabled: settings.enabled, default_timeout: Duration::from_millis(settings.timeout_ms) }
    }
}

#[async_trait]
impl Connector for Http {
    fn description(&self) -> NodeDescription {
        description::description()
    }

    async fn call(&self, call: Call) -> Outcome {
        if !self.enabled {
            return Outcome::Fail(Failure::new("http_disabled", "this installation makes no HTTP requests"));
        }
        let question = match Question::read(&call, self.default_timeout) {
            Ok(question) => question,
            Err(failure) => return Outcome::Fail(failure),
        };
        let sent = call.cancelled.run_until_cancelled(self.outbound.send(&call.scope, question.ask.clone())).await;
        match sent {
            None => Outcome::Fail(Failure::new("cancelled", "the call was cancelled")),
            Some(Err(error)) => failed(&error, question.ask.repeatable),
            Some(Ok(reply)) if question.expects.fits(reply.status) => match answer::output(&question, &reply) {
                Ok(output) => Outcome::Done(output),
                Err(failure) => Outcome::Fail(failure),
            },
            Some(Ok(reply)) => refused(&reply, question.ask.repeatable),
        }
    }
}

/// No answer came. What may have had its effect is tried again only when that does no harm.
fn failed(error: &Error, repeatable: bool) -> Outcome {
    let failure = |code: &'static str| Failure::new(code, error.to_string());
    let retry = |code| Outcome::Retry { after: None, failure: failure(code) };
    match error {
        Error::Url(_) => Outcome::Fail(failure("invalid_url")),
        Error::Refused(_) => Outcome::Fail(failure("address_refused")),
        Error::Redirects(_) => Outcome::Fail(failure("too_many_redirects")),
        Error::TooLarge { .. } => Outcome::Fail(failure("response_too_large")),
        Error::Encoded(_) => Outcome::Fail(failure("unsupported_encoding")),
        Error::Connect(_) => retry("http_connect"),
        Error::Store(_) if repeatable => retry("objects_unavailable"),
        Error::Store(_) => Outcome::Fail(failure("objects_unavailable")),
        Error::Broken { .. } if repeatable => retry("http_broken"),
        Error::Timeout(_) if repeatable => retry("http_timeout"),
        Error::Broken { .. } => Outcome::Fail(failure("http_broken")),
        Error::Timeout(_) => Outcome::Fail(failure("http_timeout")),
    }
}

/// An answer came, but not with an expected status.
fn refused(reply: &Reply, repeatable: bool) -> Outcome {
    let status = reply.status;
    let details = Value::Map(Map::from_pairs([("status", Value::Number(f64::from(status.as_u16()))), ("body", answer::excerpt(reply))]));
    let reason = status.canonical_reason().map(|reason| format!(" {reason}")).unwrap_or_default();
    let failure = Failure::new("http_status", format!("the server answered {}{reason}", status.as_u16())).with_details(details);
    match status {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT
            if repeatable =>
        {
            Outcome::Retry { after: retry_after(&reply.headers), failure }
        }
        _ => Outcome::Fail(failure),
    }
}

/// How long the server asks to wait (RFC 9110, section 10.2.3): seconds, or a date, which is taken from the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp());
    let now = date(headers.get(DATE)?.to_str().ok()?)?;
    // A date that has passed asks for no wait.
    Some(Duration::try_from(date(text)?.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let date = ("date", "Sat, 21 Nov 2026 03:00:00 GMT");
        assert_eq!(retry_after(&headers(&[("retry-after", "7")])), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers(&[date, ("retry-after", "Sat, 21 Nov 2026 03:01:30 GMT")])), Some(Duration::from_secs(90)));
        assert_eq!(retry_after(&headers(&[date, ("retry-after", "Sat, 21 Nov 2026 02:00:00 GMT")])), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers(&[("retry-after", "Sat, 21 Nov 2026 03:01:30 GMT")])), None);
        assert_eq!(retry_after(&headers(&[date, ("retry-after", "soon")])), None);
        assert_eq!(retry_after(&headers(&[date])), None);
    }
}
