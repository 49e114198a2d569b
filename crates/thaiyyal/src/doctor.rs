//! `thaiyyal doctor`: is everything there, and does every unfinished execution have what it needs to go on?

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_model::{Chain, SystemClock};
use thaiyyal_store::Storage;
use thaiyyal_store_sqlite::SqliteStorage;

use crate::cli::Doctor;
use crate::config::Config;
use crate::parts::{self, DATABASE_FILE};
use crate::say::{remark, say};

/// How many violations are looked at in one go.
const PAGE: u32 = 1_000;

struct Finding {
    check: &'static str,
    problem: Option<String>,
}

/// Checks everything and prints what it found: exit code 0 when all is well (or was mended), 1 otherwise.
pub(crate) async fn doctor(config: &Config, doctor: &Doctor) -> anyhow::Result<ExitCode> {
    let mut findings = Vec::new();
    let storage = match &doctor.data_dir {
        Some(folder) => {
            let file = folder.join(DATABASE_FILE);
            anyhow::ensure!(
                file.exists(),
                "{} does not exist: it is made by the first `thaiyyal dev --data-dir {}`",
                file.display(),
                folder.display()
            );
            SqliteStorage::open(file, &config.sqlite, Arc::new(SystemClock))?
        }
        None => {
            let parts = parts::cluster(config).await?;
            let queue = tokio::time::timeout(std::time::Duration::from_secs(5), parts.queue.ping()).await;
            findings.push(Finding {
                check: "queue",
                problem: queue.map_or(Some("no answer".to_owned()), |answer| answer.err().map(|error| Chain(&error).to_string())),
            });
            findings
                .push(Finding { check: "ephemeral", problem: parts.ephemeral.ping().await.err().map(|error| Chain(&error).to_string()) });
            parts.storage
        }
    };
    findings.extend(database(&storage, doctor.repair).await);
    let healthy = findings.iter().all(|finding| finding.problem.is_none());
    if doctor.json {
        let checks: Vec<Value> = findings
            .iter()
            .map(|finding| json!({ "check": finding.check, "ok": finding.problem.is_none(), "problem": finding.problem }))
            .collect();
        say(format_args!("{:#}", json!({ "healthy": healthy, "checks": checks })))?;
    } else {
        for finding in &findings {
            say(format_args!("{:<12} {}", finding.check, finding.problem.as_deref().unwrap_or("ok")))?;
        }
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(storage: &Storage, repair: bool) -> Vec<Finding> {
    // First as the login itself: the roles that everything else takes are made by the migrations.
    let missing = match storage.admin.missing_migrations().await {
        Ok(missing) => missing,
        Err(error) => return vec![Finding { check: "database", problem: Some(Chain(&error).to_string()) }],
    };
    if !missing.is_empty() {
        let problem = Some(format!("missing, run `thaiyyal migrate`: {}", missing.join(", ")));
        return vec![Finding { check: "database", problem: None }, Finding { check: "migrations", problem }];
    }
    let mut findings = vec![
        Finding { check: "database", problem: storage.admin.ping().await.err().map(|error| Chain(&error).to_string()) },
        Finding { check: "migrations", problem: None },
    ];
    if findings[0].problem.is_none() {
        findings.push(Finding {
            check: "invariants",
            problem: invariants(storage, repair).await.unwrap_or_else(|error| Some(format!("{error:#}"))),
        });
    }
    findings
}

/// What breaks the invariant of unfinished executions; mends it if asked.
async fn invariants(storage: &Storage, repair: bool) -> anyhow::Result<Option<String>> {
    let violations = storage.dispatch.violations(PAGE).await.context("the executions cannot be checked")?;
    if violations.is_empty() {
        return Ok(None);
    }
    let list = violations.iter().map(|violation| format!("{} {:?}", violation.execution, violation.kind)).collect::<Vec<_>>().join(", ");
    if !repair {
        return Ok(Some(format!("{} violations, mend them with --repair: {list}", violations.len())));
    }
    let changed = storage.dispatch.repair(&violations).await.context("the executions cannot be mended")?;
    let left = storage.dispatch.violations(PAGE).await?;
    // Beside the answer, which may be JSON.
    remark(format_args!("mended {} violations ({changed} rows): {list}", violations.len()));
    Ok((!left.is_empty()).then(|| format!("{} violations are left", left.len())))
}
