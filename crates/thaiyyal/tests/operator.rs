//! What an operator does from the shell, on a database of its own.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use thaiyyal_testkit::database::Database;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::process::{Process, run};
use thaiyyal_testkit::queues::Queues;
use thaiyyal_testkit::{eventually, server_url};

struct Shell {
    database: Database,
    _queues: Queues,
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Shell {
    async fn new() -> Self {
        let database = Database::create("operator").await.expect("the tests have a PostgreSQL server");
        let queues = Queues::new(&server_url("AMQP_URL"), database.name(), 1);
        Self { database, _queues: queues }
    }

    fn env(&self) -> [(&'static str, String); 5] {
        [
            ("DATABASE_URL", self.database.url().to_owned()),
            ("AMQP_URL", server_url("AMQP_URL")),
            ("REDIS_URL", server_url("REDIS_URL")),
            ("THAIYYAL__QUEUE__PREFIX", self.database.name().to_owned()),
            ("THAIYYAL__QUEUE__SHARDS", "1".to_owned()),
        ]
    }

    async fn thaiyyal(&self, args: &[&str]) -> Said {
        thaiyyal(args, &self.env().each_ref().map(|(name, value)| (*name, value.as_str()))).await
    }
}

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_thaiyyal"))
}

async fn thaiyyal(args: &[&str], env: &[(&str, &str)]) -> Said {
    let (code, out, err) = run(binary(), args, env).await.expect("the binary was built and starts");
    Said { code, out, err }
}

#[tokio::test]
async fn nobody_works_on_a_database_that_was_not_named() {
    for command in [&["migrate"][..], &["doctor"], &["admin", "bootstrap"], &["api", "--addr", "127.0.0.1:0"]] {
        let refused = thaiyyal(command, &[("DATABASE_URL", "")]).await;
        assert_eq!(refused.code, Some(1), "{command:?}");
        assert!(refused.err.contains("DATABASE_URL"), "{command:?}: {}", refused.err);
    }
}

#[tokio::test]
async fn a_process_is_ready_once_the_database_is_migrated() {
    let shell = Shell::new().await;
    let dir = tempfile::tempdir().unwrap();
    let env = shell.env();
    let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
    for role in ["api", "worker"] {
        let process = Process::start(binary(), role, dir.path(), &[role, "--addr", "127.0.0.1:0"], &env).unwrap();
        let base = eventually("its address", Duration::from_secs(60), || async { process.base().ok() }).await;
        let client = Client::new(&base, None);
        let health = eventually("an answer", Duration::from_secs(60), || async { client.get("/health").await.ok() }).await;
        if role == "api" {
            assert_eq!(health.status, 503);
            assert_eq!(health.json().unwrap()["checks"]["database"]["status"], "not_migrated");
            assert_eq!(client.get("/health/ready").await.unwrap().status, 503);
            shell.thaiyyal(&["migrate", "--json"]).await.json();
        }
        let ready = || async { client.get("/health/ready").await.ok().filter(|answer| answer.status == 200) };
        eventually("readiness", Duration::from_secs(60), ready).await;
    }
}

#[tokio::test]
async fn an_empty_database_becomes_one_that_the_doctor_finds_well() {
    let shell = Shell::new().await;
    let before = shell.thaiyyal(&["doctor", "--json"]).await;
    assert_eq!(before.code, Some(1));
    let found: Value = serde_json::from_str(&before.out).unwrap();
    let checks = found["checks"].as_array().unwrap();
    let problem = |name: &str| checks.iter().find(|check| check["check"] == name).unwrap()["problem"].clone();
    assert!(problem("migrations").as_str().unwrap().contains("run `thaiyyal migrate`"), "{found}");
    assert_eq!((problem("database"), problem("queue"), problem("ephemeral")), (Value::Null, Value::Null, Value::Null));

    let early = shell.thaiyyal(&["admin", "bootstrap"]).await;
    assert_eq!(early.code, Some(1));
    assert!(early.err.contains("are all migrations applied?"), "{}", early.err);

    let applied = shell.thaiyyal(&["migrate", "--json"]).await.json();
    assert!(!applied["applied"].as_array().unwrap().is_empty());
    assert_eq!(shell.thaiyyal(&["migrate", "--json"]).await.json()["applied"], serde_json::json!([]));
    let after = shell.thaiyyal(&["doctor", "--json"]).await.json();
    assert_eq!(after["healthy"], true);
}

#[tokio::test]
async fn tenants_are_created_once_each() {
    let shell = Shell::new().await;
    shell.thaiyyal(&["migrate"]).await;
    let first = shell.thaiyyal(&["admin", "bootstrap"]).await.json();
    let again = shell.thaiyyal(&["admin", "bootstrap"]).await;
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("there is a tenant already"), "{}", again.err);

    let second = shell.thaiyyal(&["admin", "tenant", "create", "Second", "--email", "second@example.test"]).await.json();
    assert_ne!(first["tenant_id"], second["tenant_id"]);
    assert_ne!(first["api_key"], second["api_key"]);
    let taken = shell.thaiyyal(&["admin", "tenant", "create", "Third", "--email", "Second@example.test"]).await;
    assert_eq!(taken.code, Some(1));
    assert!(taken.err.contains("account already"), "{}", taken.err);
    assert_eq!(shell.database.count("SELECT count(*) FROM tenants").await.unwrap(), 2, "a refused tenant leaves nothing behind");
}

#[tokio::test]
async fn tenants_are_given_the_limits_of_tiers() {
    let shell = Shell::new().await;
    shell.thaiyyal(&["migrate"]).await;
    let tenant = shell.thaiyyal(&["admin", "bootstrap"]).await.json()["tenant_id"].as_str().unwrap().to_owned();
    for (limit, told) in [
        ("max_node=5", "there is no limit `max_node`; there are max_nodes, "),
        ("max_nodes=null", "`max_nodes` cannot be null: it is a whole number from 0"),
        ("max_nodes", "must be NAME=VALUE"),
        ("max_nodes=many", "is no number"),
    ] {
        let refused = shell.thaiyyal(&["admin", "tier", "set", "small", "--limit", limit]).await;
        assert_ne!(refused.code, Some(0));
        assert!(refused.err.contains(told), "{limit}: {}", refused.err);
    }
    assert_eq!(shell.thaiyyal(&["admin", "tier", "list"]).await.json(), serde_json::json!([]));
    let set = shell.thaiyyal(&["admin", "tier", "set", "small", "--limit", "max_nodes=5", "--limit", "max_calls=null"]).await.json();
    assert_eq!(set[0]["changed"], serde_json::json!({ "max_nodes": 5, "max_calls": null }));
    assert_eq!(set[0]["limits"]["max_edges"], 10_000);
    assert_eq!(shell.thaiyyal(&["admin", "tier", "list"]).await.json(), set);

    let unknown = shell.thaiyyal(&["admin", "tenant", "limit", &tenant, "--tier", "large"]).await;
    assert!(unknown.err.contains("there is no tier \"large\""), "{}", unknown.err);
    let unknown = shell.thaiyyal(&["admin", "tenant", "limit", "019b76da-a800-7000-8000-000000000000", "--tier", "small"]).await;
    assert!(unknown.err.contains("there is no tenant 019b76da-a800-7000-8000-000000000000"), "{}", unknown.err);
    let with_tier = "SELECT count(*) FROM tenants WHERE tier = 'small'";
    for (args, count) in [(&["--tier", "small"][..], 1), (&["--no-tier"], 0)] {
        let said = shell.thaiyyal(&[&["admin", "tenant", "limit", &tenant], args].concat()).await;
        assert_eq!(said.code, Some(0), "{}", said.err);
        assert_eq!(shell.database.count(with_tier).await.unwrap(), count);
    }
}
