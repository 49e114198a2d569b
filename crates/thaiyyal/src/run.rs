//! `thaiyyal run`: a workflow file, run in this process.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use serde_json::json;
use thaiyyal_engine::{Invalid, Plan, Stage};
use thaiyyal_model::{ExecutionStatus, Failure, Problem, SystemClock, Value};
use tokio_util::task::TaskTracker;

use crate::cli::{OutputFormat, Run};
use crate::config::Config;
use crate::library::Library;
use crate::local::{Finished, World, run_here};
use crate::say::{remark, say};
use crate::validate::{INVALID, line};
use crate::{file, parts};

/// Runs a file: exit code 0 when it succeeded, 1 when it failed, 2 when it cannot run.
pub(crate) async fn run(config: &Config, run: &Run) -> anyhow::Result<ExitCode> {
    let mut settings = config.connectors.clone();
    settings.allow_private_network |= run.allow_private_network;
    let connectors = parts::own_connectors(&settings)?;
    let catalog = parts::catalog(&connectors);
    let prepared = file::read(&run.file)
        .map_err(|error| refused(Problem::error("unreadable_file", "", format!("{error:#}"))))
        .and_then(|content| Ok((Plan::read(&content, &catalog, &config.limits)?, input(run.input.as_deref())?, signals(&run.signals)?)));
    let ((definition, compiled), input, signals) = match prepared {
        Ok(prepared) => prepared,
        Err(invalid) => {
            remark(format_args!("{} cannot run:", run.file.display()));
            invalid.problems.iter().for_each(|problem| remark(format_args!("  {}", line(problem))));
            if run.output == OutputFormat::Json {
                let answer = json!({ "success": false, "stage": invalid.stage.as_str(), "errors": invalid.problems });
                say(serde_json::to_string_pretty(&answer)?)?;
            }
            return Ok(ExitCode::from(INVALID));
        }
    };
    for warning in &compiled.warnings {
        remark(format_args!("warning: {}", line(warning)));
    }
    let limits = Arc::new(config.limits.clone());
    let folder = run.workflows.clone().unwrap_or_else(|| beside(&run.file));
    let library = Library::new(folder, catalog, Arc::clone(&limits));
    let world =
        World { limits, connectors, clock: Arc::new(SystemClock), library, signals: Mutex::new(signals), unwaited: TaskTracker::new() };
    let finished = run_here(Arc::new(world), Arc::new(compiled.plan), input).await?;
    for (node, value) in &finished.results {
        for (path, large) in value.larges() {
            let (kind, bytes) = (large.form().as_str(), large.bytes());
            remark(format_args!("the value of `{node}` is not shown at {path}: it is too large (a {kind} of {bytes} bytes)"));
        }
    }
    print(run.output, definition.workflow_id.as_deref(), &finished)?;
    Ok(if finished.status == ExecutionStatus::Succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The folder in which a file lies; for standard input the one this process works in.
fn beside(file: &Path) -> PathBuf {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn refused(problem: Problem) -> Invalid {
    Invalid { stage: Stage::Parse, problems: vec![problem] }
}

fn input(text: Option<&str>) -> Result<Value, Invalid> {
    let Some(text) = text else { return Ok(Value::Null) };
    let content = match text.strip_prefix('@') {
        Some(path) => std::fs::read(path)
            .map_err(|error| refused(Problem::error("unreadable_file", "", format!("{path} cannot be read: {error}"))))?,
        None => text.as_bytes().to_vec(),
    };
    Value::from_json(&content).map_err(|error| refused(Problem::error("invalid_json", "", format!("the input is not JSON: {error}"))))
}

/// What lies there for nodes that wait for signals, in the order given.
fn signals(texts: &[String]) -> Result<Vec<(String, Value)>, Invalid> {
    let refuse = |detail: String| refused(Problem::error("invalid_signal", "", detail));
    let parse = |text: &String| {
        let (name, payload) = text.split_once('=').ok_or_else(|| refuse(format!("--signal is NAME=JSON, and {text:?} has no `=`")))?;
        let payload = Value::from_json(payload.as_bytes()).map_err(|error| refuse(format!("the signal {name} is not JSON: {error}")))?;
        Ok((name.to_owned(), payload))
    };
    texts.iter().map(parse).collect()
}

fn print(format: OutputFormat, workflow: Option<&str>, finished: &Finished) -> anyhow::Result<()> {
    match format {
        OutputFormat::Json => {
            let results: serde_json::Map<String, serde_json::Value> = finished
                .results
                .iter()
                .map(|(node, value)| Ok((node.to_string(), serde_json::to_value(value)?)))
                .collect::<anyhow::Result<_>>()?;
            let mut answer = json!({
                "success": finished.status == ExecutionStatus::Succeeded,
                "status": finished.status,
                "execution_time_ms": finished.took.as_millis() as u64,
                "results": results,
            });
            let object = answer.as_object_mut().context("an object")?;
            if let Some(workflow) = workflow {
                object.insert("workflow_id".to_owned(), json!(workflow));
            }
            match &finished.error {
                Some(error) => object.insert("error".to_owned(), failure(error)?),
                None => object.insert("final_output".to_owned(), serde_json::to_value(&finished.output)?),
            };
            say(serde_json::to_string_pretty(&answer)?)?;
        }
        OutputFormat::Table => {
            let width = finished.results.iter().map(|(node, _)| node.chars().count()).max().unwrap_or(0).max(6);
            for (node, value) in &finished.results {
                say(format_args!("{node:<width$}  {value}"))?;
            }
            match &finished.error {
                Some(error) => say(format_args!(
                    "{:<width$}  {} [{}]{}",
                    "failed",
                    error.message,
                    error.code,
                    error.node_id.as_ref().map(|node| format!(" at {node}")).unwrap_or_default()
                ))?,
                None => say(format_args!("{:<width$}  {}", "output", finished.output))?,
            }
        }
    }
    Ok(())
}

fn failure(error: &Failure) -> anyhow::Result<serde_json::Value> {
    let mut error = serde_json::to_value(error)?;
    if let Some(object) = error.as_object_mut() {
        object.insert("stage".to_owned(), json!("node"));
    }
    Ok(error)
}
