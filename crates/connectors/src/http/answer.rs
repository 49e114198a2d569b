use encoding_rs::Encoding;
use hyper::header::{CONTENT_TYPE, HeaderName, SET_COOKIE};
use thaiyyal_model::{Failure, Map, Value};

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

/// JSON when the content type says so, or when there is none and the body looks like it; text otherwise.
fn body(reply: &Reply) -> Result<Value, Failure> {
    let content_type = reply.headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let media_type = content_type.as_deref().map(|content_type| content_type.split(';').next().unwrap_or_default().trim().to_owned());
    match media_type.as_deref() {
        Some(media_type) if is_json(media_type) => {
            if reply.body.is_empty() {
                return Ok(Value::Null);
            }
            Value::from_json_lossless(&reply.body)
                .map_err(|error| Failure::new("http_invalid_json", format!("the answer says it is JSON, but {error}")))
        }
        None if matches!(reply.body.first(), Some(b'{' | b'[')) => {
            Ok(Value::from_json_lossless(&reply.body).unwrap_or_else(|_| text(reply, None)))
        }
        _ => Ok(text(reply, content_type.as_deref())),
    }
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// The body in the character set it says it has, UTF-8 if it says none; what does not read becomes the replacement character.
fn text(reply: &Reply, content_type: Option<&str>) -> Value {
    let label = content_type.and_then(|content_type| content_type.split(';').skip(1).find_map(|part| part.trim().strip_prefix("charset=")));
    let label = label.map(|label| label.trim().trim_matches('"'));
    let encoding = label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(encoding_rs::UTF_8);
    Value::from(encoding.decode(&reply.body).0.as_ref())
}

/// The beginning of a body, for people who look for the cause.
pub(super) fn excerpt(reply: &Reply) -> Value {
    let text = String::from_utf8_lossy(&reply.body);
    Value::String(text.chars().take(EXCERPT).collect())
}
