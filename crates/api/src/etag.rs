//! Entity tags and the conditions made of them (RFC 9110, sections 8.8.3 and 13.1).

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::problem::Problem;

/// What a condition names.
#[derive(Debug, PartialEq, Eq)]
enum Tags {
    /// Whatever is there.
    Any,
    These(Vec<Tag>),
}

#[derive(Debug, PartialEq, Eq)]
struct Tag {
    is_weak: bool,
    /// With its quotes, as answers carry it.
    text: String,
}

/// The tags that `If-Match` names and that can match a change: weak ones never do. `None` when there is no condition.
pub(crate) fn required(request: &HttpRequest) -> Result<Option<Vec<String>>, Problem> {
    if !request.headers().contains_key(IF_MATCH) {
        return Ok(None);
    }
    match tags(request, &IF_MATCH) {
        Some(Tags::Any) => Ok(None),
        Some(Tags::These(tags)) => Ok(Some(tags.into_iter().filter(|tag| !tag.is_weak).map(|tag| tag.text).collect())),
        None => Err(Problem::header(
            "If-Match",
            "must be `*` or a list of entity tags in quotes, such as the ETag of the workflow as it was read",
        )),
    }
}

/// Whether `If-None-Match` says that the client has what `etag` names. A condition nobody can read is none.
pub(crate) fn is_known(request: &HttpRequest, etag: &str) -> bool {
    match tags(request, &IF_NONE_MATCH) {
        Some(Tags::Any) => true,
        Some(Tags::These(tags)) => tags.iter().any(|tag| tag.text == etag),
        None => false,
    }
}

fn tags(request: &HttpRequest, name: &HeaderName) -> Option<Tags> {
    let lines: Option<Vec<_>> = request.headers().get_all(name).map(|line| line.to_str().ok()).collect();
    parse(&lines?.join(","))
}

/// Reads `*` or a list of tags. A comma may stand inside a tag, and a list may have empty places.
fn parse(text: &str) -> Option<Tags> {
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return (!tags.is_empty()).then_some(Tags::These(tags));
        }
        let unmarked = rest.strip_prefix("W/");
        let opaque = unmarked.unwrap_or(rest);
        let length = opaque.strip_prefix('"')?.find('"')? + 2;
        let (tag, after) = opaque.split_at(length);
        if tag.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return None;
        }
        tags.push(Tag { is_weak: unmarked.is_some(), text: tag.to_owned() });
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_tags_are_read() {
        let tag = |is_weak, text: &str| Tag { is_weak, text: text.to_owned() };
        assert_eq!(parse(" * "), Some(Tags::Any));
        assert_eq!(parse("\"1\""), Some(Tags::These(vec![tag(false, "\"1\"")])));
        assert_eq!(
            parse("W/\"a,b\" ,, \"\",\t\"c\""),
            Some(Tags::These(vec![tag(true, "\"a,b\""), tag(false, "\"\""), tag(false, "\"c\"")]))
        );
    }

    #[test]
    fn whatever_is_no_list_of_tags_is_not_read() {
        for wrong in ["", " ", ",", "1", "\"1", "1\"", "\"1\" \"2\"", "w/\"1\"", "W/", "\"a b\"", "*, \"1\"", "\"1\"x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
