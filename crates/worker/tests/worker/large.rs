//! Values in the object store: out of the journal and back, through crashes, and gone.

use std::fs;

use thaiyyal_model::{Chunk, ExecutionId, Form, Large, Limits, Object, Record, RecordKind, StepStatus, Value, journal};
use thaiyyal_objects::Error;

use super::{
    spy::Fault,
    stage::{Stage, row},
};

/// A value that does not belong into the journal.
fn huge() -> Value {
    Value::from("x".repeat(100_000))
}

/// Two calls, then what the first one gave is used.
fn calls() -> String {
    row(&["n:number{\"value\":1}", "a:ask", "b:ask", "e:expression{\"expression\":\"node.a.length\"}"])
}

/// What a node gave, as the journal has it.
fn output(records: &[Record], node: &str) -> Option<Value> {
    records.iter().filter(|record| record.step.node_id == node).find_map(|record| match &record.kind {
        RecordKind::Ended { status: StepStatus::Succeeded, output, .. } => output.clone(),
        RecordKind::Ended { .. } | RecordKind::Started { .. } | RecordKind::Waiting { .. } => None,
    })
}

async fn another_worker_takes_over(stage: &Stage, execution: ExecutionId) {
    stage.pass(31);
    assert_eq!(stage.reap().await, [execution]);
    stage.pass(60);
}

#[tokio::test]
async fn what_is_too_large_for_the_journal_is_an_object_that_is_there_before_it() {
    let stage = Stage::new().await;
    let worker = stage.worker();
    let execution = stage.accept_one(&calls()).await;
    stage.world.asked().await.done(huge());
    let b = stage.world.asked().await;
    let records = stage.journal(execution).await;
    let Some(Value::Large(large)) = output(&records, "a") else { panic!("it is no object: {records:?}") };
    assert_eq!(large.form(), Form::Json);
    assert_eq!(stage.shelf(execution).load(&large).await.unwrap(), huge());

    worker.kill(&stage).await;
    drop(b);
    another_worker_takes_over(&stage, execution).await;
    let _second = stage.worker();
    stage.hint_again().await;
    stage.world.asked().await.done("small");
    assert_eq!(stage.output(execution).await, "100000");
    stage.is_clean().await;
}

#[tokio::test]
async fn an_output_of_the_execution_is_moved_too() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask"])).await;
    stage.world.asked().await.done(huge());
    let ended = stage.reached(execution, thaiyyal_model::ExecutionStatus::Succeeded).await;
    let stored = ended.output.unwrap();
    assert!(journal::has_kept(&stored) && stored.len() < 1_000);
    let Value::Large(large) = journal::decode_value(&stored).unwrap() else { panic!("it is no object") };
    assert_eq!(stage.shelf(execution).load(&large).await.unwrap(), huge());
}

#[tokio::test]
async fn pure_executions_that_end_at_once_store_before_they_end() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let text = "ab".repeat(50_000);
    let definition = row(&[&format!("t:text_input{{\"text\":\"{text}\"}}")]);
    for execution in stage.accept(&definition, 3).await {
        let ended = stage.reached(execution, thaiyyal_model::ExecutionStatus::Succeeded).await;
        let Value::Large(large) = journal::decode_value(&ended.output.unwrap()).unwrap() else { panic!("it is no object") };
        assert_eq!(stage.shelf(execution).load(&large).await.unwrap(), Value::from(text.as_str()));
    }
    stage.is_clean().await;
}

#[tokio::test]
async fn an_object_without_a_record_does_no_harm() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&calls()).await;
    let a = stage.world.asked().await;
    // The object is stored, the record never is.
    stage.spy.set("append", Fault::Away(u32::MAX));
    let before = stage.spy.count("append");
    a.done(huge());
    stage.until("the worker tries to write", || async { stage.spy.count("append") > before }).await;
    let orphan = Object::of(huge().to_json());
    assert!(stage.shelf(execution).exists(orphan.hash).await.unwrap());
    first.kill(&stage).await;
    stage.spy.set("append", Fault::Away(0));

    another_worker_takes_over(&stage, execution).await;
    let _second = stage.worker();
    stage.hint_again().await;
    let again = stage.world.asked().await;
    assert_eq!(again.node(), "a");
    again.done("abc");
    stage.world.asked().await.done("small");
    assert_eq!(stage.output(execution).await, "3");
    assert!(stage.shelf(execution).exists(orphan.hash).await.unwrap());
    stage.is_clean().await;
}

#[tokio::test]
async fn an_execution_whose_objects_are_gone_fails_with_the_reason() {
    let stage = Stage::new().await;
    let first = stage.worker();
    let execution = stage.accept_one(&calls()).await;
    stage.world.asked().await.done(huge());
    let b = stage.world.asked().await;
    first.kill(&stage).await;
    drop(b);
    fs::remove_dir_all(stage.objects_folder()).unwrap();

    another_worker_takes_over(&stage, execution).await;
    let _second = stage.worker();
    stage.hint_again().await;
    assert_eq!(stage.failure(execution).await, "object_missing");
    stage.is_clean().await;
}

#[tokio::test]
async fn a_table_in_the_object_store_is_summed_with_little_memory_and_a_small_journal() {
    let mut stage = Stage::new().await;
    stage.limits = Limits { max_value_bytes: 50_000, max_total_bytes: 200_000, ..Limits::default() };
    let rows = 20_000;
    let definition = row(&[
        "n:number{\"value\":1}",
        "a:ask",
        "rows:parse{\"input_type\":\"CSV\"}",
        "some:filter{\"condition\":\"item.amount > 2\"}",
        "values:extract{\"field\":\"filtered\"}",
        "only:expression{\"expression\":\"input.value\"}",
        "sum:reduce{\"expression\":\"accumulator + item.amount\"}",
    ]);
    let _worker = stage.worker();
    let execution = stage.accept_one(&definition).await;
    let a = stage.world.asked().await;
    a.done(table(&stage, execution, rows).await);
    let output: Value = Value::from_json(stage.output(execution).await.as_bytes()).unwrap();
    let expected: usize = (0..rows).map(|row| row % 5).filter(|amount| *amount > 2).sum();
    assert_eq!(output.get("result"), Some(&Value::from(expected)));
    let journal = stage.journal(execution).await;
    assert!(journal::encode(&journal, None).len() < 20_000);
    stage.is_clean().await;
}

/// A table in chunks of 10 kB.
async fn table(stage: &Stage, execution: ExecutionId, rows: usize) -> Value {
    let shelf = stage.shelf(execution);
    let text: String = std::iter::once("id,amount\n".to_owned()).chain((0..rows).map(|row| format!("{row},{}\n", row % 5))).collect();
    let mut chunks = Vec::new();
    for part in text.as_bytes().chunks(10_000) {
        let object = Object::of(part.to_vec());
        shelf.put(&object).await.unwrap();
        chunks.push(Chunk { hash: object.hash, bytes: u32::try_from(part.len()).unwrap(), items: 0 });
    }
    Large::new(Form::Text, chunks).into()
}

#[tokio::test]
async fn a_chunk_that_is_gone_fails_the_node_that_reads_it() {
    let mut stage = Stage::new().await;
    stage.limits = Limits { max_value_bytes: 50_000, ..Limits::default() };
    let _worker = stage.worker();
    let execution = stage.accept_one(&row(&["n:number{\"value\":1}", "a:ask", "rows:parse{\"input_type\":\"CSV\"}"])).await;
    let a = stage.world.asked().await;
    let table = table(&stage, execution, 20_000).await;
    stage.shelf(execution).delete_all().await.unwrap();
    a.done(table.clone());
    assert_eq!(stage.failure(execution).await, "object_missing");
    let first = table.larges()[0].1.chunks()[0].hash;
    assert!(matches!(stage.shelf(execution).get(first).await, Err(Error::Missing(_))));
}
