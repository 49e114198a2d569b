//! Limits and cursors of lists.

use std::fmt;
use std::str::FromStr;

use actix_web::error::QueryPayloadError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use thaiyyal_model::{ExecutionId, WorkflowId};

use crate::problem::{Code, Item, Problem};

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

/// A list that comes in pages. Its cursors mean nothing to another list, although the keys in them may look the same.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    ApiKeys,
    Approvals,
    Executions,
    ExecutionsOf(WorkflowId),
    /// Steps of an execution.
    Steps(ExecutionId),
    VersionsOf(WorkflowId),
    Workflows,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiKeys => f.write_str("api-keys"),
            Self::Approvals => f.write_str("approvals"),
            Self::Executions => f.write_str("executions"),
            Self::ExecutionsOf(workflow) => write!(f, "executions/{workflow}"),
            Self::Steps(execution) => write!(f, "steps/{execution}"),
            Self::VersionsOf(workflow) => write!(f, "versions/{workflow}"),
            Self::Workflows => f.write_str("workflows"),
        }
    }
}

impl List {
    /// Where a page begins, in a form nobody should look into.
    pub(crate) fn cursor(self, key: impl fmt::Display) -> String {
        URL_SAFE_NO_PAD.encode(format!("{self}:{key}"))
    }

    /// What [`cursor`](Self::cursor) of the same list was made from.
    pub(crate) fn read<K: FromStr>(self, cursor: Option<&str>) -> Result<Option<K>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let key = text.and_then(|text| text.strip_prefix(&format!("{self}:"))?.parse().ok());
        key.map(Some).ok_or_else(|| {
            let detail = "take `cursor` from `next_cursor` of the page before, of the same list";
            let item = Item { pointer: "cursor".into(), code: "invalid_cursor".into(), detail: detail.into(), ..Item::default() };
            Problem::new(Code::InvalidCursor, detail).with(item)
        })
    }
}

/// What is wrong with a query that does not fit its route's parameters, which are all optional text.
pub(crate) fn refused(error: &QueryPayloadError) -> Problem {
    let QueryPayloadError::Deserialize(error) = error else {
        return Problem::new(Code::InvalidParameter, "the query cannot be read");
    };
    let text = error.to_string();
    let named = |prefix| text.strip_prefix(prefix).and_then(|rest: &str| rest.split_once('`'));
    if let Some((name, rest)) = named("unknown field `") {
        let known = rest.trim_start_matches(", ").replace("there are no fields", "this address takes none");
        return Problem::parameter(name, format!("there is no such parameter, {known}"));
    }
    match named("duplicate field `") {
        Some((name, _)) => Problem::parameter(name, "must not be given twice"),
        None => Problem::new(Code::InvalidParameter, "the query cannot be read"),
    }
}

/// A query parameter that is parsed by its type.
pub(crate) fn parameter<T: FromStr>(name: &str, text: Option<&str>, expected: &str) -> Result<Option<T>, Problem> {
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
        let (list, other) = (List::Workflows, List::Executions);
        assert_eq!(list.read::<u32>(Some(&list.cursor(17))).unwrap(), Some(17));
        for wrong in ["", "17", "%%%", &list.cursor("x"), &other.cursor(17)] {
            assert!(list.read::<u32>(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
