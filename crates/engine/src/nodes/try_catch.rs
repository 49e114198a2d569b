use serde_json::json;
use thaiyyal_model::{Category, Failure, Map, NodeDescription, Purity, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::machine::{Bound, caught_value, soft_error};
use crate::node::{Block, Body, Choice, Counts, Flow, Guard, Happened, Node, Port, Run, Then, WithLarge};
use crate::plan::Catches;
use crate::settings::Settings;

pub(crate) const TYPE: Definition =
    Definition { describe, build, class: Class::Ordinary, bodies: Bodies::Once(&["try", "catch", "finally"]) };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "try_catch",
        title: "Try and catch",
        category: Category::Resilience,
        icon: "life-buoy",
        summary: "Goes on when its body, or without one what comes directly before it, fails or gives an error.",
        schema: json!({
            "type": "object",
            "properties": {
                "fallback_value": {"title": "Instead", "description": "The value when an error was caught.", "x-ui": {"widget": "json"}},
                "continue_on_error": {"type": "boolean", "default": true, "title": "Go on", "description": "Off: an error is a failure of this node."},
                "catch_codes": {"type": "array", "items": {"type": "string"}, "title": "Only these", "description": "Codes, with `*` for any part of one, or parts of messages; empty means every error."},
                "error_output_path": {"type": "string", "title": "Output for errors", "description": "The name of the output that is taken after an error; `success` is the other one.", "x-template": false}
            }
        }),
        ports: ports::branching(&[("try", "Try"), ("catch", "Catch"), ("finally", "Finally"), ("done", "Done")]),
        purity: Purity::Pure,
        example: json!({"fallback_value": []}),
    }
}

const TRY: u16 = 0;
const CATCH: u16 = 1;
const FINALLY: u16 = 2;

#[derive(Clone)]
struct TryCatch {
    fallback: Value,
    goes_on: bool,
    path: Option<Str>,
    codes: Vec<Str>,
}

const SUCCESS: Port = Port(0);
const CAUGHT: Port = Port(1);

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    Some(Box::new(TryCatch {
        fallback: settings.get("fallback_value").cloned().unwrap_or_default(),
        goes_on: settings.boolean("continue_on_error").unwrap_or(true),
        path: settings.text("error_output_path").filter(|path| !path.is_empty()).cloned(),
        codes: settings.list("catch_codes").into_iter().flatten().filter_map(Value::as_str).map(Str::from).collect(),
    }))
}

impl Node for TryCatch {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.needed_input("try_catch")?;
        if run.has_body(TRY) {
            return Ok(Flow::Block(Box::new(Trying { node: self.clone(), input: value.clone(), stage: Stage::Begin, end: None })));
        }
        match soft_error(value) {
            None => {
                let result = Map::from_pairs([("error_caught", Value::Bool(false)), ("value", value.clone())]);
                Ok(Flow::Chosen(result.into(), Choice::One(SUCCESS)))
            }
            Some(failure) if !self.goes_on || !self.covers(&failure) => Err(failure.into()),
            Some(failure) => Ok(Flow::Chosen(self.caught(failure, self.fallback.clone()), Choice::One(CAUGHT))),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn port(&self, handle: &str) -> Option<Port> {
        match handle {
            path if self.path.as_deref() == Some(path) => Some(CAUGHT),
            "success" => Some(SUCCESS),
            "done" => Some(Port::ANY),
            _ => None,
        }
    }

    fn guard(&self) -> Guard {
        Guard { catches: Catches::Everything, ..Guard::default() }
    }
}

impl TryCatch {
    fn covers(&self, failure: &Failure) -> bool {
        let is_meant = |code: &Str| fits(code, &failure.code) || failure.message.contains(code.as_str());
        self.codes.is_empty() || self.codes.iter().any(is_meant)
    }

    fn caught(&self, failure: Failure, value: Value) -> Value {
        let path = self.path.clone().map(|path| ("error_output_path", Value::String(path)));
        let caught = [("error_caught", Value::Bool(true)), ("error_message", failure.message.into()), ("value", value)];
        Map::from_pairs(caught.into_iter().chain(path)).into()
    }
}

/// Whether a code is what a pattern says, in which `*` stands for any text.
fn fits(pattern: &str, code: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = code.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || rest.is_empty() || code.ends_with(part),
    }
}

/// A `try` with its bodies.
struct Trying {
    node: TryCatch,
    input: Value,
    stage: Stage,
    /// How it ends once `finally` has run.
    end: Option<Result<(Value, Choice), Failure>>,
}

#[derive(Clone, PartialEq)]
enum Stage {
    Begin,
    Try,
    Catch(Failure),
    Finally,
}

impl Block for Trying {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        let outcome = match (happened, &self.stage) {
            (_, Stage::Begin) => {
                self.stage = Stage::Try;
                return Ok(body(TRY, self.input.clone(), None));
            }
            (Happened::Ready | Happened::Woken | Happened::Object(_) | Happened::Settled, _) => return Ok(Then::Rest),
            (Happened::Ended { outcome, .. }, _) => outcome,
        };
        let end = match (std::mem::replace(&mut self.stage, Stage::Finally), outcome) {
            (Stage::Finally, Err(failure)) => return Err(failure.into()),
            (Stage::Finally, Ok(_)) => return self.finish(),
            (Stage::Catch(failure), Ok(value)) => Ok((self.node.caught(failure, value), Choice::One(CAUGHT))),
            (Stage::Catch(_), Err(failure)) => Err(failure),
            (Stage::Begin | Stage::Try, outcome) => match outcome.and_then(|value| soft_error(&value).map_or(Ok(value), Err)) {
                Ok(value) => Ok((Map::from_pairs([("error_caught", Value::Bool(false)), ("value", value)]).into(), Choice::One(SUCCESS))),
                Err(failure) if !self.node.goes_on || !self.node.covers(&failure) => Err(failure),
                Err(failure) if run.has_body(CATCH) => {
                    let error = caught_value(&failure);
                    self.stage = Stage::Catch(failure);
                    return Ok(body(CATCH, error.clone(), Some(error)));
                }
                Err(failure) => Ok((self.node.caught(failure, self.node.fallback.clone()), Choice::One(CAUGHT))),
            },
        };
        let error = end.as_ref().err().map(caught_value);
        self.end = Some(end);
        if run.has_body(FINALLY) {
            return Ok(body(FINALLY, self.input.clone(), error));
        }
        self.finish()
    }
}

impl Trying {
    fn finish(&mut self) -> Result<Then, Fault> {
        match self.end.take() {
            Some(Ok((value, choice))) => Ok(Then::Done(value, choice)),
            Some(Err(failure)) => Err(failure.into()),
            None => Err(Fault::new("internal", "a try ended without an end")),
        }
    }
}

fn body(port: u16, input: Value, error: Option<Value>) -> Then {
    Then::Begin(Body { port, number: 0, counts: Counts::Nothing, input, bound: Bound { element: None, error } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_codes_fit_what_they_say() {
        for (pattern, code, expected) in [
            ("busy", "busy", true),
            ("busy", "busybody", false),
            ("http_*", "http_status", true),
            ("*_status", "http_status", true),
            ("http*us", "http_status", true),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b", "axbx", false),
        ] {
            assert_eq!(fits(pattern, code), expected, "{pattern} {code}");
        }
    }
}
