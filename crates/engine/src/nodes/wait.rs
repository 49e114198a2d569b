use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Reason, Str, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::duration;
use crate::fault::Fault;
use crate::machine::Expected;
use crate::node::{Ask, Choice, Event, Flow, Node, Port, Run, Task, Uses};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "wait",
        title: "Wait",
        category: Category::Control,
        icon: "hourglass",
        summary: "Waits until something comes from outside: a signal, a call of the execution's callback address, or a time. Takes no worker meanwhile.",
        schema: json!({
            "type": "object",
            "required": ["for"],
            "properties": {
                "for": {"type": "string", "enum": ["signal", "callback", "duration", "time"], "title": "For what", "description": "signal: what a signed-in program or person sends to the execution. callback: what anyone sends to `execution.callback_url` who was given it.", "x-template": false},
                "name": {"type": "string", "minLength": 1, "maxLength": 100, "title": "Name", "description": "Which signal, `signal` if none is named; in a loop for example \"paid-{{ index }}\". Of a callback: what follows the address after a slash, if anything does."},
                "timeout": {"type": "string", "title": "At most", "description": "Like \"30m\" or \"12h\". When it is over, the output `timeout` is taken; without an edge there the node fails with the code `timeout`.", "x-ui": {"widget": "duration"}},
                "duration": {"type": "string", "title": "How long", "description": "Like \"10s\" or \"1h30m\".", "x-ui": {"widget": "duration"}},
                "until": {"type": "string", "title": "Until when", "description": "An instant like 2026-03-01T08:00:00Z; one in the past is no wait."}
            }
        }),
        ports: ports::branching(&[("received", "Received"), ("timeout", "Time is up")]),
        purity: Purity::Effect,
        example: json!({"for": "signal", "name": "paid", "timeout": "12h"}),
    }
}

const RECEIVED: Port = Port(0);
const TIMEOUT: Port = Port(1);

/// The name of a signal that none was given for.
const DEFAULT_NAME: &str = "signal";
/// What the names of signals begin with that come by the callback address. Nobody can send such a name in another way.
const CALLBACK: &str = "callback:";

enum Wait {
    Signal { name: Str, timeout: Option<SignedDuration> },
    For(SignedDuration),
    Until(Timestamp),
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let timeout = match settings.text("timeout") {
        Some(_) => Some(settings.duration("timeout")?),
        None => None,
    };
    let name = settings.text("name").cloned();
    Some(Box::new(match settings.required_text("for") {
        "duration" => {
            needed(settings, "duration")?;
            Wait::For(settings.duration("duration")?)
        }
        "time" => {
            needed(settings, "until")?;
            let Ok(until) = settings.required_text("until").parse() else {
                let detail = "`until` is no instant; write for example \"2026-03-01T08:00:00Z\"";
                settings.problem("until", "invalid_value", detail.to_owned());
                return None;
            };
            Wait::Until(until)
        }
        "callback" => Wait::Signal { name: format!("{CALLBACK}{}", name.unwrap_or_default()).into(), timeout },
        _ => {
            let name = name.unwrap_or_else(|| DEFAULT_NAME.into());
            // What a template makes of it is checked when that is known.
            let is_known = !name.contains("{{");
            if is_known && let Some(bad) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
                let detail = format!("`name` holds {bad:?}; the name of a signal has letters, digits, `-`, `_` and `.` only");
                settings.problem("name", "invalid_value", detail);
                return None;
            }
            Wait::Signal { name, timeout }
        }
    }))
}

/// Reports that a setting is missing which this kind of wait needs.
fn needed(settings: &mut Settings<'_>, name: &str) -> Option<()> {
    if settings.text(name).is_none() {
        settings.problem(name, "missing_field", format!("`{name}` is required for this kind of wait"));
        return None;
    }
    Some(())
}

impl Node for Wait {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let after = |duration: SignedDuration| run.now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        let (until, expects, timeout) = match self {
            Self::For(duration) => (Some(after(*duration)), None, None),
            Self::Until(until) => (Some(*until), None, None),
            Self::Signal { name, timeout } => {
                let expects = Expected { signal: name.clone(), question: None };
                (timeout.map(after), Some(expects), *timeout)
            }
        };
        let task = Box::new(Awaited { expected: expects.as_ref().map(|expects| expects.signal.clone()), timeout, began_at: run.now });
        if expects.is_none() && until.is_some_and(|until| until <= run.now) {
            return task.resume(Event::Woken, run);
        }
        let reason = if expects.is_some() { Reason::Signal } else { Reason::Timer };
        let until = until.map(|until| until.min(run.deadline));
        Ok(Flow::Ask(Ask::Wait { until, reason, expects }, task))
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }

    fn port(&self, handle: &str) -> Option<Port> {
        match handle {
            "received" => Some(RECEIVED),
            "timeout" => Some(TIMEOUT),
            _ => None,
        }
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        Some(&["payload", "timed_out", "value", "waited_ms"])
    }
}

struct Awaited {
    /// The name of the signal; none for a time.
    expected: Option<Str>,
    timeout: Option<SignedDuration>,
    began_at: Timestamp,
}

impl Awaited {
    fn result(&self, payload: Value, timed_out: bool, run: &Run<'_>) -> Value {
        let waited = run.now.duration_since(self.began_at).as_millis();
        let members = [
            ("payload", payload),
            ("timed_out", Value::Bool(timed_out)),
            ("value", run.input().cloned().unwrap_or_default()),
            ("waited_ms", Value::Number(waited as f64)),
        ];
        Map::from_pairs(members).into()
    }
}

impl Task for Awaited {
    fn resume(self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let Some(expected) = &self.expected else {
            return Ok(Flow::Chosen(self.result(Value::Null, false, run), Choice::One(RECEIVED)));
        };
        match event {
            Event::Answer(payload) => Ok(Flow::Chosen(self.result(payload, false, run), Choice::One(RECEIVED))),
            Event::Woken | Event::Fuel | Event::Object(_) if run.has_edge(TIMEOUT) => {
                Ok(Flow::Chosen(self.result(Value::Null, true, run), Choice::One(TIMEOUT)))
            }
            Event::Woken | Event::Fuel | Event::Object(_) => {
                let within = self.timeout.map_or_else(String::new, |timeout| format!(" within {}", duration::text(timeout)));
                Err(Fault::new("timeout", format!("nothing came for `{}`{within}", expected.trim_start_matches(CALLBACK))))
            }
        }
    }
}
