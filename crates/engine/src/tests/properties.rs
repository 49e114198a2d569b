//! What must hold for every definition, shown for random ones.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use proptest::prelude::*;
use thaiyyal_model::{Definition, Failure, Limits, Record, RecordKind, Value};

use super::notation::definition;
use super::world::{catalog, ending, live, start};
use crate::{Answer, Effect, EffectKind, Machine, Plan};

/// One line of notation per node, and the edges between them.
fn graphs() -> impl Strategy<Value = String> {
    let node = (0..16_usize, any::<prop::sample::Index>(), proptest::collection::vec((any::<prop::sample::Index>(), 0..5_usize), 0..4));
    proptest::collection::vec(node, 1..12).prop_map(|nodes| {
        let mut text = String::new();
        let mut edges = String::new();
        for (at, (kind, other, sources)) in nodes.iter().enumerate() {
            let other = other.index(nodes.len());
            let line = match kind {
                0 => format!("n{at} = {at}"),
                1 => format!("n{at}: expression coalesce(input.value, input, 0) + 1"),
                2 => format!("n{at}: condition coalesce(input.value, input, 0) > 5"),
                3 => format!("n{at}: delay {at}s"),
                4 | 5 => format!("n{at}: call {{\"url\": \"u{at}\", \"retry\": {{\"max_attempts\": 2}}}}"),
                6 => format!("n{at}: variable {{\"var_name\": \"v\", \"var_op\": \"set\"}}"),
                7 => format!("n{at}: expression coalesce(variables.v, uuid())"),
                8 => format!("n{at}: expression coalesce(node.n{other}, 'no result')"),
                9 => format!("n{at}: text_input {{\"text\": \"{{{{ coalesce(node.n{other}, 'nothing') }}}}\"}}"),
                10 => format!("n{at}: calls {{\"url\": \"u{at}\", \"count\": {}}}", at % 3),
                11 => format!("n{at}: try_catch {{\"fallback_value\": {at}}}"),
                12 => format!("n{at}: retry {{\"max_attempts\": 2, \"initial_delay\": \"10ms\", \"jitter\": 0.5}}"),
                13 => format!("n{at}: call {{\"url\": \"w{at}\", \"continue_on_fail\": true}}"),
                14 => format!("n{at}: rate_limiter {{\"max_requests\": 1, \"per_duration\": \"{at}s\"}}"),
                _ => format!("n{at}: visualization"),
            };
            text += &format!("{line}\n");
            for (source, handle) in sources.iter().filter(|_| at > 0) {
                let handle = ["", "", "true", "false", "on_error"][*handle];
                let arrow = if handle.is_empty() { "->".to_owned() } else { format!("-{handle}->") };
                edges += &format!("n{} {arrow} n{at}\n", source.index(at));
            }
        }
        text + &edges
    })
}

/// How the world answers: a fixed answer for each step and attempt.
fn answer(effect: &Effect, seed: u64) -> Answer {
    let EffectKind::Call { settings, .. } = &effect.kind else { return Answer::Woken };
    let mut mixed = seed ^ u64::from(effect.attempt) << 32;
    for byte in settings.text().bytes() {
        mixed = (mixed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    match mixed >> 7 & 7 {
        0 => Answer::Failed(Failure::new("refused", "no")),
        1 | 2 => Answer::Retry { after_ms: None, failure: Failure::new("busy", "later") },
        n => Answer::Done(Value::from(n as u32)),
    }
}

/// What must be the same however the answers came: the end and the results.
#[derive(Debug, PartialEq)]
struct Seen {
    ending: String,
    results: Vec<(String, String)>,
}

/// Runs to the end; `pick` decides which of the open effects is answered next.
fn run(machine: &mut Machine, seed: u64, mut pick: impl FnMut(usize) -> usize) -> (Seen, Vec<Record>) {
    let (outcome, records) = live(machine, |open| {
        let effect = open.remove(pick(open.len()));
        let answer = answer(&effect, seed);
        vec![(effect, answer)]
    });
    let results = machine.results().map(|(id, value)| (id.to_owned(), value.to_string())).collect();
    (Seen { ending: ending(&outcome), results }, records)
}

fn compile(definition: &Definition) -> Arc<Plan> {
    Arc::new(Plan::compile(definition, catalog(), &Limits::default()).expect("the graphs are valid").plan)
}

fn fresh(plan: &Arc<Plan>) -> Machine {
    Machine::start(Arc::clone(plan), start(), Arc::new(Limits::default()))
}

/// A node begins after all the nodes that its edges come from have ended.
fn check_order(definition: &Definition, records: &[Record]) {
    let mut sources: HashMap<&str, Vec<&str>> = HashMap::new();
    for edge in &definition.edges {
        sources.entry(&edge.target).or_default().push(&edge.source);
    }
    let mut ended = HashSet::new();
    for (record, seq) in records.iter().zip(1..) {
        assert_eq!(record.seq.0, seq, "the journal has no gaps");
        let node = record.step.node_id.as_str();
        for source in sources.get(node).into_iter().flatten() {
            assert!(ended.contains(source), "{node} began before {source} had ended");
        }
        if matches!(record.kind, RecordKind::Ended { .. }) {
            ended.insert(node);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_end_does_not_depend_on_the_order_of_answers(graph in graphs(), seed: u64, picks: Vec<prop::sample::Index>) {
        let definition = definition(&graph);
        let plan = compile(&definition);
        let (expected, records) = run(&mut fresh(&plan), seed, |_| 0);
        check_order(&definition, &records);
        let mut picks = picks.into_iter();
        let (seen, records) = run(&mut fresh(&plan), seed, |open| picks.next().map_or(open - 1, |pick| pick.index(open)));
        check_order(&definition, &records);
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn an_execution_resumed_after_any_record_comes_to_the_same_end(graph in graphs(), seed: u64) {
        let definition = definition(&graph);
        let plan = compile(&definition);
        let (expected, records) = run(&mut fresh(&plan), seed, |_| 0);
        for length in 0..=records.len() {
            let journal = records[..length].to_vec();
            let mut resumed = Machine::resume(Arc::clone(&plan), start(), Arc::new(Limits::default()), journal).expect("it is a journal");
            let (seen, rest) = run(&mut resumed, seed, |open| open - 1);
            prop_assert_eq!(&seen, &expected, "after {} records", length);
            let whole: Vec<Record> = records[..length].iter().cloned().chain(rest).collect();
            check_order(&definition, &whole);
        }
    }

    #[test]
    fn a_replay_of_the_whole_journal_writes_nothing_new(graph in graphs(), seed: u64) {
        let plan = compile(&definition(&graph));
        let (expected, records) = run(&mut fresh(&plan), seed, |open| open - 1);
        let bytes = thaiyyal_model::journal::encode(&records, None);
        let journal = thaiyyal_model::journal::decode(&bytes).expect("it was encoded").records;
        prop_assert_eq!(&journal, &records);
        let mut resumed = Machine::resume(plan, start(), Arc::new(Limits::default()), journal).expect("it is a journal");
        let (seen, rest) = run(&mut resumed, seed, |_| panic!("nothing is left to ask"));
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(rest, vec![]);
    }
}
