use std::collections::HashMap;

use serde_json::json;
use thaiyyal_expr::Element;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::elements::{self, Collected, Pass, Room, Visitor};
use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run, WithLarge};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "sample",
        title: "Sample",
        category: Category::Array,
        icon: "dices",
        summary: "Takes some elements of an array: the first, the last, or any.",
        schema: json!({
            "type": "object",
            "required": ["count"],
            "properties": {
                "count": {"title": "How many", "x-ui": {"widget": "number"}},
                "method": {"type": "string", "enum": ["random", "first", "last"], "default": "random", "title": "Which"},
                "seed": {"type": ["number", "string"], "title": "Seed", "description": "The same seed chooses the same elements in every execution."}
            }
        }),
        ports: ports::over_array(),
        purity: Purity::Pure,
        example: json!({"count": 5, "method": "first"}),
    }
}

struct Sample {
    count: usize,
    method: Method,
    seed: Option<Value>,
}

enum Method {
    Random,
    First,
    Last,
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let count = settings.number("count").unwrap_or(1.0).trunc();
    if count < 1.0 {
        settings.problem("count", "invalid_value", format!("`count` must be at least 1, not {}", Value::Number(count)));
        return None;
    }
    let method = match settings.text("method").map(Str::as_str) {
        Some("first") => Method::First,
        Some("last") => Method::Last,
        Some(_) | None => Method::Random,
    };
    Some(Box::new(Sample { count: count as usize, method, seed: settings.get("seed").cloned() }))
}

impl Node for Sample {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let items = match array::anywhere(run.needed_input("sample")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let length = elements::count(items);
        let count = self.count.min(length);
        let name = self.method.name();
        let draw = |run: &Run<'_>| chosen(length, count, Random(self.seed.as_ref().map_or_else(|| run.seed(), seed_of)));
        let part = |first: usize| Part { name, first, count, part: Collected::default() };
        let sample: List = match (&self.method, items.as_list()) {
            (Method::Random, _) if count == length => return Ok(Flow::Done(sampled(name, length, count, items.clone()))),
            (Method::Random, Some(list)) => draw(run).into_iter().map(|at| list[at].clone()).collect(),
            (Method::First, Some(list)) => List::from(&list[..count]),
            (Method::Last, Some(list)) => List::from(&list[length - count..]),
            (Method::Random, None) => return elements::visit(items.clone(), Drawn::new(name, draw(run)), run),
            (Method::First, None) => return elements::visit(items.clone(), part(0), run),
            (Method::Last, None) => return elements::visit_from(length - count, items.clone(), part(length - count), run),
        };
        Ok(Flow::Done(sampled(name, length, count, sample.into())))
    }

    fn with_large(&self) -> WithLarge {
        WithLarge::Streams
    }
}

impl Method {
    fn name(&self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::First => "first",
            Self::Last => "last",
        }
    }
}

fn sampled(method: &'static str, length: usize, count: usize, sample: Value) -> Value {
    let result = Map::from_pairs([
        ("input_count", Value::from(length)),
        ("method", Value::from(method)),
        ("output_count", Value::from(count)),
        ("sample", sample),
    ]);
    result.into()
}

/// Taking elements that follow one another out of the object store.
struct Part {
    name: &'static str,
    first: usize,
    count: usize,
    part: Collected,
}

impl Visitor for Part {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        if element.index >= self.first {
            self.part.push(element.item.clone(), run)?;
        }
        Ok(if self.part.len() < self.count { Pass::More } else { Pass::Done })
    }

    fn finish(self: Box<Self>, length: usize, run: &mut Run<'_>) -> Result<Value, Fault> {
        Ok(sampled(self.name, length, self.count, self.part.into_value(run)?))
    }
}

/// Taking drawn elements out of the object store.
struct Drawn {
    name: &'static str,
    /// Which elements, and where they go in the sample; the last ones of the array first.
    left: Vec<(usize, usize)>,
    values: Vec<Value>,
    room: Room,
}

impl Drawn {
    fn new(name: &'static str, chosen: Vec<usize>) -> Self {
        let values = vec![Value::Null; chosen.len()];
        let mut left: Vec<(usize, usize)> = chosen.into_iter().zip(0..).collect();
        left.sort_unstable_by(|a, b| b.cmp(a));
        Self { name, left, values, room: Room::new("a random sample") }
    }
}

impl Visitor for Drawn {
    fn visit(&mut self, element: Element<'_>, run: &mut Run<'_>) -> Result<Pass, Fault> {
        if let Some((_, place)) = self.left.pop_if(|(at, _)| *at == element.index) {
            self.room.take(element.item.size_bytes(), run.limits)?;
            self.values[place] = element.item.clone();
        }
        Ok(if self.left.is_empty() { Pass::Done } else { Pass::More })
    }

    fn finish(self: Box<Self>, length: usize, _run: &mut Run<'_>) -> Result<Value, Fault> {
        Ok(sampled(self.name, length, self.values.len(), self.values.into()))
    }
}

fn seed_of(value: &Value) -> u64 {
    // FNV-1a: the same on every machine and in every release.
    value.text().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` of the numbers below `length` in the order in which they are drawn.
fn chosen(length: usize, count: usize, mut random: Random) -> Vec<usize> {
    // A deck of numbers of which only those are written down that are no longer where they were.
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let draw = |at: usize| {
        let other = at + random.below(length - at);
        let own = moved.get(&at).copied().unwrap_or(at);
        moved.insert(other, own).unwrap_or(other)
    };
    (0..count).map(draw).collect()
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (((u128::from(mixed)) * (end as u128)) >> 64) as usize
    }
}
