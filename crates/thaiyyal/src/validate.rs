//! `thaiyyal validate`: every problem of every file.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};
use thaiyyal_engine::{Catalog, Plan};
use thaiyyal_model::Problem;

use crate::cli::Validate;
use crate::config::Config;
use crate::say::say;
use crate::{file, parts};

/// Exit code of a command that was given something that cannot run.
pub(crate) const INVALID: u8 = 2;

/// Checks files; exit code 2 when any has an error.
pub(crate) fn validate(config: &Config, validate: &Validate) -> anyhow::Result<ExitCode> {
    let catalog = parts::catalog(&parts::own_connectors(&config.connectors)?);
    let reports: Vec<Report> = validate.files.iter().map(|path| check(path, &catalog, config)).collect();
    if validate.json {
        say(serde_json::to_string_pretty(&reports.iter().map(Report::to_json).collect::<Vec<_>>())?)?;
    } else {
        reports.iter().try_for_each(Report::print)?;
    }
    let valid = reports.iter().all(|report| report.errors.is_empty());
    Ok(if valid { ExitCode::SUCCESS } else { ExitCode::from(INVALID) })
}

struct Report {
    file: String,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

fn check(path: &Path, catalog: &Catalog, config: &Config) -> Report {
    let file = path.display().to_string();
    let (errors, warnings) = match file::read(path) {
        Err(error) => (vec![Problem::error("unreadable_file", "", format!("{error:#}"))], Vec::new()),
        Ok(content) => match Plan::read(&content, catalog, &config.limits) {
            Ok((_, compiled)) => (Vec::new(), compiled.warnings),
            Err(invalid) => (invalid.problems, Vec::new()),
        },
    };
    Report { file, errors, warnings }
}

impl Report {
    fn to_json(&self) -> Value {
        json!({ "file": self.file, "valid": self.errors.is_empty(), "errors": self.errors, "warnings": self.warnings })
    }

    fn print(&self) -> anyhow::Result<()> {
        let verdict = if self.errors.is_empty() { "valid" } else { "invalid" };
        say(format_args!("{}: {verdict}", self.file))?;
        self.errors.iter().try_for_each(|problem| say(format_args!("  error    {}", line(problem))))?;
        self.warnings.iter().try_for_each(|problem| say(format_args!("  warning  {}", line(problem))))
    }
}

/// A problem on one line: where, what, code.
pub(crate) fn line(problem: &Problem) -> String {
    let place = match (&problem.node_id, problem.pointer.as_str()) {
        (Some(node), pointer) => format!("node {node} ({pointer}): "),
        (None, "") => String::new(),
        (None, pointer) => format!("{pointer}: "),
    };
    format!("{place}{} [{}]", problem.detail, problem.code)
}
