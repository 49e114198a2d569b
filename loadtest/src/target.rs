//! The product under test: processes of the real binary, with a workflow to execute.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use thaiyyal_testkit::cluster::{Cluster, Shape};
use thaiyyal_testkit::database::Database;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::process::Process;
use thaiyyal_testkit::sink::Sink;

use crate::figures::{cpu_seconds, resident_mib, stages};
use crate::{On, Place, workflows};

/// Running processes, and how to talk to them.
pub(crate) struct Target {
    /// One client per api process.
    pub(crate) clients: Vec<Client>,
    /// Where side effects go.
    pub(crate) sink: Sink,
    workflow: String,
    running: Running,
}

enum Running {
    Embedded { process: Box<Process>, _dir: tempfile::TempDir },
    Cluster { cluster: Box<Cluster>, _objects: tempfile::TempDir },
}

impl Target {
    /// Starts the processes and creates the workflow.
    pub(crate) async fn start(on: &On) -> anyhow::Result<Self> {
        anyhow::ensure!(on.binary.exists(), "{} does not exist: cargo build --release -p thaiyyal", on.binary.display());
        let sink = Sink::start().await?;
        let (clients, running) = match on.on {
            Place::Embedded => embedded(on).await?,
            Place::Cluster => cluster(on).await?,
        };
        let definition = workflows::definition(on.workflow, &sink.url());
        let created = clients[0].post("/api/v1/workflows", &json!({ "name": "Load", "definition": definition })).await?;
        anyhow::ensure!(created.status == 201, "the workflow was refused: {}", String::from_utf8_lossy(&created.body));
        let workflow = created.json()?["id"].as_str().context("a workflow has an id")?.to_owned();
        Ok(Self { clients, sink, workflow, running })
    }

    /// Runs one execution to its end: processes that are ready may still be subscribing to their queues.
    pub(crate) async fn warm_up(&self) -> anyhow::Result<()> {
        let answer = self.client(0).post(&self.execute_path(), &json!({ "input": { "n": 1 }, "mode": "sync" })).await?;
        anyhow::ensure!(answer.status == 200, "{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
        Ok(())
    }

    /// The id of the workflow.
    pub(crate) fn workflow(&self) -> &str {
        &self.workflow
    }

    /// The path that executes the workflow.
    pub(crate) fn execute_path(&self) -> String {
        format!("/api/v1/workflows/{}/execute", self.workflow)
    }

    /// The client for the `number`th connection.
    pub(crate) fn client(&self, number: usize) -> &Client {
        &self.clients[number % self.clients.len()]
    }

    /// The cluster's database, for exact times.
    pub(crate) fn database(&self) -> Option<&Database> {
        match &self.running {
            Running::Embedded { .. } => None,
            Running::Cluster { cluster, .. } => Some(&cluster.database),
        }
    }

    /// The processes that run, by name.
    pub(crate) fn pids(&self) -> Vec<(String, u32)> {
        let all: Vec<&Process> = match &self.running {
            Running::Embedded { process, .. } => vec![process],
            Running::Cluster { cluster, .. } => cluster.apis.iter().chain(&cluster.workers).chain(&cluster.schedulers).collect(),
        };
        all.into_iter().filter_map(|process| Some((process.name().to_owned(), process.pid()?))).collect()
    }

    /// Each process with its memory and processor time so far.
    pub(crate) fn processes(&self) -> Value {
        let of = |pid| json!({ "resident_mib": resident_mib(pid), "cpu_seconds": cpu_seconds(pid) });
        json!(self.pids().into_iter().map(|(name, pid)| (name, of(pid))).collect::<BTreeMap<String, Value>>())
    }

    /// What each process measured of its own work.
    pub(crate) async fn stages(&self) -> anyhow::Result<Value> {
        let mut all = BTreeMap::new();
        let of = async |base: Client| -> anyhow::Result<Value> {
            let answer = base.with_key(None).get("/metrics").await?;
            Ok(stages(&String::from_utf8_lossy(&answer.body)))
        };
        match &self.running {
            Running::Embedded { process, .. } => {
                all.insert(process.name(), of(self.clients[0].clone()).await?);
            }
            Running::Cluster { cluster, .. } => {
                for process in cluster.apis.iter().chain(&cluster.workers).chain(&cluster.schedulers) {
                    all.insert(process.name(), of(Client::new(&process.base()?, None)).await?);
                }
            }
        }
        Ok(json!(all))
    }

    /// Stops (or lets go on) the processes that run executions, so that a backlog can build up; whether there are such processes.
    pub(crate) async fn hold_workers(&self, hold: bool) -> anyhow::Result<bool> {
        let Running::Cluster { cluster, .. } = &self.running else { return Ok(false) };
        for process in &cluster.workers {
            process.signal(if hold { "STOP" } else { "CONT" }).await?;
        }
        Ok(true)
    }

    /// How many executions have not ended yet.
    pub(crate) async fn unfinished(&self) -> anyhow::Result<u64> {
        if let Some(database) = self.database() {
            let count = database.count("SELECT count(*) FROM executions WHERE finished_at IS NULL").await?;
            return Ok(u64::try_from(count)?);
        }
        let metrics = self.clients[0].with_key(None).get("/metrics").await?;
        let text = String::from_utf8_lossy(&metrics.body).into_owned();
        let sum = |name: &str| {
            text.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum::<f64>()
        };
        Ok((sum("thaiyyal_api_accept_duration_seconds_count") - sum("thaiyyal_worker_executions_finished_total")).max(0.0) as u64)
    }

    /// Ends the processes and removes what they stored.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        match self.running {
            Running::Cluster { cluster, .. } => cluster.stop().await,
            Running::Embedded { mut process, .. } => {
                process.signal("TERM").await?;
                let code = process.wait(Duration::from_secs(30)).await?;
                anyhow::ensure!(code == Some(0), "it ended with {code:?}:\n{}", process.log());
                Ok(())
            }
        }
    }
}

async fn embedded(on: &On) -> anyhow::Result<(Vec<Client>, Running)> {
    let dir = tempfile::tempdir()?;
    let data = dir.path().join("data");
    let data_arg = data.display().to_string();
    let env = environment();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut process = Process::start(&on.binary, "dev", dir.path(), &["dev", "--addr", "127.0.0.1:0", "--data-dir", &data_arg], &env)?;
    let base = process.ready(Duration::from_secs(30)).await?;
    let dev: Value = serde_json::from_slice(&std::fs::read(data.join("dev.json"))?)?;
    let key = dev["api_key"].as_str().context("dev.json names a key")?;
    Ok((vec![Client::new(&base, Some(key))], Running::Embedded { process: Box::new(process), _dir: dir }))
}

async fn cluster(on: &On) -> anyhow::Result<(Vec<Client>, Running)> {
    let objects = tempfile::tempdir()?;
    let mut env = environment();
    env.push(("THAIYYAL__OBJECTS__URL".to_owned(), format!("file://{}", objects.path().display())));
    let shape = Shape { apis: on.apis, workers: on.workers, shards: 16, env, ..Shape::of(&on.binary) };
    let cluster = Cluster::start(shape).await?;
    Ok((cluster.clients.clone(), Running::Cluster { cluster: Box::new(cluster), _objects: objects }))
}

/// The sink is on this machine, which outbound calls may not reach unless told so.
fn environment() -> Vec<(String, String)> {
    [("THAIYYAL__CONNECTORS__ALLOW_PRIVATE_NETWORK", "true"), ("THAIYYAL__LOG__FILTER", "warn")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}
