use std::ops::RangeInclusive;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, StatusCode};
use thaiyyal_model::{Failure, Value};

use crate::Call;
use crate::outbound::{Ask, Overflow, Target};

/// What a node's settings ask for.
pub(super) struct Question {
    pub(super) ask: Ask,
    pub(super) expects: Expected,
    pub(super) full_response: bool,
}

/// Which statuses are a success.
pub(super) struct Expected(Vec<RangeInclusive<u16>>);

impl Expected {
    pub(super) fn fits(&self, status: StatusCode) -> bool {
        self.0.iter().any(|range| range.contains(&status.as_u16()))
    }
}

impl Default for Expected {
    fn default() -> Self {
        Self(vec![200..=299])
    }
}

/// Headers the client sets itself; a second one would let a request mean two things.
const OURS: [&str; 9] =
    ["connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

impl Question {
    pub(super) fn read(call: &Call, default_timeout: Duration) -> Result<Self, Failure> {
        let settings = &call.settings;
        let field = |name: &str| settings.get(name).filter(|value| !value.is_null());
        if field("http_client_uid").is_some_and(|uid| uid.as_str() != Some("")) {
            return Err(Failure::new("unknown_http_client", "http_client_uid names a client that does not exist"));
        }
        let method = match field("method") {
            None => Method::GET,
            Some(value) => method(&value.text())?,
        };
        let mut target = Target::parse(&field("url").map(Value::text).unwrap_or_default())
            .map_err(|error| Failure::new("invalid_url", error.to_string()))?;
        target.add_query(query(field("query"))?);
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("thaiyyal/", env!("CARGO_PKG_VERSION"))));
        let body = body(field("body"), &mut headers);
        let key = idempotency_key(field("idempotency_key"), call)?;
        let repeatable = method.is_idempotent() || key.is_some();
        if let Some(key) = key.filter(|_| !method.is_safe()) {
            headers.insert(HeaderName::from_static("idempotency-key"), key);
        }
        add_headers(&mut headers, field("headers"))?;
        // The machine has read a limit that the node sets.
        let timeout = if field("timeout").is_some() { call.timeout } else { call.timeout.min(default_timeout) };
        let expects = field("expect_status").map(expected).transpose()?.unwrap_or_default();
        let overflow = call.room.clone().map(|room| Overflow { room, statuses: expects.0.clone() });
        let follow_redirects = field("follow_redirects") != Some(&Value::Bool(false));
        Ok(Self {
            ask: Ask { method, target, headers, body, timeout, follow_redirects, repeatable, overflow },
            expects,
            full_response: field("full_response") == Some(&Value::Bool(true)),
        })
    }
}

fn method(text: &str) -> Result<Method, Failure> {
    let method = text.to_ascii_uppercase();
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .contains(&method.as_str())
        .then(|| Method::from_bytes(method.as_bytes()).ok())
        .flatten()
        .ok_or_else(|| {
            Failure::new("invalid_setting", format!("method {text:?} is not one of GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"))
        })
}

/// A list gives a parameter several times, null leaves it out.
fn query(query: Option<&Value>) -> Result<Vec<(&str, String)>, Failure> {
    let Some(query) = query else { return Ok(Vec::new()) };
    let map = query.as_map().ok_or_else(|| Failure::new("invalid_setting", "query is not an object"))?;
    let mut parameters = Vec::with_capacity(map.len());
    for (name, value) in map.iter() {
        match value {
            Value::Null => {}
            Value::List(values) => parameters.extend(values.iter().map(|value| (name.as_str(), value.text().into()))),
            value => parameters.push((name.as_str(), value.text().into())),
        }
    }
    Ok(parameters)
}

/// The step's own key unless the node has another one or wants none.
fn idempotency_key(setting: Option<&Value>, call: &Call) -> Result<Option<HeaderValue>, Failure> {
    let key = match setting {
        Some(Value::Bool(false)) => return Ok(None),
        None | Some(Value::Bool(true)) => call.idempotency_key.as_str().into(),
        Some(own) => own.text(),
    };
    let wrong = |_| Failure::new("invalid_setting", "idempotency_key has characters that no header may have");
    HeaderValue::from_str(&key).map(Some).map_err(wrong)
}

/// Text is sent as it is, everything else as JSON.
fn body(value: Option<&Value>, headers: &mut HeaderMap) -> Bytes {
    match value {
        None => Bytes::new(),
        Some(Value::String(text)) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            Bytes::copy_from_slice(text.as_bytes())
        }
        Some(value) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Bytes::from(value.to_json())
        }
    }
}

fn add_headers(headers: &mut HeaderMap, given: Option<&Value>) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    let map = given.as_map().ok_or_else(|| Failure::new("invalid_setting", "headers is not an object"))?;
    for (name, value) in map.iter() {
        // The value may be a secret: only the name is told.
        let wrong = || Failure::new("invalid_setting", format!("header {name:?} cannot be sent"));
        let header = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        if OURS.contains(&header.as_str()) {
            return Err(Failure::new("invalid_setting", format!("header {name:?} is set by the client itself")));
        }
        headers.insert(header, HeaderValue::from_str(&value.text()).map_err(|_| wrong())?);
    }
    Ok(())
}

/// A status (`404`), a class of them (`"2xx"`), or a list of both.
fn expected(value: &Value) -> Result<Expected, Failure> {
    let one = |value: &Value| {
        let wrong = || {
            Failure::new("invalid_setting", format!("expect_status {value} is neither a status such as 201 nor a class such as \"2xx\""))
        };
        let text = value.text();
        let range = match text.strip_suffix("xx") {
            Some(class) => class.parse().ok().map(|class: u16| class.saturating_mul(100)..=class.saturating_mul(100).saturating_add(99)),
            None => text.parse().ok().map(|status: u16| status..=status),
        };
        range.filter(|range| (100..600).contains(range.start())).ok_or_else(wrong)
    };
    let list = match value {
        Value::List(list) => list.iter().map(one).collect::<Result<_, _>>()?,
        value => vec![one(value)?],
    };
    Ok(Expected(list))
}
