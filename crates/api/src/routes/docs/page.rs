use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Path;
use actix_web::{HttpResponse, get};

use crate::auth::Public;
use crate::problem::Problem;

const PAGE: &str = include_str!("../../../docs-page/index.html");
const SCRIPT: &str = include_str!("../../../docs-page/page.js");
const STYLE: &str = include_str!("../../../docs-page/page.css");

/// A page that shows every operation
#[utoipa::path(operation_id = "get_docs", tag = "docs", security(()), responses((status = 200, description = "The page", content_type = "text/html", body = String)))]
#[get("/api/docs")]
pub(crate) async fn page(_anyone: Public) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/html; charset=utf-8")).body(PAGE))
}

/// What the page is made of
#[utoipa::path(
    operation_id = "get_docs_file", tag = "docs",
    security(()),
    params(("file" = String, Path)),
    responses((status = 200, description = "The file", content_type = "text/plain", body = String))
)]
#[get("/api/docs/{file}")]
pub(crate) async fn file(_anyone: Public, name: Path<String>) -> Result<HttpResponse, Problem> {
    let (kind, text) = match name.as_str() {
        "page.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "page.css" => ("text/css; charset=utf-8", STYLE),
        _ => return Err(Problem::not_found("file")),
    };
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, kind)).body(text))
}
