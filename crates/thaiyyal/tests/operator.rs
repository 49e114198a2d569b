//! What an operator does from the shell, on a database of its own.

use std::path::Path;

use serde_json::Value;
use thaiyyal_testkit::database::Database;
use thaiyyal_testkit::process::run;
use thaiyyal_testkit::queues::Queues;
use thaiyyal_testkit::server_url;

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

    async fn thaiyyal(&self, args: &[&str]) -> Said {
        let (amqp, redis) = (server_url("AMQP_URL"), server_url("REDIS_URL"));
        let env = [
            ("DATABASE_URL", self.database.url()),
            ("AMQP_URL", amqp.as_str()),
            ("REDIS_URL", redis.as_str()),
            ("THAIYYAL__QUEUE__PREFIX", self.database.name()),
            ("THAIYYAL__QUEUE__SHARDS", "1"),
        ];
        let (code, out, err) = run(Path::new(env!("CARGO_BIN_EXE_thaiyyal")), args, &env).await.expect("the binary was built and starts");
        Said { code, out, err }
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
