use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Path;
use actix_web::{HttpResponse, get};

use crate::auth::Public;
use crate::problem::{Code, Problem};

/// What an error code means, and what to do about it
#[utoipa::path(
    operation_id = "get_error_page", tag = "docs",
    security(()),
    params(("code" = String, Path)),
    responses((status = 200, description = "The page", content_type = "text/markdown", body = String))
)]
#[get("/api/docs/errors/{code}")]
pub(crate) async fn error_page(_anyone: Public, code: Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::ALL.iter().find(|known| known.as_str() == *code).ok_or_else(|| Problem::not_found("error code"))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/markdown; charset=utf-8")).body(code.page()))
}
