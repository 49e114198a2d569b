//! The only place that knows status codes: every error becomes `application/problem+json` (RFC 9457) with a stable code.

mod code;
mod convert;

pub(crate) use code::Code;

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde::Serialize;
use thaiyyal_model::Chain;
use thaiyyal_store::BoxError;
use utoipa::ToSchema;

/// An answer that says what went wrong.
pub(crate) struct Problem(Box<Inner>);

struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<Item>,
    stage: Option<&'static str>,
    execution_id: Option<String>,
    retry_after_ms: Option<u64>,
    allow: Option<String>,
    /// For the log, never for the answer.
    source: Option<BoxError>,
}

/// One of several things that are wrong, with its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProblemItem)]
pub(crate) struct Item {
    /// The node concerned, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_id: Option<String>,
    /// JSON pointer to the place in the body, or the name of a query parameter or header.
    pub pointer: String,
    /// Stable, documented.
    pub code: String,
    /// One sentence for people.
    pub detail: String,
    /// Bytes before the place in the expression that the pointer leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
    /// Line in the body, or in the expression that the pointer leads to, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in that line from 1: in bytes of the body, in characters of an expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// What went wrong (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    /// Address of the page about this code.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs/errors/not_found")]
    kind: String,
    /// The same for every problem with this code.
    #[schema(value_type = String)]
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// Stable, documented.
    #[schema(value_type = String, example = "not_found")]
    code: &'static str,
    /// What went wrong this time.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(value_type = Option<String>)]
    detail: &'a str,
    /// Everything that is wrong, with its place.
    #[serde(skip_serializing_if = "<[Item]>::is_empty")]
    #[schema(value_type = Option<Vec<Item>>)]
    errors: &'a [Item],
    /// Where a definition failed: `parse` or `graph`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    stage: Option<&'static str>,
    /// The execution that may exist although this request failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    execution_id: Option<&'a str>,
    /// As in the header `X-Request-Id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    request_id: Option<&'a str>,
    /// When trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            stage: None,
            execution_id: None,
            retry_after_ms: None,
            allow: None,
            source: None,
        }))
    }

    /// The same for every id of a kind: one that does not exist, one that never could, and one of another tenant.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}"))
    }

    /// A field of the body that cannot be used.
    pub(crate) fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        let summary = if pointer.is_empty() { detail.clone() } else { format!("{pointer}: {detail}") };
        Self::new(Code::InvalidField, summary).with(Item { pointer, code: "invalid_field".into(), detail, ..Item::default() })
    }

    /// A member of the body that means nothing.
    pub(crate) fn unknown_field(name: &str, known: &str) -> Self {
        let detail = format!("unknown field `{name}`, expected one of {known}");
        let pointer = format!("/{}", escaped(name));
        Self::new(Code::UnknownField, detail.clone()).with(Item { pointer, code: "unknown_field".into(), detail, ..Item::default() })
    }

    /// A query parameter that cannot be used.
    pub(crate) fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let summary = format!("{name}: {detail}");
        Self::new(Code::InvalidParameter, summary).with(Item {
            pointer: name.into(),
            code: "invalid_parameter".into(),
            detail,
            ..Item::default()
        })
    }

    /// A header that cannot be used.
    pub(crate) fn header(name: &'static str, detail: &'static str) -> Self {
        let item = Item { pointer: name.into(), code: "invalid_header".into(), detail: detail.into(), ..Item::default() };
        Self::new(Code::InvalidHeader, format!("{name}: {detail}")).with(item)
    }

    /// A fault of ours.
    pub(crate) fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(Code::Internal, "").caused_by(source)
    }

    pub(crate) fn with(mut self, item: Item) -> Self {
        self.0.errors.push(item);
        self
    }

    pub(crate) fn with_all(mut self, items: impl IntoIterator<Item = Item>) -> Self {
        self.0.errors.extend(items);
        self
    }

    pub(crate) fn at_stage(mut self, stage: &'static str) -> Self {
        self.0.stage = Some(stage);
        self
    }

    pub(crate) fn about_execution(mut self, id: impl fmt::Display) -> Self {
        self.0.execution_id = Some(id.to_string());
        self
    }

    pub(crate) fn retry_after(mut self, ms: u64) -> Self {
        self.0.retry_after_ms = Some(ms);
        self
    }

    /// Which methods the address takes instead.
    pub(crate) fn allowing(mut self, methods: &str) -> Self {
        self.0.allow = Some(methods.to_owned());
        self
    }

    pub(crate) fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    #[cfg(test)]
    pub(crate) fn code(&self) -> Code {
        self.0.code
    }

    /// The answer, under the id of the request.
    pub(crate) fn respond(&self, request_id: Option<&str>) -> HttpResponse {
        let inner = &*self.0;
        let status = inner.code.status();
        let body = Body {
            kind: format!("/api/docs/errors/{}", inner.code.as_str()),
            title: inner.code.title(),
            status: status.as_u16(),
            code: inner.code.as_str(),
            detail: &inner.detail,
            errors: &inner.errors,
            stage: inner.stage,
            execution_id: inner.execution_id.as_deref(),
            request_id,
            retry_after_ms: inner.retry_after_ms,
        };
        let mut response = HttpResponseBuilder::new(status);
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        if let Some(ms) = inner.retry_after_ms {
            response.insert_header((RETRY_AFTER, ms.div_ceil(1000).max(1)));
        }
        if let Some(methods) = &inner.allow {
            response.insert_header((ALLOW, methods.as_str()));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response.body(serde_json::to_vec(&body).unwrap_or_default())
    }

    /// Writes what the answer does not tell to the log.
    pub(crate) fn log(&self, request_id: &str) {
        let inner = &*self.0;
        let Some(source) = &inner.source else { return };
        let (code, error) = (inner.code.as_str(), Chain(&**source));
        match inner.code {
            Code::Internal => tracing::error!(request.id = request_id, error.code = code, error = %error, "Request failed: {error}"),
            _ => tracing::warn!(request.id = request_id, error.code = code, error = %error, "Request could not be served: {error}"),
        }
    }
}

/// A name as a part of a JSON pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}
