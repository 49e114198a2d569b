//! Bringing inputs into memory for nodes that need them whole.

use bytes::Bytes;
use thaiyyal_model::{Form, Large, Limits, List, Value};

use crate::fault::Fault;
use crate::node::{Event, Flow, Run, Task};

/// Reads what a node's inputs have in the object store, one chunk after the other.
pub(super) struct Loading {
    inputs: Vec<Value>,
    /// What is still to be read: which input, where in it, what.
    rest: Vec<(usize, String, Large)>,
    /// The next chunk of the last of them, and what the ones before it held.
    next: usize,
    content: Vec<u8>,
}

impl Loading {
    /// For a node that needs all of these inputs.
    pub(super) fn new(inputs: &[Value], limits: &Limits, node_type: &str) -> Result<Self, Fault> {
        let larges = |(at, input): (usize, &Value)| input.larges().into_iter().map(move |(pointer, large)| (at, pointer, large));
        let rest: Vec<(usize, String, Large)> = inputs.iter().enumerate().flat_map(larges).collect();
        let bytes = rest.iter().fold(0, |sum: u64, (_, _, large)| sum.saturating_add(large.bytes()));
        if bytes > limits.max_value_bytes {
            return Err(does_not_fit(bytes, limits, node_type));
        }
        Ok(Self { inputs: inputs.to_vec(), rest, next: 0, content: Vec::new() })
    }
}

/// What a node cannot have in memory.
pub(crate) fn does_not_fit(bytes: u64, limits: &Limits, node_type: &str) -> Fault {
    let most = limits.max_value_bytes;
    let message = format!(
        "a node of type {node_type} needs its whole input in memory, where a value may take {most} bytes, and this one has {bytes}; \
         make it smaller first with a node that takes one element at a time: filter, map, reduce, find, partition, flat_map, slice, unique, \
         compact, chunk, sample, reverse, for_each, group_by with `keep_elements` off, or format as CSV, TSV or NDJSON"
    );
    Fault::limit("value_too_large", "max_value_bytes", most, message)
}

impl Task for Loading {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Object(content) = event {
            self.content.extend_from_slice(&content);
            self.next += 1;
        }
        while let Some((_, _, large)) = self.rest.last() {
            if let Some(chunk) = large.chunks().get(self.next) {
                return Ok(Flow::Fetch(chunk.hash, self));
            }
            let Some((at, pointer, large)) = self.rest.pop() else { break };
            run.spend(large.bytes() / BYTES_PER_FUEL);
            let value = read(&large, std::mem::take(&mut self.content).into())?;
            let bytes = value.size_bytes();
            if bytes > run.limits.max_value_bytes {
                return Err(does_not_fit(bytes, run.limits, &run.world.plan.node(run.world.slot).node_type));
            }
            self.inputs[at] = self.inputs[at].replaced(&pointer, value);
            self.next = 0;
        }
        Ok(Flow::Loaded(self.inputs))
    }
}

/// Bytes that are read in the time of one step of fuel.
const BYTES_PER_FUEL: u64 = 4;

fn read(large: &Large, content: Bytes) -> Result<Value, Fault> {
    let damaged = || Fault::new("object_damaged", format!("what was stored as {} is not what it says", large.hash()));
    match large.form() {
        Form::Text => String::from_utf8(content.into()).map(Value::from).map_err(|_| damaged()),
        Form::Json => Value::from_json_lossless(&content).map_err(|_| damaged()),
        Form::Array => {
            let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            let items: Result<List, _> = lines.map(Value::from_json_lossless).collect();
            items.map(Value::from).map_err(|_| damaged())
        }
    }
}
