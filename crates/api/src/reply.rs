use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderValue, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::value::RawValue;
use thaiyyal_store::tenant::Answer;

use crate::etag;
use crate::problem::Problem;

/// A successful answer, in a form that can be stored and given again.
pub(crate) struct Reply {
    pub status: StatusCode,
    pub body: Vec<u8>,
    pub location: Option<String>,
    pub etag: Option<String>,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(Problem::internal)?;
        Ok(Self { status, body, location: None, etag: None })
    }

    pub(crate) fn ok(body: &impl Serialize) -> Result<Self, Problem> {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn empty() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Vec::new(), location: None, etag: None }
    }

    pub(crate) fn located(self, location: String) -> Self {
        Self { location: Some(location), ..self }
    }

    pub(crate) fn tagged(self, etag: String) -> Self {
        Self { etag: Some(etag), ..self }
    }

    /// The answer to a request that reads; 304 when the client says that it has this already.
    pub(crate) fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let is_known = self.etag.as_deref().is_some_and(|etag| etag::is_known(request, etag));
        if is_known { Self { status: StatusCode::NOT_MODIFIED, body: Vec::new(), ..self }.respond() } else { self.respond() }
    }

    pub(crate) fn respond(self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status);
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((ETAG, etag));
        }
        if self.body.is_empty() {
            return response.finish();
        }
        response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
        response.body(self.body)
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        Self { status, body: answer.body, location: answer.location, etag: answer.etag }
    }
}

/// JSON text from storage, to be put into an answer as it is.
pub(crate) fn stored_json(bytes: &[u8]) -> Result<&RawValue, Problem> {
    serde_json::from_slice(bytes).map_err(Problem::internal)
}
