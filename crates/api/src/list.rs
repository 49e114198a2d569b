//! Limits and cursors of lists.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::problem::{Code, Problem};

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

/// How many items were asked for.
pub(crate) fn limit(text: Option<&str>) -> Result<u32, Problem> {
    limit_within(text, DEFAULT, MOST)
}

/// How many items were asked for, where more are usual.
pub(crate) fn limit_within(text: Option<&str>, default: u32, most: u32) -> Result<u32, Problem> {
    let Some(text) = text else { return Ok(default) };
    let limit = text.parse::<u32>().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Problem::parameter("limit", format!("must be a number from 1 to {most}")))
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `null` after the last one.
    pub next_cursor: Option<String>,
}

/// Where a page begins, in a form nobody should look into.
pub(crate) fn cursor(key: impl std::fmt::Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("1:{key}"))
}

/// What [`cursor`] was made from.
pub(crate) fn read_cursor<K: std::str::FromStr>(text: Option<&str>) -> Result<Option<K>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|key| key.strip_prefix("1:")?.parse().ok());
    key.map(Some).ok_or_else(|| Problem::new(Code::InvalidCursor, "take `cursor` from `next_cursor` of the page before"))
}

/// A query parameter that is parsed by its type.
pub(crate) fn parameter<T: std::str::FromStr>(name: &str, text: Option<&str>, expected: &str) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|_| Problem::parameter(name, format!("must be {expected}")))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_bounded() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some("200")).unwrap(), 200);
        for wrong in ["0", "201", "-1", "many", ""] {
            assert!(limit(Some(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        assert_eq!(read_cursor::<u32>(Some(&cursor(17))).unwrap(), Some(17));
        for wrong in ["", "17", "%%%", &cursor("x")] {
            assert!(read_cursor::<u32>(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
