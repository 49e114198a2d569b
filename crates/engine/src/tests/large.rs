//! Values in the object store: going through them, passing them on, resuming with them, and what cannot be done with them.

use std::sync::Arc;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use thaiyyal_model::{Limits, Record, RecordKind, Value, journal};

use super::notation::definition;
use super::world::{Shelf, catalog, ending, live_with, shown, start};
use crate::{Answer, Effect, EffectKind, Machine, Outcome, Plan, Progress, Stop};

/// So little fits into memory that a few dozen rows do not.
fn tight() -> Limits {
    Limits { max_value_bytes: 4_000, ..Limits::default() }
}

/// A table with so many rows; some cells are quoted, hold line ends or letters of several bytes.
fn table(rows: usize) -> String {
    let mut text = "id,name,amount\r\n".to_owned();
    for id in 0..rows {
        let name = ["plain", "\"with, comma\"", "\"two\nlines\"", "\"say \"\"hi\"\"\"", "ไทย"][id % 5];
        text.push_str(&format!("{id},{name},{}\n", id % 7));
        text.push_str(if id % 11 == 0 { "\n" } else { "" });
    }
    text
}

const PIPELINE: &str = r#"get: call u
    rows: parse {"input_type": "CSV"}
    big: filter item.amount > 2
    twice: map item.amount * 2
    sum: reduce accumulator + item
    get -> rows
    rows -> big
    picked: extract {"field": "filtered"}
    only: expression input.value
    big -> picked
    picked -> only
    only -> twice
    amounts: expression input.results
    twice -> amounts
    amounts -> sum"#;

struct Run {
    outcome: Outcome,
    records: Vec<Record>,
    results: Vec<(String, Value)>,
}

/// Runs a graph whose calls are answered with `answer`, from the beginning or from a journal.
fn run(shelf: &mut Shelf, graph: &str, limits: &Limits, answer: &Value, before: &[Record]) -> Run {
    let plan = Plan::compile(&definition(graph), catalog(), limits).unwrap_or_else(|invalid| panic!("{invalid:?}"));
    let limits = Arc::new(limits.clone());
    let mut machine = Machine::resume(Arc::new(plan.plan), start(), limits, before.to_vec()).expect("it is a journal");
    let (outcome, records) = live_with(shelf, &mut machine, |open| {
        let answer = |effect: Effect| match effect.kind {
            EffectKind::Call { .. } => (effect, Answer::Done(answer.clone())),
            EffectKind::Wait { .. } | EffectKind::Child(_) | EffectKind::Cancel { .. } => (effect, Answer::Woken),
        };
        open.drain(..).map(answer).collect()
    });
    let results = machine.results().map(|(id, value)| (id.to_owned(), value.clone())).collect();
    Run { outcome, records: before.iter().cloned().chain(records).collect(), results }
}

fn result<'a>(run: &'a Run, node: &str) -> &'a Value {
    &run.results.iter().find(|(id, _)| id == node).unwrap_or_else(|| panic!("{node} has no result: {:?}", run.outcome)).1
}

fn tells(graph: &str, text: &str, expected: &Expect) {
    let mut shelf = Shelf::default();
    let answer = shelf.text(text, 1_000);
    let run = run(&mut shelf, graph, &tight(), &answer, &[]);
    let message = run.outcome.error.as_ref().map(|error| format!("\n{}", error.message)).unwrap_or_default();
    expected.assert_eq(&format!("{}{message}", ending(&run.outcome)));
}

#[test]
fn a_table_is_filtered_and_summed_a_chunk_at_a_time() {
    let text = table(500);
    let mut shelf = Shelf::default();
    let answer = shelf.text(&text, 100);
    let run = run(&mut shelf, PIPELINE, &tight(), &answer, &[]);
    let expected: usize = (0..500).map(|id| id % 7).filter(|amount| *amount > 2).map(|amount| amount * 2).sum();
    assert_eq!(result(&run, "sum").get("result"), Some(&Value::from(expected)), "{:?}", run.outcome);
    assert!(result(&run, "rows").has_large() && result(&run, "big").has_large());
    assert_eq!(result(&run, "big").get("input_count"), Some(&Value::from(500)));
    // What goes to the store at once is a few chunks, not the whole.
    assert!(shelf.largest < 20_000, "{}", shelf.largest);
    for record in &run.records {
        let RecordKind::Ended { output: Some(output), .. } = &record.kind else { continue };
        assert!(output.held_bytes() < 4_000, "{}", shown(record));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_a_value_is_makes_no_difference(rows in 0..120_usize, chunk in 60..3_000_usize) {
        let text = table(rows);
        let mut shelf = Shelf::default();
        let answer = shelf.text(&text, chunk);
        let kept = run(&mut shelf, PIPELINE, &tight(), &answer, &[]);
        let held = run(&mut Shelf::default(), PIPELINE, &Limits::default(), &text.into(), &[]);
        prop_assert_eq!(ending(&kept.outcome), ending(&held.outcome));
        for ((node, kept), (_, held)) in kept.results.iter().zip(&held.results) {
            prop_assert_eq!(&shelf.whole(kept), held, "{}", node);
        }
    }

    #[test]
    fn lines_of_json_read_the_same_from_the_object_store(values in prop::collection::vec(0..1_000_000_u32, 0..100), chunk in 20..200_usize) {
        let text: String = values.iter().map(|value| format!("{{\"n\": {value}}}\n\n")).collect();
        let graph = "get: call u\nrows: parse {\"input_type\": \"NDJSON\"}\nget -> rows";
        let mut shelf = Shelf::default();
        let answer = shelf.text(&text, chunk);
        let limits = tight();
        let kept = run(&mut shelf, graph, &limits, &answer, &[]);
        let held = run(&mut Shelf::default(), graph, &Limits::default(), &text.into(), &[]);
        prop_assert_eq!(shelf.whole(&kept.outcome.output), held.outcome.output);
    }

    #[test]
    fn an_execution_resumed_after_any_record_goes_on_with_what_is_in_the_object_store(rows in 40..200_usize, chunk in 50..3_000_usize) {
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(rows), chunk);
        let whole = run(&mut shelf, PIPELINE, &tight(), &answer, &[]);
        for length in 0..=whole.records.len() {
            let stored = journal::encode(&whole.records[..length], None);
            let before = journal::decode(&stored).expect("it was encoded").records;
            prop_assert_eq!(&before, &whole.records[..length]);
            shelf.read = 0;
            let resumed = run(&mut shelf, PIPELINE, &tight(), &answer, &before);
            prop_assert_eq!(&resumed.outcome, &whole.outcome, "after {} records", length);
            prop_assert_eq!(&resumed.results, &whole.results);
            prop_assert_eq!(resumed.records.len(), whole.records.len());
            if length == whole.records.len() {
                prop_assert_eq!(shelf.read, 0, "what the journal names is not computed again");
            }
        }
    }

    #[test]
    fn a_part_of_an_array_is_the_same_wherever_it_is(start in -80..80_i32, end in -80..80_i32) {
        let graph = format!(
            "get: call u\nrows: parse {{\"input_type\": \"CSV\"}}\npart: slice {{\"start\": {start}, \"end\": {end}}}\nget -> rows\nrows -> part"
        );
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(60), 500);
        let kept = run(&mut shelf, &graph, &tight(), &answer, &[]);
        let held = run(&mut Shelf::default(), &graph, &Limits::default(), &table(60).into(), &[]);
        prop_assert_eq!(shelf.whole(&kept.outcome.output), held.outcome.output);
    }
}

/// Nodes that go through an array in the object store: rows, or cells of which some are null or empty.
const STREAMING: &[&str] = &[
    r#"cells: compact {}"#,
    r#"cells: compact {"remove_empty": true}"#,
    r#"rows: chunk {"size": 1}"#,
    r#"rows: chunk {"size": 7}"#,
    r#"cells: unique {}"#,
    r#"rows: unique {"field": "amount"}"#,
    r#"rows: unique {"field": "nope"}"#,
    r#"rows: reverse {}"#,
    r#"rows: sample {"count": 3, "method": "first"}"#,
    r#"rows: sample {"count": 90, "method": "first"}"#,
    r#"rows: sample {"count": 3, "method": "last"}"#,
    r#"rows: sample {"count": 90, "method": "last"}"#,
    r#"rows: sample {"count": 5}"#,
    r#"rows: sample {"count": 5, "seed": "x"}"#,
    r#"rows: sample {"count": 1000}"#,
    r#"rows: group_by {"field": "name", "keep_elements": false}"#,
    r#"rows: group_by {"field": "name", "aggregate": "sum", "value_field": "amount", "keep_elements": false}"#,
    r#"rows: group_by {"field": "amount", "aggregate": "avg", "value_field": "id", "keep_elements": false}"#,
    r#"rows: group_by {"field": "amount", "aggregate": "min", "value_field": "id", "keep_elements": false}"#,
    r#"rows: group_by {"field": "amount", "aggregate": "max", "value_field": "id", "keep_elements": false}"#,
    r#"rows: group_by {"field": "amount", "aggregate": "values", "value_field": "id", "keep_elements": false}"#,
    r#"cells: group_by {"field": "x", "keep_elements": false}"#,
    r#"rows: format {"output_type": "CSV"}"#,
    r#"rows: format {"output_type": "TSV", "include_headers": false}"#,
    r#"cells: format {"output_type": "JSON"}"#,
    r#"cells: format {"output_type": "NDJSON"}"#,
];

/// A workflow in which `x`, one of the above, has what it names for an input.
fn streaming(node: &str) -> String {
    let (source, node) = node.split_once(": ").expect("an input and a node");
    format!(
        "get: call u
         rows: parse {{\"input_type\": \"CSV\"}}
         mixed: flat_map {{\"expression\": \"[item.name, null, '', item.amount]\"}}
         cells: expression input.flattened
         x: {node}
         get -> rows -> mixed -> cells
         {source} -> x"
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nodes_that_go_through_an_array_give_the_same_wherever_it_is(rows in prop_oneof![0..3_usize, 30..110_usize], chunk in 60..3_000_usize) {
        let text = table(rows);
        for node in STREAMING {
            let graph = streaming(node);
            let mut shelf = Shelf::default();
            let answer = shelf.text(&text, chunk);
            let kept = run(&mut shelf, &graph, &tight(), &answer, &[]);
            let held = run(&mut Shelf::default(), &graph, &Limits::default(), &text.clone().into(), &[]);
            prop_assert_eq!(kept.outcome.error.as_ref(), None, "{}", node);
            prop_assert_eq!(&shelf.whole(result(&kept, "x")), result(&held, "x"), "{}", node);
            prop_assert!(shelf.largest < 12_000, "{} stores {} bytes at once", node, shelf.largest);
        }
    }

    #[test]
    fn a_loop_goes_through_an_array_wherever_it_is(
        rows in 0..110_usize,
        chunk in 60..3_000_usize,
        at_once in 1..5_u8,
        batch in prop::option::of(1..20_usize),
        stops in any::<bool>(),
    ) {
        let batch = batch.map(|size| format!(", \"batch_size\": {size}")).unwrap_or_default();
        let stop = if stops { ", \"break_when\": \"index == 30 && len(input) == 2\"" } else { "" };
        let graph = format!(
            "get: call u
             rows: parse {{\"input_type\": \"CSV\"}}
             x: for_each {{\"max_concurrency\": {at_once}, \"on_error\": \"collect\"{batch}{stop}}}
             one: expression input.amount == 3 ? input.nope : [item, index]
             get -> rows -> x
             x -body-> one"
        );
        let text = table(rows);
        let mut shelf = Shelf::default();
        let answer = shelf.text(&text, chunk);
        let kept = run(&mut shelf, &graph, &tight(), &answer, &[]);
        let held = run(&mut Shelf::default(), &graph, &Limits::default(), &text.into(), &[]);
        prop_assert_eq!(kept.outcome.error.as_ref(), None);
        prop_assert_eq!(&shelf.whole(result(&kept, "x")), result(&held, "x"));
    }

    #[test]
    fn results_of_a_loop_leave_room_for_its_errors(rows in 15..30_usize) {
        let graph = "get: call u
             rows: parse {\"input_type\": \"CSV\"}
             x: for_each {\"on_error\": \"collect\"}
             one: expression input.amount == 3 ? input.nope : [item, index]
             get -> rows -> x
             x -body-> one";
        let run = run(&mut Shelf::default(), graph, &tight(), &table(rows).into(), &[]);
        prop_assert_eq!(run.outcome.error.as_ref(), None);
    }

    #[test]
    fn a_loop_over_the_object_store_goes_on_after_any_record(rows in 20..60_usize, at_once in 1..4_u8, fails: u8) {
        let graph = format!(
            "get: call u
             rows: parse {{\"input_type\": \"CSV\"}}
             x: for_each {{\"max_concurrency\": {at_once}, \"batch_size\": 3}}
             ask: call {{\"url\": \"{{{{ input[0].id }}}}\"}}
             one: expression [input.length, node.ask == null ? 1 : item]
             last: expression input.results
             get -> rows -> x -done-> last
             x -body-> ask -> one"
        );
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(rows), 100 + usize::from(fails));
        let whole = run(&mut shelf, &graph, &tight(), &answer, &[]);
        prop_assert_eq!(whole.outcome.error.as_ref(), None);
        for length in (0..=whole.records.len()).step_by(3) {
            let resumed = run(&mut shelf, &graph, &tight(), &answer, &whole.records[..length]);
            prop_assert_eq!(&resumed.outcome, &whole.outcome, "after {} records", length);
            prop_assert_eq!(&resumed.results, &whole.results);
        }
    }
}

#[test]
fn what_an_execution_holds_is_the_same_when_it_is_resumed() {
    // The results hold the same list again and again, and come out of the journal with copies of it.
    let nodes: String = (0..4).map(|at| format!("r{at}: reduce [node.big, node.big]\nrows -> r{at}\n")).collect();
    let graph = format!("get: call u\nrows: parse {{\"input_type\": \"CSV\"}}\nbig: expression range(35)\nget -> rows -> big\n{nodes}");
    let mut ends = std::collections::BTreeSet::new();
    for most in (2_000..20_000).step_by(750) {
        let limits = Limits { max_total_bytes: most, ..tight() };
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(200), 1_000);
        let whole = run(&mut shelf, &graph, &limits, &answer, &[]);
        ends.insert(whole.outcome.error.as_ref().and_then(|error| error.node_id.clone()));
        for length in 0..=whole.records.len() {
            let stored = journal::encode(&whole.records[..length], None);
            let before = journal::decode(&stored).expect("it was encoded").records;
            let resumed = run(&mut shelf, &graph, &limits, &answer, &before);
            assert_eq!(resumed.outcome, whole.outcome, "after {length} records");
        }
    }
    assert!(ends.len() > 3, "some limits are crossed, one is not: {ends:?}");
}

#[test]
fn a_table_of_any_length_is_written_as_text() {
    for node in
        [r#"rows: format {"output_type": "CSV"}"#, r#"rows: format {"output_type": "NDJSON"}"#, r#"cells: format {"output_type": "JSON"}"#]
    {
        let (graph, text) = (streaming(node), table(900));
        let mut shelf = Shelf::default();
        let answer = shelf.text(&text, 1_000);
        let kept = run(&mut shelf, &graph, &tight(), &answer, &[]);
        let held = run(&mut Shelf::default(), &graph, &Limits::default(), &text.into(), &[]);
        let larges = result(&kept, "x").larges();
        assert!(larges[0].1.chunks().len() > 2 && larges[0].1.chunks().iter().all(|chunk| chunk.bytes <= 4_000), "{node}: {larges:?}");
        assert_eq!(shelf.whole(result(&kept, "x")), *result(&held, "x"), "{node}");
    }
}

#[test]
fn what_has_to_stay_in_memory_while_an_array_is_gone_through_is_bounded() {
    for (node, what) in [
        (r#"rows: chunk {"size": 500}"#, "a chunk must fit into memory, where a value may take 4000 bytes, and takes 4"),
        (r#"rows: unique {}"#, "what is compared, each different one once, must fit into memory"),
        (r#"rows: sample {"count": 150}"#, "a random sample must fit into memory"),
        (r#"rows: group_by {"field": "id", "keep_elements": false}"#, "what is kept of the groups must fit into memory"),
        (r#"rows: group_by {"field": "amount"}"#, "group_by with `keep_elements` off"),
        (r#"rows: format {"output_type": "JSON", "pretty_print": true}"#, "needs its whole input in memory"),
        (r#"rows: sort {"field": "id"}"#, "a node of type sort needs its whole input in memory, where a value may take 4000 bytes"),
    ] {
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(200), 1_000);
        let run = run(&mut shelf, &streaming(node), &tight(), &answer, &[]);
        let error = run.outcome.error.expect("it fails");
        assert_eq!((error.code.as_str(), error.node_id.as_deref()), ("value_too_large", Some("x")), "{node}");
        assert!(error.message.contains(what), "{node}: {}", error.message);
        assert_eq!(error.details.as_ref().and_then(|details| details.get("limit")), Some(&Value::from("max_value_bytes")), "{node}");
    }
}

#[test]
fn elements_are_found_divided_and_joined_in_the_object_store() {
    let graph = r#"get: call u
        rows: parse {"input_type": "CSV"}
        found: find item.id == 250
        sides: partition item.amount == 1
        names: flat_map {"expression": "[item.name, item.id]"}
        get -> rows
        rows -> found, rows -> sides, rows -> names"#;
    let mut shelf = Shelf::default();
    let answer = shelf.text(&table(300), 700);
    let kept = run(&mut shelf, graph, &tight(), &answer, &[]);
    let held = run(&mut Shelf::default(), graph, &Limits::default(), &table(300).into(), &[]);
    for node in ["found", "sides", "names"] {
        assert_eq!(shelf.whole(result(&kept, node)), *result(&held, node), "{node}");
    }
    assert_eq!(result(&kept, "sides").larges().len(), 2);
}

#[test]
fn a_node_that_needs_a_small_value_whole_gets_it() {
    let mut shelf = Shelf::default();
    let answer = shelf.text("b,a\n2,1\n", 4);
    let graph = "get: call u\nupper: text_operation {\"text_op\": \"uppercase\"}\nget -> upper";
    let run = run(&mut shelf, graph, &tight(), &answer, &[]);
    assert_eq!(ending(&run.outcome), r#"succeeded "B,A\n2,1\n""#);
}

#[test]
fn a_node_that_needs_a_large_value_whole_says_what_to_do() {
    let graph = "get: call u\nrows: parse {\"input_type\": \"CSV\"}\nsorted: sort {\"field\": \"id\"}\nget -> rows\nrows -> sorted";
    tells(
        graph,
        &table(200),
        &expect![[r#"
            failed: value_too_large at sorted
            a node of type sort needs its whole input in memory, where a value may take 4000 bytes, and this one has 8090; make it smaller first with a node that takes one element at a time: filter, map, reduce, find, partition, flat_map, slice, unique, compact, chunk, sample, reverse, for_each, group_by with `keep_elements` off, or format as CSV, TSV or NDJSON"#]],
    );
    let graph = "get: call u\nrows: parse {\"input_type\": \"JSON\"}\nget -> rows";
    tells(
        graph,
        &table(400),
        &expect![[r#"
            failed: value_too_large at rows
            a node of type parse needs its whole input in memory, where a value may take 4000 bytes, and this one has 6743; make it smaller first with a node that takes one element at a time: filter, map, reduce, find, partition, flat_map, slice, unique, compact, chunk, sample, reverse, for_each, group_by with `keep_elements` off, or format as CSV, TSV or NDJSON"#]],
    );
}

#[test]
fn expressions_see_how_much_there_is_and_refuse_to_look_inside() {
    let count = "get: call u\nrows: parse {\"input_type\": \"CSV\"}\nn: expression len(input) + input.length\nget -> rows\nrows -> n";
    tells(count, &table(200), &expect![[r#"succeeded 400"#]]);
    for source in [
        "input[0]",
        "input[0:2]",
        "sum(input)",
        "map(input, item)",
        "toJson(input)",
        "`${input}`",
        "input[0] ?? 5",
        "1 in input",
        "\"a\" + input",
    ] {
        let source = serde_json::Value::from(source);
        let graph = format!(
            "get: call u\nrows: parse {{\"input_type\": \"CSV\"}}\nn: expression {{\"expression\": {source}}}\nget -> rows\nrows -> n"
        );
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(200), 900);
        let run = run(&mut shelf, &graph, &tight(), &answer, &[]);
        let code = run.outcome.error.as_ref().map_or("-", |error| error.code.as_str());
        assert!(["expression_too_large", "expression_too_many_steps"].contains(&code), "{source}: {}", ending(&run.outcome));
    }
    let condition = "get: call u\nrows: parse {\"input_type\": \"CSV\"}\nc: condition input[0].id == 0\nget -> rows\nrows -> c";
    tells(
        condition,
        &table(200),
        &expect![[r#"
        failed: expression_too_large at c
        `input[0].id` is too large to be held in memory; go through it with a filter, map, reduce, find, partition, flat_map or slice node (line 1, column 1)"#]],
    );
}

#[test]
fn mistakes_in_a_table_are_told_with_their_line() {
    let graph = "get: call u\nrows: parse {\"input_type\": \"CSV\"}\nget -> rows";
    let mut text = table(300);
    text.push_str("1,2\n");
    text.push_str(&table(300));
    tells(
        graph,
        &text,
        &expect![[r#"
        failed: invalid_csv at rows
        the record before line 391 has 2 cells, and there are 3 columns"#]],
    );
    let open = format!("a,b\n1,\"{}", "x".repeat(9_000));
    tells(
        graph,
        &open,
        &expect![[r#"
        failed: value_too_large at rows
        a line or record may have 4000 bytes, and one has more"#]],
    );
}

#[test]
fn an_object_that_is_gone_is_a_failure_that_names_it() {
    let mut shelf = Shelf::default();
    let answer = shelf.text(&table(200), 1_000);
    let last = answer.larges()[0].1.chunks()[3].hash;
    shelf.objects.remove(&last);
    let run = run(&mut shelf, PIPELINE, &tight(), &answer, &[]);
    assert_eq!(ending(&run.outcome), "failed: object_missing at rows");
    assert!(run.outcome.error.is_some_and(|error| error.message.contains(&last.to_string())));
}

#[test]
fn what_an_execution_may_keep_is_limited_with_what_its_calls_bring() {
    let text = table(400);
    let room = text.len() as u64;
    for (stored, expected) in [(room - 1, "failed: too_many_stored_bytes at get"), (room + 10_000, "failed: too_many_stored_bytes at rows")]
    {
        let limits = Limits { max_stored_bytes: stored, ..tight() };
        let mut shelf = Shelf::default();
        let answer = shelf.text(&text, 1_000);
        let run = run(&mut shelf, PIPELINE, &limits, &answer, &[]);
        assert_eq!(ending(&run.outcome), expected);
        let details = run.outcome.error.and_then(|error| error.details).expect("limits have details");
        assert_eq!(details.get("limit"), Some(&Value::from("max_stored_bytes")));
    }
}

#[test]
fn without_an_object_store_a_list_that_is_too_large_fails_as_ever() {
    let limits = Limits { max_stored_bytes: 0, ..tight() };
    let run = run(&mut Shelf::default(), PIPELINE, &limits, &table(60).into(), &[]);
    assert_eq!(ending(&run.outcome), "failed: value_too_large at rows");
}

#[test]
fn a_stop_at_any_time_leaves_nothing_in_the_journal_that_is_not_stored() {
    let limits = Arc::new(tight());
    let plan = Arc::new(Plan::compile(&definition(PIPELINE), catalog(), &limits).expect("valid").plan);
    let now = start().started_at;
    for turns in 0..60 {
        let mut shelf = Shelf::default();
        let answer = shelf.text(&table(200), 1_000);
        let mut machine = Machine::start(Arc::clone(&plan), start(), Arc::clone(&limits));
        let mut turn = 0;
        loop {
            if turn == turns {
                machine.stop(Stop::Cancel, now);
            }
            turn += 1;
            match machine.advance(now) {
                Progress::Objects(traffic) => shelf.serve(&mut machine, traffic),
                Progress::More => {}
                Progress::Effects(effects) => {
                    effects.iter().for_each(|effect| machine.complete(&effect.step, Answer::Done(answer.clone()), now));
                }
                Progress::Ended(_) => break,
            }
        }
        for record in machine.take_records() {
            for (_, value) in record.kind.values().into_iter().flatten() {
                // Panics when it is not there.
                shelf.whole(value);
            }
        }
    }
}

#[test]
fn what_is_in_the_object_store_is_not_handed_to_another_execution() {
    let graph = r#"get: call u
        rows: parse {"input_type": "CSV"}
        big: filter item.amount > 2
        other: sub_workflow {"workflow": "other", "input": "{{ input.filtered }}"}
        get -> rows
        rows -> big
        big -> other"#;
    let mut shelf = Shelf::default();
    let answer = shelf.text(&table(300), 1_000);
    let run = run(&mut shelf, graph, &tight(), &answer, &[]);
    let error = run.outcome.error.expect("it fails");
    assert!(["value_too_large", "expression_too_large"].contains(&error.code.as_str()), "{error:?}");
    assert_eq!(error.node_id.as_deref(), Some("other"));
    let outcome = Outcome { status: thaiyyal_model::ExecutionStatus::Succeeded, output: answer, error: None };
    let ended = crate::Child::handed_over(outcome);
    assert_eq!((ended.status.as_str(), ended.error.map(|error| error.code)), ("failed", Some("value_too_large".into())));
}
