//! The web page, from inside the binary.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use crate::compression::accepts;
use crate::etag;
use crate::problem::{Code, Problem};

/// Name within the page's folder, and content.
const FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

struct Asset {
    content: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
    media_type: &'static str,
    etag: String,
    /// Its name changes with its content.
    hashed: bool,
}

static ASSETS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    let find = |name: &str| FILES.iter().find(|(own, _)| *own == name).map(|(_, content)| *content);
    let plain = FILES.iter().filter(|(name, _)| !name.ends_with(".br") && !name.ends_with(".gz") && !name.starts_with('.'));
    plain.map(|(name, content)| (*name, asset(name, content, &find))).collect()
});

fn asset(name: &str, content: &'static [u8], find: &impl Fn(&str) -> Option<&'static [u8]>) -> Asset {
    let digest = Sha256::digest(content);
    Asset {
        content,
        brotli: find(&format!("{name}.br")),
        gzip: find(&format!("{name}.gz")),
        media_type: media_type(name),
        etag: format!("\"{}\"", digest[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        hashed: name.starts_with("assets/"),
    }
}

/// The file at a path; the page itself where there is none, because the page knows addresses of its own.
pub(crate) fn serve(request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    let asset = match ASSETS.get(path) {
        Some(asset) => asset,
        // A file that is gone must not turn into a page: an old tab would take HTML for a script.
        None if path.starts_with("assets/") => return Err(Problem::not_found("file")),
        None => ASSETS.get("index.html").ok_or_else(|| Problem::new(Code::NotFound, "this build has no web page"))?,
    };
    let caching = if asset.hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, asset.etag.as_str())).insert_header((CACHE_CONTROL, caching)).insert_header((VARY, "accept-encoding"));
    if etag::is_known(request, &asset.etag) {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    response.insert_header((CONTENT_TYPE, asset.media_type));
    let accepted = request.headers().get(ACCEPT_ENCODING).and_then(|names| names.to_str().ok()).unwrap_or_default();
    let content = match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if accepts(accepted, "br") => {
            response.insert_header((CONTENT_ENCODING, "br"));
            brotli
        }
        (_, Some(gzip)) if accepts(accepted, "gzip") => {
            response.insert_header((CONTENT_ENCODING, "gzip"));
            gzip
        }
        _ => asset.content,
    };
    Ok(response.body(content))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_page() {
        assert!(ASSETS["index.html"].content.starts_with(b"<!doctype html>"));
    }
}
