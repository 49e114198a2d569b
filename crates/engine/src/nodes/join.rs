use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Reason, Str, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Block, Choice, Flow, Happened, Node, Run, Then, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "join",
        title: "Join",
        category: Category::Control,
        icon: "merge",
        summary: "Collects what came in over several edges.",
        schema: json!({
            "type": "object",
            "properties": {
                "wait_for": {"type": ["string", "integer"], "title": "Wait for", "description": "all, any, first, or how many values; goes on as soon as they are there, whatever else is under way.", "x-template": false, "x-ui": {"order": 1}},
                "timeout": {"type": ["string", "number"], "title": "Timeout", "description": "With \"Wait for\": the node fails when the values are not there by then.", "x-template": false, "x-ui": {"order": 2, "widget": "duration"}},
                "join_strategy": {"type": "string", "enum": ["all", "any", "first"], "default": "all", "title": "What to give", "description": "Of everything that came once all is settled.", "x-ui": {"order": 3}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"join_strategy": "all"}),
    }
}

#[derive(Clone, Copy)]
enum Join {
    All,
    Any,
    First,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    if let Some(wait_for) = settings.get("wait_for") {
        let (strategy, wanted) = match wait_for {
            Value::String(word) if word == "all" => (Join::All, None),
            Value::String(word) if word == "any" => (Join::Any, Some(1)),
            Value::String(word) if word == "first" => (Join::First, Some(1)),
            Value::Number(count) if *count >= 1.0 => (Join::All, Some(*count as usize)),
            other => {
                let detail = format!("`wait_for` must be \"all\", \"any\", \"first\" or a number from 1, not {other}");
                settings.problem("wait_for", "invalid_value", detail);
                return None;
            }
        };
        let timeout = match settings.get("timeout") {
            Some(Value::Number(ms)) => SignedDuration::try_from_secs_f64(ms.max(0.0) / 1000.0).ok(),
            Some(_) => Some(settings.duration("timeout")?),
            None => None,
        };
        return Some(Box::new(Race { strategy, wanted, timeout, is_timed: false }));
    }
    Some(Box::new(match settings.text("join_strategy").map(Str::as_str) {
        None | Some("all") => Join::All,
        Some("any") => Join::Any,
        Some(_) => Join::First,
    }))
}

impl Node for Join {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        run.needed_input("join")?;
        Ok(Flow::Done(self.result(run.inputs)))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }
}

impl Join {
    fn result(self, values: &[Value]) -> Value {
        let first = values.first().cloned().unwrap_or_default();
        let count = Value::from(values.len());
        let result = match self {
            Self::All => Map::from_pairs([("count", count), ("strategy", Value::from("all")), ("values", List::from(values).into())]),
            Self::Any => Map::from_pairs([("count", count), ("strategy", Value::from("any")), ("value", first)]),
            Self::First => Map::from_pairs([("strategy", Value::from("first")), ("value", first)]),
        };
        result.into()
    }
}

/// A join that goes on as soon as enough is there.
#[derive(Clone, Copy)]
struct Race {
    strategy: Join,
    /// How many values; `None` waits until nothing more can come.
    wanted: Option<usize>,
    timeout: Option<SignedDuration>,
    is_timed: bool,
}

impl Node for Race {
    fn run(&self, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Block(Box::new(*self)))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }

    fn races(&self) -> bool {
        true
    }
}

impl Block for Race {
    fn next(&mut self, happened: Happened, run: &mut Run<'_>) -> Result<Then, Fault> {
        let (values, may_come) = run.world.arrivals();
        if self.wanted.is_some_and(|wanted| values.len() >= wanted) || (!may_come && self.wanted.is_none() && !values.is_empty()) {
            return Ok(Then::Done(self.strategy.result(&values), Choice::All));
        }
        if !may_come && values.is_empty() {
            return Ok(Then::Skip);
        }
        if !may_come {
            let wanted = self.wanted.unwrap_or(0);
            return Err(Fault::new("missing_input", format!("the join waits for {wanted} values, and only {} can come", values.len())));
        }
        match (happened, self.timeout) {
            (Happened::Woken, _) => Err(Fault::new("timeout", "the values that the join waits for did not come in time")),
            (Happened::Ready, Some(timeout)) if !self.is_timed => {
                self.is_timed = true;
                let until = run.now.saturating_add(timeout).unwrap_or(Timestamp::MAX);
                Ok(Then::Wait { part: 1, until, reason: Reason::Timer })
            }
            (Happened::Ready | Happened::Settled | Happened::Object(_) | Happened::Ended { .. }, _) => Ok(Then::Rest),
        }
    }
}
