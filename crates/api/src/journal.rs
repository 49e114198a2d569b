//! What the journal of an execution tells: results by node, steps for people, events.

use std::collections::HashMap;

use serde::Serialize;
use thaiyyal_model::{Failure, Reason, Record, RecordKind, Seq, StepId, StepStatus, Str, Timestamp, Value, journal};
use thaiyyal_store::dispatch::Segment;

use crate::problem::Problem;
use crate::time::{Time, millis_between};

/// The records of some segments that stand after `after`.
pub(crate) fn records(segments: &[Segment], after: Seq) -> Result<Vec<Record>, Problem> {
    let mut records = Vec::new();
    for segment in segments {
        let decoded = journal::decode(&segment.bytes).map_err(Problem::internal)?;
        records.extend(decoded.records.into_iter().filter(|record| record.seq > after));
    }
    Ok(records)
}

/// The outputs of nodes, as far as one answer can hold them.
#[derive(Default)]
pub(crate) struct Results<'a> {
    /// By node id, in the order the nodes ended first.
    pub shown: Vec<(&'a Str, &'a Value)>,
    /// Nodes whose outputs did not fit.
    pub omitted: Vec<&'a Str>,
    /// Outputs of which a part is in the object store, shown or not.
    pub large: Vec<(&'a Str, &'a Value)>,
}

/// How much of outputs one answer holds (in memory, which is near the length of their JSON).
const ANSWER_BYTES: u64 = 16 << 20;

/// The outputs of the nodes that succeeded; a node that was run again shows its last output, one inside something that repeats none.
pub(crate) fn node_results(records: &[Record]) -> Results<'_> {
    node_results_within(records, ANSWER_BYTES)
}

fn node_results_within(records: &[Record], most: u64) -> Results<'_> {
    let mut last: Vec<(&Str, &Value)> = Vec::new();
    let mut places: HashMap<&Str, usize> = HashMap::new();
    for record in records {
        let RecordKind::Ended { status: StepStatus::Succeeded, output, .. } = &record.kind else { continue };
        if !record.step.iteration.is_empty() {
            continue;
        }
        let (id, output) = (&record.step.node_id, output.as_ref().unwrap_or(&Value::Null));
        match places.get(id) {
            Some(place) => last[*place].1 = output,
            None => {
                places.insert(id, last.len());
                last.push((id, output));
            }
        }
    }
    let mut room = most;
    let mut results = Results::default();
    for (id, output) in last {
        if output.has_large() {
            results.large.push((id, output));
        }
        match room.checked_sub(shown_bytes(output)) {
            Some(left) => {
                room = left;
                results.shown.push((id, output));
            }
            None => results.omitted.push(id),
        }
    }
    results
}

/// How much of an answer a value takes. One that is in the object store as a whole is not shown.
fn shown_bytes(value: &Value) -> u64 {
    match value {
        Value::Large(_) => u64::MAX,
        other => other.held_bytes(),
    }
}

/// One attempt of one step.
#[derive(Debug, Serialize)]
pub(crate) struct Step<'a> {
    /// The position of its first record, which orders steps.
    #[serde(skip)]
    pub first: Seq,
    pub node_id: &'a str,
    pub iteration: &'a [u32],
    #[serde(rename = "type")]
    pub node_type: &'a str,
    pub status: StepStatus,
    pub attempt: u32,
    pub started_at: Time,
    pub finished_at: Option<Time>,
    pub duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a Failure>,
    /// Names of the fields whose values are too large to be shown here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub omitted: Vec<&'static str>,
    /// The values of which a part is in the object store, by the names of their fields.
    #[serde(skip)]
    pub large: Vec<(&'static str, &'a Value)>,
}

/// A value larger than this (in memory, which is near the length of its JSON) is left out of steps and events.
pub(crate) const SHOWN_BYTES: u64 = 256 << 10;

/// The first steps after `after`, at most `limit` and no more than one answer holds; whether there are more. Steps that were under way when
/// the execution ended, ended with it.
pub(crate) fn page(records: &[Record], ended_at: Option<Timestamp>, after: Seq, limit: usize) -> (Vec<Step<'_>>, bool) {
    let mut steps = steps(records);
    if let Some(ended_at) = ended_at {
        steps.iter_mut().filter(|step| step.finished_at.is_none()).for_each(|step| step.cut_off(ended_at));
    }
    let mut rest = steps.into_iter().filter(|step| step.first > after).peekable();
    let mut room = ANSWER_BYTES;
    let mut page = Vec::new();
    while page.len() < limit
        && let Some(step) = rest.next_if(|step| page.is_empty() || step.shown_bytes() <= room)
    {
        room = room.saturating_sub(step.shown_bytes());
        page.push(step);
    }
    (page, rest.peek().is_some())
}

/// Every attempt of every step, in the order they began.
fn steps(records: &[Record]) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut open: HashMap<(&StepId, u32), usize> = HashMap::new();
    for record in records {
        let place = *open.entry((&record.step, record.attempt)).or_insert_with(|| {
            steps.push(Step::begun(record));
            steps.len() - 1
        });
        steps[place].follow(record);
    }
    steps
}

impl<'a> Step<'a> {
    fn begun(record: &'a Record) -> Self {
        Self {
            first: record.seq,
            node_id: &record.step.node_id,
            iteration: &record.step.iteration.0,
            node_type: &record.node_type,
            status: StepStatus::Running,
            attempt: record.attempt,
            started_at: Time(record.at),
            finished_at: None,
            duration_ms: None,
            reason: None,
            wake_at: None,
            signal: None,
            input: None,
            output: None,
            error: None,
            omitted: Vec::new(),
            large: Vec::new(),
        }
    }

    fn follow(&mut self, record: &'a Record) {
        (self.reason, self.wake_at, self.signal) = (None, None, None);
        match &record.kind {
            RecordKind::Started { input } => {
                self.status = StepStatus::Running;
                if let Some(input) = input {
                    self.input = self.shown("input", input);
                }
            }
            RecordKind::Waiting { reason, until, signal } => {
                self.status = StepStatus::Waiting;
                (self.reason, self.wake_at, self.signal) = (Some(*reason), until.map(Time), signal.as_deref());
            }
            RecordKind::Ended { status, started_at, output, error, .. } => {
                self.status = *status;
                self.started_at = Time(*started_at);
                self.finished_at = Some(Time(record.at));
                self.duration_ms = Some(millis_between(*started_at, record.at));
                self.error = error.as_ref();
                if let Some(output) = output {
                    self.output = self.shown("output", output);
                }
            }
        }
    }

    fn cut_off(&mut self, at: Timestamp) {
        self.status = StepStatus::Cancelled;
        (self.reason, self.wake_at, self.signal) = (None, None, None);
        self.finished_at = Some(Time(at));
        self.duration_ms = Some(millis_between(self.started_at.0, at));
    }

    fn shown_bytes(&self) -> u64 {
        [self.input, self.output].into_iter().flatten().map(shown_bytes).sum()
    }

    fn shown(&mut self, field: &'static str, value: &'a Value) -> Option<&'a Value> {
        if value.has_large() {
            self.large.push((field, value));
        }
        if shown_bytes(value) <= SHOWN_BYTES {
            return Some(value);
        }
        self.omitted.push(field);
        None
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::Iteration;

    use super::*;

    fn record(seq: u64, node: &str, attempt: u32, kind: RecordKind) -> Record {
        let step = StepId { node_id: node.into(), iteration: Iteration::default() };
        let at = Timestamp::from_millisecond(1_000 + i64::try_from(seq).unwrap()).unwrap();
        Record { seq: Seq(seq), at, step, node_type: "http".into(), attempt, kind }
    }

    fn ended(status: StepStatus, output: Option<Value>) -> RecordKind {
        let started_at = Timestamp::from_millisecond(1_000).unwrap();
        RecordKind::Ended { status, started_at, output, error: None, answer: None }
    }

    #[test]
    fn every_attempt_is_a_step_and_carries_what_was_asked() {
        let records = [
            record(1, "a", 1, RecordKind::Started { input: Some("first".into()) }),
            record(2, "a", 1, ended(StepStatus::Failed, None)),
            record(3, "a", 2, RecordKind::Waiting { reason: Reason::BackOff, until: None, signal: None }),
            record(4, "b", 1, ended(StepStatus::Succeeded, Some(7.into()))),
            record(5, "a", 2, RecordKind::Started { input: Some("second".into()) }),
        ];
        let steps = steps(&records);
        let shown: Vec<_> = steps.iter().map(|step| (step.node_id, step.attempt, step.status, step.input.cloned(), step.reason)).collect();
        assert_eq!(
            shown,
            [
                ("a", 1, StepStatus::Failed, Some("first".into()), None),
                ("a", 2, StepStatus::Running, Some("second".into()), None),
                ("b", 1, StepStatus::Succeeded, None, None),
            ]
        );
    }

    #[test]
    fn results_are_the_last_outputs_of_nodes_that_succeeded() {
        let records = [
            record(1, "a", 1, ended(StepStatus::Succeeded, Some(1.into()))),
            record(2, "b", 1, ended(StepStatus::Skipped, None)),
            record(3, "c", 1, ended(StepStatus::Succeeded, None)),
            record(4, "a", 1, ended(StepStatus::Succeeded, Some(2.into()))),
        ];
        let results: Vec<_> = node_results(&records).shown.into_iter().map(|(id, value)| (id.as_str(), value.clone())).collect();
        assert_eq!(results, [("a", 2.into()), ("c", Value::Null)]);
    }

    #[test]
    fn results_that_do_not_fit_are_named() {
        let output = |length: usize| Some(Value::from("x".repeat(length)));
        let records = [
            record(1, "a", 1, ended(StepStatus::Succeeded, output(600))),
            record(2, "b", 1, ended(StepStatus::Succeeded, output(600))),
            record(3, "c", 1, ended(StepStatus::Succeeded, output(10))),
        ];
        let results = node_results_within(&records, 1_000);
        let shown: Vec<_> = results.shown.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!((shown, results.omitted), (vec!["a", "c"], vec![&Str::from("b")]));
    }

    #[test]
    fn a_wait_tells_its_signal_and_ends_with_its_execution() {
        let waiting = RecordKind::Waiting { reason: Reason::Signal, until: None, signal: Some("paid".into()) };
        let records = [record(1, "a", 1, waiting), record(2, "b", 1, ended(StepStatus::Succeeded, None))];
        let (open, _) = page(&records, None, Seq(0), 10);
        assert_eq!((open[0].status, open[0].signal, open[0].duration_ms), (StepStatus::Waiting, Some("paid"), None));
        let (over, _) = page(&records, Some(Timestamp::from_millisecond(1_101).unwrap()), Seq(0), 10);
        assert_eq!((over[0].status, over[0].signal, over[0].reason), (StepStatus::Cancelled, None, None));
        assert_eq!((over[0].duration_ms, over[1].status), (Some(100), StepStatus::Succeeded));
    }

    #[test]
    fn a_huge_output_is_named_but_not_shown() {
        let huge = Value::from("x".repeat(300 << 10));
        let records = [record(1, "a", 1, ended(StepStatus::Succeeded, Some(huge)))];
        let steps = steps(&records);
        assert!(steps[0].output.is_none());
        assert_eq!(steps[0].omitted, ["output"]);
    }
}
