//! A world for machines to live in: it answers effects and writes down what happens.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use thaiyyal_model::{
    Category, Chunk, ExecutionId, Failure, Form, Large, Limits, NodeDescription, Object, ObjectHash, Ports, Purity, Reason, Record,
    RecordKind, Timestamp, Trigger, Value,
};

use bytes::Bytes;
use expect_test::Expect;
use jiff::SignedDuration;

use super::notation::definition;
use crate::catalog::{Bodies, Class};
use crate::fault::Fault;
use crate::node::{Ask, Event, Flow, Node, Run, Task, Uses};
use crate::{Answer, Catalog, Effect, EffectKind, Machine, Outcome, Plan, Progress, Start, Traffic};

/// The engine's own types, the connector `call`, and `calls`, which makes several calls one after the other.
pub(super) fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(make_catalog);
    &CATALOG
}

fn make_catalog() -> Catalog {
    let mut catalog = Catalog::new([call()]);
    let calls = NodeDescription { node_type: "calls", purity: Purity::Effect, ..call() };
    catalog.add(
        calls,
        Class::Ordinary,
        Bodies::None,
        Some(|settings| Some(Box::new(Calls(settings.number("count")?.clamp(0.0, 100.0) as u32)))),
    );
    catalog
}

fn call() -> NodeDescription {
    NodeDescription {
        node_type: "call",
        title: "Call",
        category: Category::Connect,
        icon: "phone",
        summary: "Calls the test's world.",
        schema: serde_json::json!({"type": "object", "required": ["url"], "properties": {
            "url": {"type": "string", "title": "Address"},
            "count": {"type": "integer", "title": "Count"},
        }}),
        ports: Ports::default(),
        purity: Purity::Effect,
        example: serde_json::json!({"url": "x"}),
    }
}

/// Calls as often as it is told, with a short wait before each, and gives the answers.
#[derive(Clone, Copy)]
struct Calls(u32);

impl Node for Calls {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        Box::new(Calling { count: self.0, parts: 0, answers: Vec::new() }).resume(Event::Fuel, run)
    }

    fn uses(&self) -> Uses {
        Uses { asks: true, ..Uses::default() }
    }
}

struct Calling {
    count: u32,
    parts: u32,
    answers: Vec<Value>,
}

impl Task for Calling {
    fn resume(mut self: Box<Self>, event: Event, run: &mut Run<'_>) -> Result<Flow, Fault> {
        if let Event::Answer(answer) = event {
            self.answers.push(answer);
        }
        if self.parts == self.count * 2 {
            return Ok(Flow::Done(self.answers.into()));
        }
        let part = self.parts;
        self.parts += 1;
        let ask = if part.is_multiple_of(2) {
            let until = run.now.saturating_add(SignedDuration::from_secs(1)).expect("times in tests are small");
            Ask::sleep(until, Reason::Timer)
        } else {
            Ask::Call { connector: None, settings: Value::from(part), timeout_ms: 1 }
        };
        Ok(Flow::Part(part, ask, self))
    }
}

pub(super) fn plan(graph: &str) -> Arc<Plan> {
    Arc::new(Plan::compile(&definition(graph), catalog(), &Limits::default()).unwrap_or_else(|invalid| panic!("{invalid:?}")).plan)
}

pub(super) fn start() -> Start {
    Start {
        execution: ExecutionId::from_uuid(uuid::Uuid::nil()),
        workflow: None,
        version: None,
        trigger: Trigger::Api,
        parent: None,
        depth: 0,
        input: Value::from_json(br#"{"n": 7}"#).expect("valid JSON"),
        started_at: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn machine(graph: &str) -> Machine {
    Machine::start(plan(graph), start(), Arc::new(Limits::default()))
}

/// Runs a graph in a world where calls take no time and waits theirs, and tells all that happened.
pub(super) fn told(graph: &str, limits: Limits, mut call: impl FnMut(&Effect) -> Answer) -> String {
    let plan = match Plan::compile(&definition(graph), catalog(), &limits) {
        Ok(compiled) => Arc::new(compiled.plan),
        Err(invalid) => return format!("{invalid:#?}"),
    };
    let mut machine = Machine::start(plan, start(), Arc::new(limits));
    let (outcome, records) = live(&mut machine, |open| {
        // Calls are answered at once and together; when there are none, the wait that ends first.
        let is_call = |effect: &Effect| matches!(effect.kind, EffectKind::Call { .. } | EffectKind::Child(_));
        let (calls, mut waits): (Vec<Effect>, Vec<Effect>) = open.drain(..).partition(is_call);
        waits.sort_by_key(until);
        let first = (calls.is_empty() && !waits.is_empty()).then(|| (waits.remove(0), Answer::Woken));
        open.append(&mut waits);
        let answers = calls.iter().map(&mut call).collect::<Vec<_>>();
        calls.into_iter().zip(answers).chain(first).collect()
    });
    let mut text: String = records.iter().map(|record| shown(record) + "\n").collect();
    write!(text, "{}", ending(&outcome)).expect("text can be written");
    text
}

/// Runs a machine to its end; `answer` takes from the open effects those it answers now.
pub(super) fn live(machine: &mut Machine, answer: impl FnMut(&mut Vec<Effect>) -> Vec<(Effect, Answer)>) -> (Outcome, Vec<Record>) {
    live_with(&mut Shelf::default(), machine, answer)
}

/// The same, with this object store.
pub(super) fn live_with(
    shelf: &mut Shelf,
    machine: &mut Machine,
    mut answer: impl FnMut(&mut Vec<Effect>) -> Vec<(Effect, Answer)>,
) -> (Outcome, Vec<Record>) {
    let mut now = Timestamp::UNIX_EPOCH;
    let (mut open, mut records): (Vec<Effect>, Vec<Record>) = (Vec::new(), Vec::new());
    // Steps whose last record tells of their end.
    let mut over = HashSet::new();
    loop {
        let progress = machine.advance(now);
        if let Progress::Objects(traffic) = progress {
            shelf.serve(machine, traffic);
            continue;
        }
        for record in machine.take_records() {
            if let RecordKind::Ended { .. } = record.kind {
                over.insert(record.step.clone())
            } else {
                over.remove(&record.step)
            };
            records.push(record);
        }
        match progress {
            Progress::Ended(outcome) => return (outcome, records),
            Progress::More | Progress::Objects(_) => {}
            Progress::Effects(effects) => {
                for effect in effects {
                    match effect.kind {
                        EffectKind::Cancel { .. } => open.retain(|other: &Effect| other.step != effect.step),
                        EffectKind::Call { .. } | EffectKind::Child(_) | EffectKind::Wait { .. } => open.push(effect),
                    }
                }
                assert!(!open.is_empty(), "the machine waits for nothing");
                let forgotten = open.iter().find(|effect| over.contains(&effect.step));
                assert!(forgotten.is_none(), "the journal says that it is over, and the world was not told: {forgotten:?}");
                for (effect, answer) in answer(&mut open) {
                    if let EffectKind::Wait { until: Some(until), .. } = effect.kind {
                        now = now.max(until);
                    }
                    machine.complete(&effect.step, answer, now);
                }
            }
        }
    }
}

/// An object store in memory, and the most that it was asked to store or read at once.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) objects: HashMap<ObjectHash, Bytes>,
    pub(super) read: usize,
    pub(super) largest: usize,
}

impl Shelf {
    pub(super) fn serve(&mut self, machine: &mut Machine, traffic: Traffic) {
        self.largest = self.largest.max(traffic.put.iter().map(|object| object.content.len()).sum());
        self.objects.extend(traffic.put.into_iter().map(|object| (object.hash, object.content)));
        if let Some(hash) = traffic.get {
            self.read += 1;
            let missing = || Failure::new("object_missing", format!("object {hash} is not in the object store"));
            machine.supply(self.objects.get(&hash).cloned().ok_or_else(missing));
        }
    }

    /// Stores a text in chunks of so many bytes at most.
    pub(super) fn text(&mut self, text: &str, chunk: usize) -> Value {
        let mut chunks = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (part, behind) = rest.split_at(rest.floor_char_boundary(chunk.max(4)));
            let object = Object::of(part.as_bytes().to_vec());
            chunks.push(Chunk { hash: object.hash, bytes: part.len() as u32, items: 0 });
            self.objects.insert(object.hash, object.content);
            rest = behind;
        }
        Large::new(Form::Text, chunks).into()
    }

    /// A value with all that it has in the store.
    pub(super) fn whole(&self, value: &Value) -> Value {
        value.larges().into_iter().fold(value.clone(), |value, (pointer, large)| {
            let content: Vec<u8> = large.chunks().iter().flat_map(|chunk| self.objects[&chunk.hash].to_vec()).collect();
            let part = match large.form() {
                Form::Text => Value::from(String::from_utf8(content).expect("texts are UTF-8")),
                Form::Json => Value::from_json_lossless(&content).expect("JSON"),
                Form::Array => {
                    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                    Value::from(lines.map(|line| Value::from_json_lossless(line).expect("JSON")).collect::<Vec<_>>())
                }
            };
            value.replaced(&pointer, part)
        })
    }
}

/// When a wait is over.
pub(super) fn until(effect: &Effect) -> Option<Timestamp> {
    match effect.kind {
        EffectKind::Wait { until, .. } => until,
        EffectKind::Call { .. } | EffectKind::Child(_) | EffectKind::Cancel { .. } => None,
    }
}

/// A record in a few words.
pub(super) fn shown(record: &Record) -> String {
    let attempt = if record.attempt > 1 { format!(" (attempt {})", record.attempt) } else { String::new() };
    let what = match &record.kind {
        RecordKind::Started { input: Some(input) } => format!("calls {input}"),
        RecordKind::Started { input: None } => "begins again".to_owned(),
        RecordKind::Waiting { reason, until, signal } => {
            let signal = signal.as_ref().map_or_else(String::new, |signal| format!(" {signal}"));
            let until = until.map_or_else(String::new, |until| format!(" until {}ms", until.as_millisecond()));
            format!("waits for {reason}{signal}{until}")
        }
        RecordKind::Ended { status, output, error, .. } => match (output, error) {
            (Some(output), _) => format!("= {output}"),
            (None, Some(error)) => format!("{status}: {}", error.code),
            (None, None) => status.to_string(),
        },
    };
    format!("{} {}{attempt} {what}", record.seq, record.step)
}

pub(super) fn ending(outcome: &Outcome) -> String {
    match &outcome.error {
        None => format!("{} {}", outcome.status, outcome.output),
        Some(Failure { code, node_id, .. }) => format!("{}: {code} at {}", outcome.status, node_id.as_deref().unwrap_or("-")),
    }
}

/// Runs a graph under the default limits; what is told of it is as expected.
pub(super) fn check(graph: &str, call: impl FnMut(&Effect) -> Answer, expected: &Expect) {
    expected.assert_eq(&told(graph, Limits::default(), call));
}

/// Answers with the address called; `!` in it is a failure.
pub(super) fn echo(effect: &Effect) -> Answer {
    let EffectKind::Call { settings, .. } = &effect.kind else { panic!("not a call") };
    let url = settings.get("url").cloned().unwrap_or_default();
    match url.text() {
        text if text.contains('!') => Answer::Failed(Failure::new("refused", text)),
        _ => Answer::Done(url),
    }
}

/// The last line: how it ended.
pub(super) fn end(graph: &str) -> String {
    told(graph, Limits::default(), echo).lines().last().unwrap_or_default().to_owned()
}
