//! What an answer says its body is.

use encoding_rs::Encoding;
use hyper::header::{CONTENT_TYPE, HeaderMap};

/// The content type, lower case.
fn content_type(headers: &HeaderMap) -> Option<String> {
    headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase())
}

/// The content type without its parameters.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    content_type(headers).map(|content_type| content_type.split(';').next().unwrap_or_default().trim().to_owned())
}

/// Whether the body is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media_type| {
        media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
    })
}

/// The character set that the body says it has, UTF-8 if it says none that is known.
pub(crate) fn encoding(headers: &HeaderMap) -> &'static Encoding {
    let content_type = content_type(headers).unwrap_or_default();
    let label = content_type.split(';').skip(1).find_map(|part| part.trim().strip_prefix("charset="));
    let label = label.map(|label| label.trim().trim_matches('"'));
    label.and_then(|label| Encoding::for_label(label.as_bytes())).unwrap_or(encoding_rs::UTF_8)
}
