use std::sync::Arc;

use thaiyyal_engine::{Invalid, Stage};
use thaiyyal_model::{JsonError, JsonErrorKind};
use thaiyyal_store as store;

use super::{Code, Item, Problem};

/// When asking again makes sense after the database was away.
const RETRY_AFTER_MS: u64 = 1_000;

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match kind(&error) {
            Code::Internal => Self::internal(error),
            code => store_problem(code, &error).caused_by(error),
        }
    }
}

impl From<Arc<store::Error>> for Problem {
    fn from(error: Arc<store::Error>) -> Self {
        match kind(&error) {
            Code::Internal => Self::internal(error),
            code => store_problem(code, &error).caused_by(error),
        }
    }
}

fn kind(error: &store::Error) -> Code {
    match error {
        store::Error::Unavailable(_) => Code::Unavailable,
        store::Error::Unknown(_) => Code::OutcomeUnknown,
        store::Error::Exists { .. } => Code::AlreadyExists,
        store::Error::Corrupt { .. } | store::Error::Internal(_) => Code::Internal,
    }
}

fn store_problem(code: Code, error: &store::Error) -> Problem {
    match error {
        store::Error::Exists { what } => Problem::new(code, format!("{what} exists already")),
        store::Error::Unavailable(_) => {
            Problem::new(code, "the database cannot be reached; nothing was changed").retry_after(RETRY_AFTER_MS)
        }
        store::Error::Unknown(_) => {
            Problem::new(code, "the connection to the database broke; look whether it was done before trying again")
                .retry_after(RETRY_AFTER_MS)
        }
        store::Error::Corrupt { .. } | store::Error::Internal(_) => Problem::new(code, ""),
    }
}

impl From<thaiyyal_commands::Error> for Problem {
    fn from(error: thaiyyal_commands::Error) -> Self {
        use thaiyyal_commands::Error;
        match error {
            Error::Store(error) => error.into(),
            Error::Batch(error) => error.into(),
            Error::OutcomeUnknown { execution } => Self::new(
                Code::OutcomeUnknown,
                "the connection to the database broke; the execution was accepted if it can be read, and repeating with the same Idempotency-Key is safe",
            )
            .about_execution(execution)
            .retry_after(RETRY_AFTER_MS),
            Error::InvalidDefinition(invalid) => (*invalid).into(),
            Error::UnknownWorkflow(_) => Self::not_found("workflow"),
            Error::Stale { revision } => {
                Self::new(Code::RevisionMismatch, format!("it is at revision {revision} now; read it again and repeat the change on that"))
            }
            Error::TooManyLogins => Self::new(Code::TooManyLogins, "try again in a moment").retry_after(2_000),
            Error::UnfitPassword { min, max } => Self::field("/password", format!("must have {min} characters or more, and at most {max} bytes")),
            Error::Crypto(error) => Self::internal(error),
        }
    }
}

impl From<Invalid> for Problem {
    fn from(invalid: Invalid) -> Self {
        let detail = match invalid.problems.as_slice() {
            [one] => one.detail.clone(),
            [first, rest @ ..] => format!("{} (and {} more)", first.detail, rest.len()),
            [] => String::new(),
        };
        let items = invalid.problems.into_iter().map(Item::from);
        Self::new(Code::InvalidDefinition, detail).at_stage(stage(invalid.stage)).with_all(items)
    }
}

/// The word for a stage.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Parse => "parse",
        Stage::Graph => "graph",
    }
}

impl From<thaiyyal_model::Problem> for Item {
    fn from(problem: thaiyyal_model::Problem) -> Self {
        Self {
            node_id: problem.node_id.map(|id| id.to_string()),
            pointer: problem.pointer,
            code: problem.code.to_string(),
            detail: problem.detail,
            offset: problem.place.map(|place| place.offset),
            line: problem.place.map(|place| place.line),
            column: problem.place.map(|place| place.column),
        }
    }
}

impl Problem {
    /// JSON that cannot be read, at a place of the whole body.
    pub(crate) fn json(error: &JsonError, pointer: &str) -> Self {
        let code = match error.kind {
            JsonErrorKind::Syntax => "syntax",
            JsonErrorKind::Incomplete => "incomplete",
            JsonErrorKind::NumberOutOfRange => "number_out_of_range",
            JsonErrorKind::TooDeep => "too_deep",
            JsonErrorKind::Nul => "nul_character",
        };
        Self::new(Code::InvalidJson, error.to_string()).with(Item {
            node_id: None,
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            detail: error.message.clone(),
            line: Some(error.line),
            column: Some(error.column),
            offset: None,
        })
    }
}
