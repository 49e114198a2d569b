use serde_json::json;
use thaiyyal_model::{Category, List, Map, NodeDescription, Purity, Str, Value};

use super::{array, ports};
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
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
        let items = match array::soft(run.needed_input("sample")?) {
            Ok(items) => items,
            Err(result) => return Ok(Flow::Done(result)),
        };
        let count = self.count.min(items.len());
        let (method, sample) = match self.method {
            Method::First => ("first", List::from(&items[..count])),
            Method::Last => ("last", List::from(&items[items.len() - count..])),
            Method::Random if count == items.len() => ("random", items.clone()),
            Method::Random => ("random", chosen(items, count, Random(self.seed.as_ref().map_or_else(|| run.seed(), seed_of)))),
        };
        let result = Map::from_pairs([
            ("input_count", Value::from(items.len())),
            ("method", Value::from(method)),
            ("output_count", Value::from(count)),
            ("sample", sample.into()),
        ]);
        Ok(Flow::Done(result.into()))
    }
}

fn seed_of(value: &Value) -> u64 {
    // FNV-1a: the same on every machine and in every release.
    value.text().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` elements in the order in which they are drawn.
fn chosen(items: &[Value], count: usize, mut random: Random) -> List {
    let mut left: Vec<usize> = (0..items.len()).collect();
    for at in 0..count {
        let other = at + random.below(left.len() - at);
        left.swap(at, other);
    }
    left[..count].iter().map(|at| items[*at].clone()).collect()
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
