use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, Map, NodeDescription, Purity, Value};

use super::elements::{self, Collected, Gathered, Pass, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "chunk",
        title: "Chunk",
        category: Category::Array,
        icon: "boxes",
        summary: "Cuts an array into pieces of one size.",
        schema: json!({"type": "object", "required": ["size"], "properties": {"size": {"title": "Size", "default": 10, "x-ui": {"widget": "number"}}}}),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"size": 10}),
    }
}

struct Chunk {
    size: usize,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let size = settings.number("size").unwrap_or(10.0).trunc();
    if size < 1.0 {
        settings.problem("size", "invalid_value", format!("`size` must be at least 1, not {}", Value::Number(size)));
        return None;
    }
    Some(Box::new(Chunk { size: size as usize }))
}

impl Node for Chunk {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let chunked = || Chunked { size: self.size, open: Gathered::new("a chunk"), chunks: Collected::default() };
        match array::anywhere(run.needed_input("chunk")?) {
            Ok(items) => elements::visit(items.clone(), chunked(), run),
            Err(result) => Ok(Flow::Done(result)),
        }
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

struct Chunked {
    size: usize,
    /// The chunk that is not full yet.
    open: Gathered,
    chunks: Collected,
}

impl Visitor for Chunked {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        self.open.push(element.item.clone(), run.limits)?;
        if self.open.values.len() == self.size {
            self.chunks.push(self.open.take().into(), run)?;
        }
        Ok(Pass::More)
    }

    fn finish(mut self: Box<Self>, count: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        if !self.open.values.is_empty() {
            self.chunks.push(self.open.take().into(), run)?;
        }
        let result = Map::from_pairs([
            ("chunk_count", Value::from(self.chunks.len())),
            ("chunk_size", Value::from(self.size)),
            ("chunks", self.chunks.into_value(run)?),
            ("input_count", Value::from(count)),
        ]);
        Ok(result.into())
    }
}
