//! Control flow nested three deep, with failures at places: what must hold wherever the journal is cut, whatever the order of answers, and
//! whenever it is cancelled.

mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use thaiyyal_model::{ExecutionStatus, Failure, Limits, Record, RecordKind, Value};

use super::notation::definition;
use super::world::{catalog, ending, live, shown, start, until};
use crate::{Answer, Effect, EffectKind, Machine, Plan, Progress, Stop};
use rules::{Kind, Shape, Shapes};

/// A piece of a workflow: nodes one after the other, some with bodies of their own.
#[derive(Debug, Clone)]
enum Piece {
    Compute,
    Call {
        goes_on: bool,
    },
    Delay(u8),
    /// Waits for a signal, for so many seconds.
    Signal(u8),
    Approval,
    Count,
    Child {
        waits: bool,
        retry: bool,
    },
    ForEach {
        at_once: u8,
        on_error: u8,
        deadline: u8,
        body: Vec<Piece>,
    },
    While {
        rounds: u8,
        body: Vec<Piece>,
    },
    Retry {
        attempts: u8,
        body: Vec<Piece>,
    },
    Timeout {
        seconds: u8,
        goes_on: bool,
        body: Vec<Piece>,
    },
    Try {
        body: Vec<Piece>,
        catch: Option<Vec<Piece>>,
        finally: Option<Vec<Piece>>,
    },
    Parallel {
        wait_for: u8,
        collects: bool,
        left: Vec<Piece>,
        right: Vec<Piece>,
    },
    /// Nodes that guard the one before them, in the old notation.
    Guard(u8),
    Handled(Vec<Piece>),
    /// A wait and a call, and a join that goes on with the first.
    Race {
        wait_for: u8,
        timeout: u8,
        call_first: bool,
    },
}

fn pieces(depth: u32) -> BoxedStrategy<Vec<Piece>> {
    let leaf = prop_oneof![
        2 => Just(Piece::Compute),
        4 => any::<bool>().prop_map(|goes_on| Piece::Call { goes_on }),
        2 => (0..4_u8).prop_map(Piece::Delay),
        2 => (1..4_u8).prop_map(Piece::Signal),
        1 => Just(Piece::Approval),
        1 => Just(Piece::Count),
        3 => any::<(bool, bool)>().prop_map(|(waits, retry)| Piece::Child { waits, retry }),
        1 => (0..3_u8).prop_map(Piece::Guard),
        1 => (0..3_u8, 0..3_u8, any::<bool>()).prop_map(|(wait_for, timeout, call_first)| Piece::Race { wait_for, timeout, call_first }),
    ];
    if depth == 0 {
        return proptest::collection::vec(leaf, 1..3).boxed();
    }
    let body = || pieces(depth - 1);
    let block = prop_oneof![
        (1..4_u8, 0..3_u8, 2..20_u8, body()).prop_map(|(at_once, on_error, deadline, body)| Piece::ForEach {
            at_once,
            on_error,
            deadline,
            body
        }),
        (1..3_u8, body()).prop_map(|(rounds, body)| Piece::While { rounds, body }),
        (1..4_u8, body()).prop_map(|(attempts, body)| Piece::Retry { attempts, body }),
        (1..5_u8, any::<bool>(), body()).prop_map(|(seconds, goes_on, body)| Piece::Timeout { seconds, goes_on, body }),
        (body(), proptest::option::of(body()), proptest::option::of(body())).prop_map(|(body, catch, finally)| Piece::Try {
            body,
            catch,
            finally
        }),
        (0..3_u8, any::<bool>(), body(), body()).prop_map(|(wait_for, collects, left, right)| Piece::Parallel {
            wait_for,
            collects,
            left,
            right
        }),
        body().prop_map(Piece::Handled),
    ];
    proptest::collection::vec(prop_oneof![1 => leaf, 2 => block], 1..3).boxed()
}

impl Piece {
    fn kind(&self) -> Kind {
        match self {
            Self::ForEach { .. } => Kind::Each,
            Self::While { rounds, .. } => Kind::While { rounds: u32::from(*rounds) },
            Self::Retry { attempts, .. } => Kind::Retry { attempts: u32::from(*attempts) },
            Self::Timeout { .. } => Kind::Timeout,
            Self::Try { .. } => Kind::Try,
            Self::Parallel { .. } => Kind::Parallel,
            Self::Child { retry, .. } => Kind::Child { tries: 1 + u32::from(*retry) },
            // Calls are known by their text.
            Self::Compute
            | Self::Call { .. }
            | Self::Delay(_)
            | Self::Signal(_)
            | Self::Approval
            | Self::Count
            | Self::Guard(_)
            | Self::Handled(_)
            | Self::Race { .. } => Kind::Other,
        }
    }
}

/// A workflow, and what is known of its nodes.
struct Graph {
    text: String,
    shapes: Shapes,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// Writes pieces in the notation of the tests.
#[derive(Default)]
struct Writer {
    nodes: String,
    edges: String,
    count: usize,
    shapes: Shapes,
    /// What around the next node puts a number into its steps.
    around: Vec<Kind>,
}

/// The id of a node: nodes that begin together run in the order of their ids, which so is the order in which they are written.
fn numbered(at: usize) -> String {
    format!("n{at:03}")
}

impl Writer {
    fn node(&mut self, text: &str) -> String {
        let id = numbered(self.count);
        self.count += 1;
        self.nodes += &format!("{id}: {text}\n");
        let kind = if text.starts_with("call ") { Kind::Call { tries: 1 + u32::from(text.contains("max_attempts")) } } else { Kind::Other };
        self.shapes.insert(id.clone(), Shape { kind, bodies: Vec::new(), around: self.around.clone(), runs: 1, beside: None });
        id
    }

    fn edge(&mut self, from: &str, handle: &str, to: &str) {
        let arrow = if handle.is_empty() { "->".to_owned() } else { format!("-{handle}->") };
        self.edges += &format!("{from} {arrow} {to}\n");
    }

    /// Writes pieces that begin at an output.
    fn chain(&mut self, from: &str, handle: &str, pieces: &[Piece]) {
        let (mut from, mut handle) = (from.to_owned(), handle.to_owned());
        for piece in pieces {
            let to = self.piece(&from, &handle, piece);
            if let (Piece::Guard(1), true, Some(before)) = (piece, matches!(handle.as_str(), "" | "on_error"), self.shapes.get_mut(&from)) {
                before.runs = 2;
            }
            (from, handle) = (to, String::new());
        }
    }

    fn piece(&mut self, from: &str, handle: &str, piece: &Piece) -> String {
        let url = format!("{{\"url\": \"u{} {{{{ coalesce(index, 'no index') }}}}\"", self.count);
        let (text, bodies): (String, Vec<(&str, &[Piece])>) = match piece {
            Piece::Compute => ("expression coalesce(input.value, input, 0)".to_owned(), vec![]),
            Piece::Call { goes_on: true } => (format!("call {url}, \"continue_on_fail\": true}}"), vec![]),
            Piece::Call { goes_on: false } => (format!("call {url}, \"retry\": {{\"max_attempts\": 2}}}}"), vec![]),
            Piece::Delay(seconds) => (format!("delay {seconds}s"), vec![]),
            Piece::Signal(seconds) => {
                let text =
                    format!("wait {{\"for\": \"signal\", \"name\": \"s{{{{ coalesce(index, 0) }}}}\", \"timeout\": \"{seconds}s\"}}");
                (text, vec![])
            }
            Piece::Approval => ("approval {\"title\": \"Yes?\", \"timeout\": \"2s\"}".to_owned(), vec![]),
            Piece::Count => ("counter {\"counter_op\": \"increment\"}".to_owned(), vec![]),
            Piece::Child { waits, retry } => {
                let retry = if *retry { ", \"retry\": {\"max_attempts\": 2}" } else { "" };
                let output = "\"output\": \"coalesce(input.value, input)\"";
                (format!("sub_workflow {{\"workflow\": \"w\", \"wait\": {waits}, {output}{retry}}}"), vec![])
            }
            Piece::Guard(0) => ("try_catch {\"fallback_value\": 7}".to_owned(), vec![]),
            Piece::Guard(1) => ("retry {\"max_attempts\": 2, \"jitter\": 0.5}".to_owned(), vec![]),
            Piece::Guard(_) => ("timeout {\"timeout\": \"2s\", \"timeout_action\": \"continue_with_partial\"}".to_owned(), vec![]),
            Piece::Race { wait_for, timeout, call_first } => {
                let texts = ["delay 1s".to_owned(), format!("call {url}, \"retry\": {{\"max_attempts\": 2}}}}")];
                let first = self.node(&texts[usize::from(*call_first)]);
                self.edge(from, handle, &first);
                let second = self.node(&texts[usize::from(!*call_first)]);
                self.edge(from, handle, &second);
                self.shapes.get_mut(&first).expect("it was written").beside = Some(second.clone());
                let wait_for = ["\"first\"", "\"all\"", "2"][*wait_for as usize];
                let join = self.node(&format!("join {{\"wait_for\": {wait_for}, \"timeout\": \"{timeout}s\"}}"));
                self.edge(&first, "", &join);
                self.edge(&second, "", &join);
                return join;
            }
            Piece::ForEach { at_once, on_error, deadline, body } => {
                let on_error = ["continue", "stop", "collect"][*on_error as usize];
                let text =
                    format!("for_each {{\"max_concurrency\": {at_once}, \"on_error\": \"{on_error}\", \"deadline\": \"{deadline}s\"}}");
                (text, vec![("body", body)])
            }
            Piece::While { rounds, body } => (format!("while_loop {{\"condition\": \"index < {rounds}\"}}"), vec![("body", body)]),
            Piece::Retry { attempts, body } => (format!("retry {{\"max_attempts\": {attempts}}}"), vec![("body", body)]),
            Piece::Timeout { seconds, goes_on, body } => {
                let action = if *goes_on { "continue_with_partial" } else { "error" };
                (format!("timeout {{\"timeout\": \"{seconds}s\", \"timeout_action\": \"{action}\"}}"), vec![("body", body)])
            }
            Piece::Try { body, catch, finally } => {
                let others = [("catch", catch), ("finally", finally)];
                let others = others.into_iter().filter_map(|(name, body)| Some((name, body.as_deref()?)));
                ("try_catch {}".to_owned(), [("try", body.as_slice())].into_iter().chain(others).collect())
            }
            Piece::Parallel { wait_for, collects, left, right } => {
                let wait_for = ["\"all\"", "\"first\"", "2"][*wait_for as usize];
                let on_error = if *collects { "collect" } else { "fail_fast" };
                let text =
                    format!("parallel {{\"branches\": [\"left\", \"right\"], \"wait_for\": {wait_for}, \"on_error\": \"{on_error}\"}}");
                (text, vec![("left", left), ("right", right)])
            }
            Piece::Handled(handler) => {
                let call = self.node(&format!("call {url}}}"));
                self.edge(from, handle, &call);
                self.chain(&call, "on_error", handler);
                return call;
            }
        };
        let mut from = from.to_owned();
        let mut handle = handle.to_owned();
        if matches!(piece, Piece::ForEach { .. }) {
            let range = self.node("range {\"start\": 1, \"end\": 3}");
            self.edge(&from, &handle, &range);
            (from, handle) = (range, String::new());
        }
        let node = self.node(&text);
        self.edge(&from, &handle, &node);
        let kind = piece.kind();
        let is_numbered = matches!(kind, Kind::Each | Kind::While { .. } | Kind::Retry { .. });
        for (port, body) in bodies {
            let first = self.count;
            self.around.extend(is_numbered.then_some(kind));
            self.chain(&node, port, body);
            if is_numbered {
                self.around.pop();
            }
            let nodes = (first..self.count).map(numbered).collect();
            let shape = self.shapes.get_mut(&node).expect("it was written");
            shape.bodies.push((port.to_owned(), numbered(first), nodes));
        }
        if kind != Kind::Other {
            self.shapes.get_mut(&node).expect("it was written").kind = kind;
        }
        node
    }
}

fn graphs() -> impl Strategy<Value = Graph> {
    pieces(3).prop_map(|pieces| {
        let mut writer = Writer { nodes: "start = 1\n".to_owned(), ..Writer::default() };
        writer.chain("start", "", &pieces);
        Graph { text: writer.nodes + &writer.edges, shapes: writer.shapes }
    })
}

/// How the world answers: a fixed answer for each step and attempt.
fn answer(effect: &Effect, seed: u64) -> Answer {
    let asked = match &effect.kind {
        EffectKind::Call { settings, .. } => settings.text(),
        EffectKind::Wait { expects: Some(expects), .. } => expects.signal.clone(),
        // Whatever was answered to a child follows from its id.
        EffectKind::Child(child) => child.id.to_string().into(),
        EffectKind::Wait { expects: None, .. } | EffectKind::Cancel { .. } => return Answer::Woken,
    };
    let mut mixed = seed ^ u64::from(effect.attempt) << 32;
    for byte in asked.bytes().chain(effect.step.to_string().bytes()) {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    if let EffectKind::Wait { .. } = effect.kind {
        return match mixed >> 7 & 3 {
            0 => Answer::Woken,
            1 => Answer::Done(Value::from_json(br#"{"decision": "approved"}"#).expect("valid JSON")),
            n => Answer::Done(Value::from(n as u32)),
        };
    }
    match mixed >> 7 & 7 {
        0 => Answer::Failed(Failure::new("refused", "no")),
        1 | 2 => Answer::Retry { after_ms: None, failure: Failure::new("busy", "later") },
        3 => Answer::Done(Value::from_json(br#"{"error": "soft"}"#).expect("valid JSON")),
        n => Answer::Done(Value::from(n as u32)),
    }
}

fn limits() -> Arc<Limits> {
    Arc::new(Limits { max_calls: None, max_node_executions: Some(5_000), ..Limits::default() })
}

fn compile(graph: &str) -> Arc<Plan> {
    Arc::new(Plan::compile(&definition(graph), catalog(), &limits()).unwrap_or_else(|invalid| panic!("{invalid:?}\n{graph}")).plan)
}

fn fresh(plan: &Arc<Plan>) -> Machine {
    Machine::start(Arc::clone(plan), start(), limits())
}

/// Takes the effect that is answered next in a world where calls take no time: a call, or the wait that ends first.
fn first(open: &mut Vec<Effect>) -> Effect {
    let at = (0..open.len()).min_by_key(|at| (until(&open[*at]), open[*at].step.clone())).expect("something is open");
    open.remove(at)
}

fn results(machine: &Machine) -> BTreeMap<String, Value> {
    machine.results().map(|(id, value)| (id.to_owned(), value.clone())).collect()
}

/// Runs to the end; `pick` takes the next of the open effects.
fn run(machine: &mut Machine, shapes: &Shapes, seed: u64, mut pick: impl FnMut(&mut Vec<Effect>) -> Effect) -> (String, Vec<Record>) {
    let (outcome, records) = live(machine, |open| {
        let effect = pick(open);
        rules::check_identity(shapes, &effect);
        let answer = answer(&effect, seed);
        vec![(effect, answer)]
    });
    let results: Vec<String> = machine.results().map(|(id, value)| format!("{id}={value}")).collect();
    (format!("{} {}", ending(&outcome), results.join(" ")), records)
}

/// Whatever a journal says has begun it says has ended.
fn check_nothing_is_left(records: &[Record]) {
    let mut open = BTreeSet::new();
    for record in records {
        match &record.kind {
            RecordKind::Started { .. } | RecordKind::Waiting { .. } => {
                open.insert(record.step.clone());
            }
            RecordKind::Ended { .. } => {
                open.remove(&record.step);
            }
        }
    }
    assert!(open.is_empty(), "{open:?} is left of\n{}", records.iter().map(|record| shown(record) + "\n").collect::<String>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn an_execution_resumed_after_any_record_comes_to_the_same_end(graph in graphs(), seed: u64) {
        let plan = compile(&graph.text);
        let mut machine = fresh(&plan);
        let (expected, records) = run(&mut machine, &graph.shapes, seed, first);
        check_nothing_is_left(&records);
        rules::check(&graph.shapes, &records, &results(&machine));
        let step = records.len().div_ceil(60).max(1);
        for length in (0..=records.len()).step_by(step) {
            let mut resumed = Machine::resume(Arc::clone(&plan), start(), limits(), records[..length].to_vec()).expect("it is a journal");
            let (seen, rest) = run(&mut resumed, &graph.shapes, seed, first);
            prop_assert_eq!(&seen, &expected, "after {} records", length);
            let whole: Vec<Record> = records[..length].iter().cloned().chain(rest).collect();
            check_nothing_is_left(&whole);
            rules::check(&graph.shapes, &whole, &results(&resumed));
        }
    }

    #[test]
    fn a_journal_is_replayed_whatever_the_order_of_answers_was(graph in graphs(), seed: u64, picks: Vec<prop::sample::Index>) {
        let plan = compile(&graph.text);
        let mut picks = picks.into_iter();
        let mut machine = fresh(&plan);
        let (expected, records) = run(&mut machine, &graph.shapes, seed, |open| {
            let at = picks.next().map_or(open.len() - 1, |pick| pick.index(open.len()));
            open.remove(at)
        });
        check_nothing_is_left(&records);
        rules::check(&graph.shapes, &records, &results(&machine));
        let mut resumed = Machine::resume(plan, start(), limits(), records).expect("it is a journal");
        let (seen, rest) = run(&mut resumed, &graph.shapes, seed, |_| panic!("nothing is left to ask"));
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(rest, vec![]);
    }

    #[test]
    fn cancelling_leaves_nothing_running(graph in graphs(), seed: u64, after in 0..20_usize) {
        let plan = compile(&graph.text);
        let mut machine = fresh(&plan);
        let (mut open, mut records, mut now) = (Vec::new(), Vec::new(), start().started_at);
        for turn in 0.. {
            if turn == after {
                machine.stop(Stop::Cancel, now);
            }
            let progress = machine.advance(now);
            records.extend(machine.take_records());
            match progress {
                Progress::More | Progress::Objects(_) => {}
                Progress::Ended(outcome) => {
                    let is_cancelled = outcome.status == ExecutionStatus::Cancelled;
                    prop_assert_eq!(is_cancelled, turn >= after);
                    if !is_cancelled {
                        return Ok(());
                    }
                    break;
                }
                Progress::Effects(effects) => {
                    for effect in effects {
                        match effect.kind {
                            EffectKind::Cancel { .. } => open.retain(|other: &Effect| other.step != effect.step),
                            EffectKind::Call { .. } | EffectKind::Child(_) | EffectKind::Wait { .. } => open.push(effect),
                        }
                    }
                    prop_assert!(!open.is_empty());
                    let effect = first(&mut open);
                    now = until(&effect).map_or(now, |until| until.max(now));
                    machine.complete(&effect.step, answer(&effect, seed), now);
                }
            }
        }
        check_nothing_is_left(&records);
        // Whoever resumes it is told to cancel again, and finds nothing more to do than that.
        let mut resumed = Machine::resume(plan, start(), limits(), records).expect("it is a journal");
        resumed.stop(Stop::Cancel, now);
        let (seen, _) = run(&mut resumed, &graph.shapes, seed, |_| panic!("it is cancelled"));
        prop_assert!(seen.starts_with("cancelled"), "{}", seen);
    }
}
