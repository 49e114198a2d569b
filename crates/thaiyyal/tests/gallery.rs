//! The gallery in `examples/`: every workflow is described, drawn tidily, valid, and gives what it says it gives.
#![expect(clippy::unwrap_used, reason = "a test whose stage cannot be set has failed")]

#[path = "gallery/example.rs"]
mod example;
#[path = "gallery/index.rs"]
mod index;
#[path = "gallery/rules.rs"]
mod rules;
#[path = "gallery/world.rs"]
mod world;

use std::path::Path;

use serde_json::{Value, json};
use thaiyyal_testkit::process::run;

use example::{Example, Gallery, Run};
use world::World;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_thaiyyal"))
}

#[test]
fn every_example_keeps_the_rules() {
    let broken = rules::broken(&Gallery::read());
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_index_of_the_examples_is_committed_as_it_is() {
    let text = index::text(&Gallery::read());
    let path = Gallery::folder().join("README.md");
    if std::fs::read_to_string(&path).unwrap_or_default() != text {
        std::fs::write(&path, &text).unwrap();
        panic!("examples/README.md was not what the examples say; it is written anew: commit it");
    }
}

#[tokio::test]
async fn every_example_is_valid_without_a_warning() {
    let gallery = Gallery::read();
    let files: Vec<String> = gallery.examples().map(|example| example.path.display().to_string()).collect();
    let args: Vec<&str> = ["validate", "--json"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let (code, out, err) = run(binary(), &args, &[]).await.unwrap();
    assert_eq!(code, Some(0), "{out}{err}");
    let reports: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(reports.len(), files.len());
    for report in reports {
        assert_eq!(report["warnings"], json!([]), "{}", report["file"]);
    }
}

#[tokio::test]
async fn every_example_gives_the_output_it_names() {
    let gallery = Gallery::read();
    let mut wrong = Vec::new();
    let mut count = 0;
    for example in gallery.examples() {
        for expected in &example.document.example.runs {
            let (output, asked) = output(example, expected).await;
            if output != expected.output {
                wrong.push(format!("{} with {}:\n  wanted {}\n  got    {output}", example.name(), expected.input, expected.output));
            }
            if asked.is_empty() == example.calls_an_api() {
                wrong.push(format!("{} asked {asked:?}", example.name()));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count} runs:\n{}", wrong.len(), wrong.join("\n"));
}

/// What comes out of an example in a fresh world, or all there is to say when nothing does; and what the world was asked.
async fn output(example: &Example, expected: &Run) -> (Value, Vec<String>) {
    let world = World::start().await.unwrap();
    let mut input = expected.input.clone();
    if example.calls_an_api() {
        if input.is_null() {
            input = json!({});
        }
        input["api"] = world.url().into();
    }
    let (path, input) = (example.path.display().to_string(), input.to_string());
    let signals: Vec<String> = expected.signals.iter().map(|(name, payload)| format!("--signal={name}={payload}")).collect();
    let args = ["run", "--allow-private-network", &path, "--input", &input];
    let args: Vec<&str> = args.into_iter().chain(signals.iter().map(String::as_str)).collect();
    let (code, out, err) = run(binary(), &args, &[]).await.unwrap();
    let answer: Value = serde_json::from_str(&out).unwrap_or_default();
    let output = match (code, answer.get("final_output")) {
        (Some(0), Some(output)) => output.clone(),
        _ => format!("exit code {code:?}: {out}{err}").into(),
    };
    (output, world.asked())
}
