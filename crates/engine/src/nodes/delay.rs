use jiff::SignedDuration;
use serde_json::json;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Reason, Str, Timestamp, Value};

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Ask, Event, Flow, Node, Run, Task, Uses, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "delay",
        title: "Delay",
        category: Category::Control,
        icon: "timer",
        summary: "Waits for a while, then passes its input on.",
        schema: json!({
            "type": "object",
            "required": ["duration"],
            "properties": {
                "duration": {"type": "string", "title": "How long", "description": "Like \"500ms\", \"10s\", \"1h30m\".", "x-ui": {"widget": "duration"}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Effect,
        example: json!({"duration": "10s"}),
    }
}

struct Delay {
    text: Str,
    duration: SignedDuration,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let text = settings.text("duration")?.clone();
    Some(Box::new(Delay { duration: settings.duration("duration")?, text }))
}

impl Node for Delay {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let waited = Box::new(Waited { text: self.text.clone() });
        if self.duration.is_zero() {
            return waited.resume(Event::Woken, run);
        }
        let until = run.now.saturating_add(self.duration).unwrap_or(Timestamp::MAX).min(run.deadline);
        Ok(Flow::Ask(Ask::sleep(until, Reason::Timer), waited))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Runs
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }
}

struct Waited {
    text: Str,
}

impl Task for Waited {
    fn resume(self: Box<Self>, _event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let value = run.input().cloned().unwrap_or_default();
        let result = [("delayed", Value::Bool(true)), ("duration", Value::String(self.text)), ("value", value)];
        Ok(Flow::Done(Map::from_pairs(result).into()))
    }
}
