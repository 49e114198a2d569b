//! Nodes that call a connector: their settings are described there, filled in here.

use std::sync::Arc;

use thaiyyal_model::Value;

use crate::catalog::NodeType;
use crate::duration;
use crate::fault::Fault;
use crate::machine::Retry;
use crate::node::{Ask, Event, Flow, Node, Run, Task, Uses};
use crate::plan::Rendered;
use crate::settings::Settings;

struct Connector {
    node_type: Arc<NodeType>,
    rendered: Rendered,
}

/// A node of a type that a connector describes.
pub(crate) fn build(settings: &mut Settings<'_>, node_type: &Arc<NodeType>) -> Option<Box<dyn Node>> {
    let rendered = Rendered::compile(settings, node_type)?;
    if settings.text("timeout").is_some_and(|text| !text.contains("{{")) {
        settings.duration("timeout")?;
    }
    Some(Box::new(Connector { node_type: Arc::clone(node_type), rendered }))
}

/// The setting `retry`, where it is given; `None` when it does not read, which is reported.
pub(crate) fn retry(settings: &mut Settings<'_>) -> Option<Option<Box<Retry>>> {
    match settings.get("retry").and_then(Value::as_map).map(Retry::read) {
        None => Some(None),
        Some(Ok(retry)) => Some(Some(Box::new(retry))),
        Some(Err(name)) => {
            let detail = format!("`retry.{name}` is no duration; write for example \"500ms\" or \"10s\"");
            settings.problem(&format!("retry/{name}"), "invalid_value", detail);
            None
        }
    }
}

impl Node for Connector {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let settings = self.rendered.fill(&self.node_type, run)?;
        let timeout_ms = timeout_ms(settings.get("timeout"), run)?;
        Ok(Flow::Ask(Ask::Call { connector: None, settings: settings.into(), timeout_ms }, Box::new(Called)))
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..self.rendered.uses() }
    }
}

/// What is asked for, at most what a node may take and what is left of the execution's time.
fn timeout_ms(setting: Option<&Value>, run: &Run<'_>) -> Result<u64, Fault> {
    let asked = match setting {
        Some(Value::Number(ms)) if *ms >= 0.0 => *ms as u64,
        Some(Value::String(text)) => {
            let duration =
                duration::parse(text).ok_or_else(|| Fault::new("invalid_value", format!("`timeout` is {text:?}, which is no duration")))?;
            u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
        }
        _ => u64::MAX,
    };
    let left = u64::try_from(run.deadline.duration_since(run.now).as_millis()).unwrap_or(0);
    Ok(asked.min(run.limits.max_node_duration_ms).min(left).max(1))
}

struct Called;

impl Task for Called {
    fn resume(self: Box<Self>, event: Event, _run: &mut Run<'_>) -> Result<Flow, Fault> {
        Ok(Flow::Done(match event {
            Event::Answer(value) => value,
            Event::Woken | Event::Fuel => Value::Null,
        }))
    }
}
