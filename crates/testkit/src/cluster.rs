//! A cluster of real processes over real servers, with a database and queues of its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use crate::database::Database;
use crate::http::Client;
use crate::process::{Process, run_json};
use crate::queues::Queues;
use crate::server_url;

/// How many processes of each role, and where their servers are.
pub struct Shape {
    /// The binary.
    pub binary: PathBuf,
    /// How many api processes.
    pub apis: usize,
    /// How many worker processes.
    pub workers: usize,
    /// How many scheduler processes.
    pub schedulers: usize,
    /// How many shards their queues have.
    pub shards: u16,
    /// The broker; the shared one if not given.
    pub amqp_url: Option<String>,
    /// Redis; the shared one if not given.
    pub redis_url: Option<String>,
    /// Turns the database's address into the one the processes use, to put something in between.
    pub database_through: Option<String>,
    /// More settings for every process.
    pub env: Vec<(String, String)>,
}

impl Shape {
    /// One process of each role over the shared servers.
    #[must_use]
    pub fn of(binary: &Path) -> Self {
        Self {
            binary: binary.to_owned(),
            apis: 1,
            workers: 1,
            schedulers: 1,
            shards: 4,
            amqp_url: None,
            redis_url: None,
            database_through: None,
            env: Vec::new(),
        }
    }
}

/// A running cluster.
pub struct Cluster {
    /// The api processes.
    pub apis: Vec<Process>,
    /// The worker processes.
    pub workers: Vec<Process>,
    /// The scheduler processes.
    pub schedulers: Vec<Process>,
    /// One client per api process, with the owner's key.
    pub clients: Vec<Client>,
    /// Its database.
    pub database: Database,
    _queues: Queues,
    dir: tempfile::TempDir,
    binary: PathBuf,
    env: Vec<(String, String)>,
}

impl Cluster {
    /// Creates a database, migrates it, makes the first tenant and starts the processes; returns when all are ready.
    pub async fn start(shape: Shape) -> anyhow::Result<Self> {
        let database = Database::create("cluster").await?;
        Self::start_on(database, shape).await
    }

    /// The same on a database that was created already.
    pub async fn start_on(database: Database, shape: Shape) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        let mut env = shape.env;
        env.push(("DATABASE_URL".to_owned(), shape.database_through.unwrap_or_else(|| database.url().to_owned())));
        let amqp_url = shape.amqp_url.unwrap_or_else(|| server_url("AMQP_URL"));
        let queues = Queues::new(&amqp_url, database.name(), shape.shards);
        env.push(("AMQP_URL".to_owned(), amqp_url));
        env.push(("REDIS_URL".to_owned(), shape.redis_url.unwrap_or_else(|| server_url("REDIS_URL"))));
        env.push(("THAIYYAL__QUEUE__PREFIX".to_owned(), database.name().to_owned()));
        env.push(("THAIYYAL__QUEUE__SHARDS".to_owned(), shape.shards.to_string()));
        let binary = shape.binary;
        let borrowed = borrow(&env);
        run_json(&binary, &["migrate", "--json"], &borrowed).await?;
        let first = run_json(&binary, &["admin", "bootstrap"], &borrowed).await?;
        let key = first["api_key"].as_str().context("bootstrap prints a key")?.to_owned();
        let start = |role: &str, count: usize| {
            (1..=count).map(|number| role_process(&binary, role, number, dir.path(), &borrowed)).collect::<anyhow::Result<Vec<_>>>()
        };
        let (mut workers, mut schedulers, mut apis) =
            (start("worker", shape.workers)?, start("scheduler", shape.schedulers)?, start("api", shape.apis)?);
        for process in workers.iter_mut().chain(&mut schedulers) {
            process.ready(Duration::from_secs(60)).await?;
        }
        let mut clients = Vec::new();
        for process in &mut apis {
            clients.push(Client::new(&process.ready(Duration::from_secs(60)).await?, Some(&key)));
        }
        drop(borrowed);
        Ok(Self { apis, workers, schedulers, clients, database, _queues: queues, dir, binary, env })
    }

    /// Starts one more process of a role and waits until it is ready; its base URL.
    pub async fn add(&mut self, role: &str) -> anyhow::Result<String> {
        let number = self.apis.len() + self.workers.len() + self.schedulers.len() + 1;
        let mut process = role_process(&self.binary, role, number, self.dir.path(), &borrow(&self.env))?;
        let base = process.ready(Duration::from_secs(60)).await?;
        match role {
            "api" => self.apis.push(process),
            "worker" => self.workers.push(process),
            _ => self.schedulers.push(process),
        }
        Ok(base)
    }

    /// Creates another tenant; a client of its owner for each api process.
    pub async fn tenant(&self, name: &str) -> anyhow::Result<Vec<Client>> {
        let email = format!("{name}@example.test");
        let created = run_json(&self.binary, &["admin", "tenant", "create", name, "--email", &email], &borrow(&self.env)).await?;
        let key = created["api_key"].as_str().context("creating a tenant prints a key")?;
        Ok(self.clients.iter().map(|client| client.with_key(Some(key))).collect())
    }

    /// Runs a command of the binary against the same servers: exit code, standard output, standard error.
    pub async fn command(&self, args: &[&str]) -> anyhow::Result<(Option<i32>, String, String)> {
        crate::process::run(&self.binary, args, &borrow(&self.env)).await
    }

    /// Everything its processes logged, for when a test fails.
    #[must_use]
    pub fn logs(&self) -> String {
        self.apis
            .iter()
            .chain(&self.workers)
            .chain(&self.schedulers)
            .map(|process| format!("--- {}\n{}\n", process.name(), process.log()))
            .collect()
    }

    /// Ends the processes that still run, as a deployment does. Database and queues go with it.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let mut running: Vec<&mut Process> =
            self.apis.iter_mut().chain(&mut self.workers).chain(&mut self.schedulers).filter(|process| process.pid().is_some()).collect();
        for process in &running {
            process.signal("TERM").await?;
        }
        for process in &mut running {
            let code = process.wait(Duration::from_secs(60)).await?;
            anyhow::ensure!(code == Some(0), "{} ended with {code:?}:\n{}", process.name(), process.log());
        }
        Ok(())
    }
}

fn borrow(env: &[(String, String)]) -> Vec<(&str, &str)> {
    env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn role_process(binary: &Path, role: &str, number: usize, dir: &Path, env: &[(&str, &str)]) -> anyhow::Result<Process> {
    Process::start(binary, &format!("{role}{number}"), dir, &[role, "--addr", "127.0.0.1:0"], env)
}
