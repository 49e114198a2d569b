use hyper::header::{HeaderName, SET_COOKIE};
use thaiyyal_model::{Failure, Map, Value};

use super::media;
use super::question::Question;
use crate::outbound::Reply;

/// Characters of a refused answer's body that a failure shows.
const EXCERPT: usize = 1_000;

/// The node's output: the body, or status, headers and body.
pub(super) fn output(question: &Question, reply: &Reply) -> Result<Value, Failure> {
    let body = body(reply)?;
    if !question.full_response {
        return Ok(body);
    }
    let headers = reply.headers.keys().map(|name| (name.as_str(), header(reply, name)));
    let headers = Value::Map(Map::from_pairs(headers));
    Ok(Value::Map(Map::from_pairs([("status", Value::Number(f64::from(reply.status.as_u16()))), ("headers", headers), ("body", body)])))
}

/// A header's values as one text, as they may be joined; cookies may not, so several of them make a list.
fn header(reply: &Reply, name: &HeaderName) -> Value {
    let values = reply.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let values: Vec<String> = values.collect();
    if name == SET_COOKIE && values.len() > 1 {
        return values.into_iter().map(Value::from).collect::<Vec<_>>().into();
    }
    values.join(", ").into()
}

/// JSON when the content type says so, or when there is none and the body looks like it; text otherwise. What does not read becomes the
/// replacement character.
fn body(reply: &Reply) -> Result<Value, Failure> {
    if let Some(large) = &reply.large {
        return Ok(large.clone().into());
    }
    let text = || Value::from(media::encoding(&reply.headers).decode(&reply.body).0.as_ref());
    if media::is_json(&reply.headers) {
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        return Value::from_json_lossless(&reply.body)
            .map_err(|error| Failure::new("http_invalid_json", format!("the answer says it is JSON, but {error}")));
    }
    let looks_like_json = media::media_type(&reply.headers).is_none() && matches!(reply.body.first(), Some(b'{' | b'['));
    Ok(if looks_like_json { Value::from_json_lossless(&reply.body).unwrap_or_else(|_| text()) } else { text() })
}

/// The beginning of a body, for people who look for the cause.
pub(super) fn excerpt(reply: &Reply) -> Value {
    let text = String::from_utf8_lossy(&reply.body);
    Value::String(text.chars().take(EXCERPT).collect())
}
