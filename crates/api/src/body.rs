//! Reading what a request carries: size, media type, JSON, one place for each mistake.

mod room;

pub(crate) use room::{Room, Share};

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::value::RawValue;
use thaiyyal_model::{JsonError, Value};

use crate::problem::{Code, Item, Problem, escaped};
use crate::state;

/// A request whose body was not looked at yet; the handler reads it once it knows that the caller may go on.
pub(crate) struct Incoming {
    pub request: HttpRequest,
    payload: web::Payload,
}

impl FromRequest for Incoming {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let taken = web::Payload::from_request(request, payload).into_inner();
        ready(taken.map(|payload| Self { request: request.clone(), payload }).map_err(|error| Problem::internal(error.to_string())))
    }
}

impl Incoming {
    /// Reads a JSON body of at most `limit` bytes. A request without a body reads as an empty object.
    pub(crate) async fn read(self, limit: usize) -> Result<Received, Problem> {
        let headers = self.request.headers();
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(Problem::new(Code::UnsupportedMediaType, "compressed bodies are not taken"));
        }
        let json = is_json(headers);
        let state = state::of(&self.request);
        let patience = Duration::from_millis(state.settings.body_timeout_ms);
        let Ok(read) = tokio::time::timeout(patience, collect(self.payload, announced, limit, &state.room)).await else {
            return Err(Problem::new(Code::RequestTimeout, "send the body faster"));
        };
        let (bytes, share) = read?;
        if bytes.is_empty() {
            return Ok(Received { request: self.request, bytes: Bytes::from_static(b"{}"), share });
        }
        if !json {
            return Err(Problem::new(Code::UnsupportedMediaType, "send the body as `Content-Type: application/json`"));
        }
        Ok(Received { request: self.request, bytes, share })
    }
}

/// Reads a body to its end. Room for one whose length is announced is taken before the first byte; for another once it is no small one, and
/// then for the largest it may become, because a body that is given up half way was read for nothing.
async fn collect(mut payload: web::Payload, announced: Option<usize>, limit: usize, room: &Room) -> Result<(Bytes, Share), Problem> {
    let mut share = room.take(announced.unwrap_or(0))?;
    let mut bytes = BytesMut::with_capacity(announced.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            // Anyone can break off as often as they like: nobody need look at that.
            tracing::debug!(%error, "A body ended early");
            Problem::new(Code::InvalidJson, "the body ended early")
        })?;
        let length = bytes.len() + chunk.len();
        if length > limit {
            return Err(too_large(limit));
        }
        if share.is_none() && length > room::SMALL {
            share = room.take(limit)?;
        }
        bytes.extend_from_slice(&chunk);
    }
    share.shrink(bytes.len());
    Ok((bytes.freeze(), share))
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::PayloadTooLarge, format!("the body may have at most {limit} bytes"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(media_type) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence
            .split_once('/')
            .is_some_and(|(kind, sub)| kind.eq_ignore_ascii_case("application") && sub.to_ascii_lowercase().ends_with("+json"))
}

/// A body that was read, with the request it came with.
pub(crate) struct Received {
    pub request: HttpRequest,
    pub bytes: Bytes,
    share: Share,
}

impl Received {
    /// Lets go of the body; what is left is its share of the room, for whoever goes on to hold a copy of it.
    pub(crate) fn into_share(self) -> Share {
        self.share
    }

    /// The body as `T`, which is a JSON object; borrows from the body where `T` does.
    pub(crate) fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        parse(&self.bytes)
    }

    /// The body as `T`, whatever kind of JSON value it is.
    pub(crate) fn parse_any<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Problem> {
        serde_json::from_slice(&self.bytes).map_err(|error| explain::<T>(&self.bytes, &error))
    }

    /// Checks a part of the body that is kept as it is: depth, numbers a double holds, no U+0000.
    pub(crate) fn check_value(&self, part: &RawValue, pointer: &str) -> Result<Value, Problem> {
        Value::from_json(part.get().as_bytes()).map_err(|error| Problem::json(&placed(error, part.get().as_bytes(), &self.bytes), pointer))
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Problem> {
    // Derived code would take an array for an object whose fields stand in order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        well_formed(bytes)?;
        return Err(Problem::field("", "the body must be an object"));
    }
    serde_json::from_slice(bytes).map_err(|error| explain::<T>(bytes, &error))
}

/// What is wrong with a body that did not parse. Costs a second and third pass, which only mistakes pay for.
fn explain<'a, T: Deserialize<'a>>(bytes: &'a [u8], error: &serde_json::Error) -> Problem {
    // The parser takes some values of the wrong kind for broken text, and does not reach what is broken further on.
    if let Err(problem) = well_formed(bytes) {
        return problem;
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => pointer(error.path()),
        Ok(_) => String::new(),
    };
    let message = message(error);
    let (code, name) = match message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next()) {
        Some(_) => (Code::UnknownField, "unknown_field"),
        None => (Code::InvalidField, "invalid_field"),
    };
    Problem::new(code, message.clone()).with(Item {
        node_id: None,
        pointer: path,
        code: name.to_owned(),
        detail: message,
        line: Some(error.line()),
        column: Some(error.column()),
        offset: None,
    })
}

fn well_formed(bytes: &[u8]) -> Result<(), Problem> {
    Value::from_json(bytes).map(|_| ()).map_err(|error| Problem::json(&error, ""))
}

fn message(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    if let Some(at) = message.rfind(" at line ") {
        message.truncate(at);
    }
    message
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        pointer.push('/');
        match segment {
            Segment::Seq { index } => pointer.push_str(&index.to_string()),
            Segment::Map { key } => pointer.push_str(&escaped(key)),
            Segment::Enum { variant } => pointer.push_str(variant),
            Segment::Unknown => pointer.push('?'),
        }
        pointer
    })
}

/// Moves a place within `part` to the place in the whole `body` that `part` is a slice of.
fn placed(error: JsonError, part: &[u8], body: &[u8]) -> JsonError {
    let offset = (part.as_ptr() as usize).saturating_sub(body.as_ptr() as usize).min(body.len());
    let before = &body[..offset];
    let lines = before.iter().filter(|byte| **byte == b'\n').count();
    let last = before.iter().rposition(|byte| *byte == b'\n').map_or(offset, |newline| offset - newline - 1);
    let column = if error.line == 1 { error.column + last } else { error.column };
    JsonError { line: error.line + lines, column, ..error }
}

/// A text field: not longer than `max` characters, no control characters (storage and terminals would choke on some of them).
pub(crate) fn text(pointer: &str, value: &str, max: usize) -> Result<(), Problem> {
    if value.chars().count() > max {
        return Err(Problem::field(pointer, format!("must have at most {max} characters")));
    }
    if value.chars().any(|char| char.is_control() && !matches!(char, '\n' | '\t' | '\r')) {
        return Err(Problem::field(pointer, "must not have control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example<'a> {
        #[serde(borrow)]
        input: Option<&'a RawValue>,
        count: Option<u32>,
    }

    fn refused(body: &str) -> (Code, String) {
        let problem = parse::<Example<'_>>(body.as_bytes()).unwrap_err();
        let answer = format!("{problem}");
        (problem.code(), answer)
    }

    #[test]
    fn mistakes_are_told_apart() {
        assert_eq!(refused("{\"input\": 1,").0, Code::InvalidJson);
        assert_eq!(refused("[]").0, Code::InvalidField);
        assert_eq!(refused("[1").0, Code::InvalidJson);
        assert_eq!(refused("{\"inpt\": 1}").0, Code::UnknownField);
        assert_eq!(refused("{\"inpt\": 1} garbage").0, Code::InvalidJson);
        assert_eq!(refused("{\"count\": \"many\"}").0, Code::InvalidField);
        assert_eq!(refused("{\"count\": 1, \"count\": 2}").0, Code::InvalidField);
    }

    #[test]
    fn a_place_in_a_part_becomes_a_place_in_the_body() {
        let body = Bytes::from_static(b"{\n \"count\": 1,\n \"input\": [1e999]}");
        let example: Example<'_> = parse(&body).unwrap();
        assert_eq!(example.count, Some(1));
        let part = example.input.unwrap().get().as_bytes();
        let error = placed(Value::from_json(part).unwrap_err(), part, &body);
        assert_eq!(error.line, 3);
        assert!((11..=18).contains(&error.column), "{error}");
    }
}
