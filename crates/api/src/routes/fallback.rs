use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::assets;
use crate::problem::{Code, Problem};
use crate::state::State;

/// Whatever no route took: a wrong method, an unknown address of the API, a file of the web page, or a page the browser draws itself.
pub(crate) async fn fallback(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let path = request.path();
    if let Some(methods) = request.resource_map().match_pattern(path).and_then(|pattern| state.routes.methods(&pattern)) {
        return Err(Problem::new(Code::MethodNotAllowed, format!("this address takes {methods}")).allowing(methods));
    }
    let is_api = ["/api/", "/health", "/hooks/", "/metrics", "/ready"].iter().any(|prefix| path.starts_with(prefix)) || path == "/api";
    if is_api {
        return Err(Problem::new(Code::NotFound, "there is nothing at this address"));
    }
    if *request.method() != Method::GET {
        return Err(Problem::new(Code::MethodNotAllowed, "this address takes GET, HEAD").allowing("GET, HEAD"));
    }
    assets::serve(&request)
}
