//! What the journal of a nested workflow must say, whatever is answered and in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use thaiyyal_model::{Record, RecordKind, StepStatus, Value};

use crate::Effect;
use crate::tests::world::shown;

/// What a node repeats or guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Three elements.
    Each,
    While {
        rounds: u32,
    },
    Retry {
        attempts: u32,
    },
    Try,
    Parallel,
    Timeout,
    /// A call that tells the position of the loop around it.
    Call {
        tries: u32,
    },
    Child {
        tries: u32,
    },
    Other,
}

/// A node as it was written.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    /// Its bodies: the port, the first node, and all nodes, those of bodies within included.
    pub(super) bodies: Vec<(String, String, Vec<String>)>,
    /// What around it puts a number into its steps, the outermost first.
    pub(super) around: Vec<Kind>,
    /// How often a `retry` behind it lets it run.
    pub(super) runs: u32,
    /// The node that begins at the same time and is behind it in the plan.
    pub(super) beside: Option<String>,
}

pub(super) type Shapes = BTreeMap<String, Shape>;

/// Checks the records of an execution that came to its end by itself, from the first to the last.
pub(super) fn check(shapes: &Shapes, records: &[Record], results: &BTreeMap<String, Value>) {
    if records.iter().any(|record| failed_with(record, "too_many_node_executions")) {
        // That ends everything, wherever it is.
        return;
    }
    let journal = Journal { records, ended: by_step(records) };
    for (id, shape) in shapes {
        journal.check_numbers(id, shape);
        for ((node, iteration), ends) in journal.ended.range((id.clone(), Vec::new())..) {
            if node != id {
                break;
            }
            // Longer ones are those of parts of a step.
            if iteration.len() == shape.around.len() {
                journal.check_bodies(shape, iteration, ends);
                journal.check_attempts(shape, ends);
                journal.check_whole(shapes, shape, iteration, ends);
                journal.check_beside(shape, iteration, ends);
            }
        }
        if let Some(value) = results.get(id) {
            let has = |record: &&Record| matches!(&record.kind, RecordKind::Ended { output: Some(output), .. } if output == value);
            assert!(journal.of(id, &[]).any(|record| has(&record)), "{id} has a result that no record tells\n{}", journal.text());
        }
    }
    journal.check_ends(shapes);
}

/// What the world recognises a step by leaves the attempts of a retry out, and nothing else.
pub(super) fn check_identity(shapes: &Shapes, effect: &Effect) {
    let Some(shape) = shapes.get(effect.step.node_id.as_str()) else { return };
    let is_attempt = |at: usize| matches!(shape.around.get(at), Some(Kind::Retry { .. }));
    let numbers = effect.step.iteration.0.iter().enumerate();
    let expected: Vec<u32> = numbers.filter(|(at, _)| !is_attempt(*at)).map(|(_, number)| *number).collect();
    assert_eq!(effect.identity.iteration.0, expected, "{}", effect.step);
}

struct Journal<'r> {
    records: &'r [Record],
    /// The records that tell of an end, by node and iteration.
    ended: BTreeMap<(String, Vec<u32>), Vec<&'r Record>>,
}

fn by_step(records: &[Record]) -> BTreeMap<(String, Vec<u32>), Vec<&Record>> {
    let mut ended: BTreeMap<_, Vec<&Record>> = BTreeMap::new();
    for record in records.iter().filter(|record| status(record).is_some()) {
        ended.entry((record.step.node_id.to_string(), record.step.iteration.0.clone())).or_default().push(record);
    }
    ended
}

fn status(record: &Record) -> Option<StepStatus> {
    match &record.kind {
        RecordKind::Ended { status, .. } => Some(*status),
        RecordKind::Started { .. } | RecordKind::Waiting { .. } => None,
    }
}

fn failed_with(record: &Record, code: &str) -> bool {
    matches!(&record.kind, RecordKind::Ended { error: Some(error), .. } if error.code == code)
}

impl<'r> Journal<'r> {
    fn text(&self) -> String {
        self.records.iter().map(|record| shown(record) + "\n").collect()
    }

    fn of(&self, node: &str, iteration: &[u32]) -> impl Iterator<Item = &'r Record> {
        let ends = self.ended.get(&(node.to_owned(), iteration.to_vec()));
        ends.into_iter().flatten().copied()
    }

    /// A step has a number for each loop and retry around it, and calls tell the one of their loop.
    fn check_numbers(&self, id: &str, shape: &Shape) {
        for record in self.records.iter().filter(|record| record.step.node_id == id) {
            let numbers = &record.step.iteration.0;
            let own = usize::from(numbers.len() > shape.around.len());
            assert_eq!(numbers.len(), shape.around.len() + own, "{}\n{}", shown(record), self.text());
            for (number, kind) in numbers.iter().zip(&shape.around) {
                let most = match kind {
                    Kind::Each => 3,
                    Kind::While { rounds } => *rounds,
                    Kind::Retry { attempts } => *attempts,
                    _ => 0,
                };
                assert!(*number < most, "{}: {number} of {most}\n{}", shown(record), self.text());
            }
            let is_loop = |kind: &&Kind| matches!(kind, Kind::Each | Kind::While { .. });
            if let (Kind::Call { .. }, RecordKind::Started { input: Some(input) }) = (shape.kind, &record.kind) {
                let at = shape.around.iter().rposition(|kind| is_loop(&kind));
                let expected = at.map_or_else(|| "no index".to_owned(), |at| numbers[at].to_string());
                let url = input.get("url").map(Value::text).unwrap_or_default();
                assert_eq!(url.split_once(' ').map(|(_, index)| index), Some(expected.as_str()), "{}", self.text());
            }
        }
    }

    /// The numbers of the passes through a body that begins with this node, in the order in which they first appear.
    fn passes(&self, first: &str, iteration: &[u32]) -> BTreeSet<u32> {
        let of_first = self.ended.range((first.to_owned(), iteration.to_vec())..);
        let within = of_first.take_while(|((node, own), _)| node == first && own.starts_with(iteration));
        within.filter_map(|((_, own), _)| own.get(iteration.len()).copied()).collect()
    }

    /// What a block says of its bodies is what was run.
    fn check_bodies(&self, shape: &Shape, iteration: &[u32], ends: &[&Record]) {
        let body = |port: &str| shape.bodies.iter().find(|(own, ..)| own == port).map(|(_, first, _)| first.as_str());
        let ran = |port: &str| body(port).map(|first| self.of(first, iteration).count());
        // What takes too long is stopped as it is, `finally` or not.
        let is_stopped = |record: &Record| match &record.kind {
            RecordKind::Ended { error: Some(error), .. } => error.code == "timeout" && error.node_id == Some(record.step.node_id.clone()),
            _ => false,
        };
        let is_settled =
            |record: &&&Record| matches!(status(record), Some(StepStatus::Succeeded | StepStatus::Failed)) && !is_stopped(record);
        let settled: Vec<&&Record> = ends.iter().filter(is_settled).collect();
        let Some(last) = ends.last() else { return };
        let output = match &last.kind {
            RecordKind::Ended { output: Some(output), .. } => output,
            _ => &Value::Null,
        };
        let told = |name: &str| output.get(name).and_then(Value::as_f64).map(|number| number as usize);
        let is_final = settled.len() == ends.len();
        match shape.kind {
            Kind::Each | Kind::While { .. } => {
                let passes = body("body").map(|first| self.passes(first, iteration)).unwrap_or_default();
                if let Some(iterations) = told("iterations").filter(|_| shape.runs == 1) {
                    assert_eq!(passes, (0..iterations as u32).collect(), "{}\n{}", shown(last), self.text());
                }
                let expected = if let Kind::While { rounds } = shape.kind { rounds as usize } else { 3 };
                assert!(told("iterations").is_none_or(|iterations| iterations == expected), "{}", self.text());
            }
            Kind::Retry { attempts } if is_final && shape.runs == 1 => {
                let passes = body("body").map(|first| self.passes(first, iteration)).unwrap_or_default();
                // One that fails has tried as often as it may.
                let expected = told("attempts").unwrap_or(attempts as usize);
                assert_eq!(passes, (0..expected as u32).collect(), "{}\n{}", shown(last), self.text());
            }
            Kind::Try if is_final => {
                if let Some(finally) = ran("finally") {
                    assert!(finally >= settled.len(), "finally was left out: {}\n{}", shown(last), self.text());
                }
                let caught = output.get("error_caught").and_then(Value::as_bool);
                if let (Some(catch), Some(caught), 1) = (ran("catch"), caught, shape.runs) {
                    assert_eq!(catch > 0, caught, "{}\n{}", shown(last), self.text());
                }
            }
            _ => {}
        }
    }

    /// Of a pass in which nothing failed and nothing was stopped every node is told, be it that it was skipped.
    fn check_whole(&self, shapes: &Shapes, shape: &Shape, iteration: &[u32], ends: &[&Record]) {
        let is_numbered = match shape.kind {
            Kind::Each | Kind::While { .. } | Kind::Retry { .. } => true,
            Kind::Try => false,
            Kind::Parallel | Kind::Timeout | Kind::Call { .. } | Kind::Child { .. } | Kind::Other => return,
        };
        if shape.runs > 1 || ends.last().and_then(|last| status(last)) != Some(StepStatus::Succeeded) {
            return;
        }
        for (_, first, nodes) in &shape.bodies {
            let inside: BTreeSet<&String> =
                nodes.iter().flat_map(|node| shapes[node].bodies.iter().flat_map(|(.., inside)| inside)).collect();
            let numbers = if is_numbered { self.passes(first, iteration).into_iter().map(Some).collect() } else { vec![None] };
            for number in numbers {
                let pass: Vec<u32> = iteration.iter().copied().chain(number).collect();
                let of_pass =
                    |record: &&Record| nodes.iter().any(|node| record.step.node_id == *node) && record.step.iteration.0.starts_with(&pass);
                let is_whole = |record: &Record| !matches!(status(record), Some(StepStatus::Failed | StepStatus::Cancelled));
                let has_begun = self.of(first, &pass).next().is_some();
                if has_begun && self.records.iter().filter(of_pass).all(is_whole) {
                    for node in nodes.iter().filter(|node| !inside.contains(node)) {
                        assert!(self.of(node, &pass).next().is_some(), "no record of {node} in {pass:?}\n{}", self.text());
                    }
                }
            }
        }
    }

    /// What is behind a node that failed for good is stopped with it.
    fn check_beside(&self, shape: &Shape, iteration: &[u32], ends: &[&Record]) {
        let Some(beside) = &shape.beside else { return };
        let Some(failed) = ends.last().filter(|last| status(last) == Some(StepStatus::Failed)) else { return };
        let mut after = self.of(beside, iteration).filter(|record| record.seq > failed.seq);
        let went_on = after.find(|record| status(record) == Some(StepStatus::Succeeded));
        assert!(went_on.is_none(), "{} although {}\n{}", went_on.map(shown).unwrap_or_default(), shown(failed), self.text());
    }

    /// A call that may be tried again is, as often as it may and not more.
    fn check_attempts(&self, shape: &Shape, ends: &[&Record]) {
        let (Kind::Call { tries } | Kind::Child { tries }) = shape.kind else { return };
        let most = tries * shape.runs;
        assert!(ends.iter().all(|record| record.attempt <= most), "more than {most} attempts\n{}", self.text());
        if let Some(last) = ends.last().filter(|last| failed_with(last, "busy") && shape.runs == 1) {
            assert_eq!(last.attempt, most, "{}\n{}", shown(last), self.text());
        }
    }

    /// Nothing of a body happens after its block has ended, unless that begins again.
    fn check_ends(&self, shapes: &Shapes) {
        let mut over: BTreeMap<(&str, &[u32]), &Record> = BTreeMap::new();
        let blocks: BTreeMap<&str, Vec<&str>> = shapes.iter().fold(BTreeMap::new(), |mut around, (id, shape)| {
            for inside in shape.bodies.iter().flat_map(|(.., nodes)| nodes) {
                around.entry(inside.as_str()).or_insert_with(Vec::new).push(id.as_str());
            }
            around
        });
        for record in self.records {
            let (node, numbers) = (record.step.node_id.as_str(), record.step.iteration.0.as_slice());
            for block in blocks.get(node).into_iter().flatten() {
                let iteration = &numbers[..shapes[*block].around.len()];
                let ended = over.get(&(*block, iteration));
                assert!(
                    ended.is_none(),
                    "{} comes after {}\n{}",
                    shown(record),
                    ended.map_or_else(String::new, |end| shown(end)),
                    self.text()
                );
            }
            let is_own = shapes.get(node).is_some_and(|shape| numbers.len() == shape.around.len());
            if status(record).is_some() && is_own {
                over.insert((node, numbers), record);
            } else {
                over.remove(&(node, numbers));
            }
            if is_own {
                // Whatever is within it begins anew with it.
                let within = |(block, own): &(&str, &[u32])| {
                    own.starts_with(numbers) && shapes[node].bodies.iter().any(|(.., nodes)| nodes.iter().any(|inside| inside == block))
                };
                if status(record).is_none() {
                    over.retain(|key, _| !within(key));
                }
            }
        }
    }
}
