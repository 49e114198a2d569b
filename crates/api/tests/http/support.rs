//! A server of its own for each test.

use std::net::TcpListener;
use std::sync::Arc;

use bytes::Bytes;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use thaiyyal_api::{ApiDeps, Settings, serve};
use thaiyyal_commands::api_keys::MintedKey;
use thaiyyal_commands::executions::{AcceptSettings, Accepting};
use thaiyyal_commands::identity::{Passwords, create_link};
use thaiyyal_commands::publish::{self, Publisher};
use thaiyyal_connectors::{Connector, Connectors};
use thaiyyal_engine::{Catalog, LIMITER};
use thaiyyal_ephemeral::{Ephemeral, MemoryEphemeral};
use thaiyyal_model::{Clock, Limits, SystemClock, TenantId, UserId};
use thaiyyal_objects::Objects;
use thaiyyal_queue::{MemoryQueue, Queue};
use thaiyyal_store::Storage;
use thaiyyal_store::directory::Bootstrap;
use thaiyyal_store_sqlite::SqliteStorage;
use thaiyyal_testkit::http::{Answer, Client};
use thaiyyal_worker::scheduler::{self, SchedulerDeps};
use thaiyyal_worker::{Keeping, Limiter, Worker, WorkerDeps};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::probe::Probe;

/// A definition that adds 10 and 5.
pub(crate) fn adding() -> Value {
    json!({
        "nodes": [
            {"id": "1", "type": "number", "data": {"value": 10}},
            {"id": "2", "type": "number", "data": {"value": 5}},
            {"id": "3", "type": "operation", "data": {"op": "add"}}
        ],
        "edges": [{"source": "1", "target": "3"}, {"source": "2", "target": "3"}]
    })
}

pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running server.
pub(crate) struct Server {
    /// Talks to it as the owner of the first tenant.
    pub(crate) owner: Client,
    pub(crate) tenant: Tenant,
    pub(crate) storage: Storage,
    /// Large values.
    pub(crate) objects: Objects,
    /// Decides how calls of `probe` nodes end.
    pub(crate) probe: Arc<Probe>,
    pub(crate) stop: CancellationToken,
    _working: DropGuard,
    pub(crate) served: JoinHandle<Result<(), thaiyyal_api::Error>>,
    _folder: TempDir,
}

/// A tenant with its owner and a key that may do everything.
#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) user: UserId,
    pub(crate) key: String,
}

/// What a test changes about its server.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    pub(crate) limits: Limits,
    /// Whether executions are run.
    pub(crate) worker: bool,
    /// Carries live hints.
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    /// Puts something between the server and its storage.
    pub(crate) wrap: Box<dyn FnOnce(Storage) -> Storage>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: Settings { threads: 1, ..Settings::default() },
            limits: Limits::default(),
            worker: false,
            ephemeral: Arc::new(MemoryEphemeral::default()),
            wrap: Box::new(|storage| storage),
        }
    }
}

impl Server {
    /// One that accepts executions, which nobody runs.
    pub(crate) async fn start() -> Self {
        Setup::default().start().await
    }

    /// One that runs what it accepts.
    pub(crate) async fn working() -> Self {
        Setup { worker: true, ..Setup::default() }.start().await
    }

    /// Another tenant.
    pub(crate) async fn another_tenant(&self) -> Client {
        let tenant = tenant(&self.storage, "other").await;
        self.owner.with_key(Some(&tenant.key))
    }

    /// A client with a key that has these permissions only.
    pub(crate) async fn limited(&self, permissions: &[&str]) -> Client {
        let made = self.owner.post("/api/v1/api-keys", &json!({"name": "limited", "permissions": permissions})).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        self.owner.with_key(made.json().unwrap()["key"].as_str())
    }

    /// The token of a one-time sign-in link of the owner's.
    pub(crate) async fn link(&self) -> String {
        let minute = std::time::Duration::from_secs(60);
        let token = create_link(&*self.storage.directory, self.tenant.user, self.tenant.id, minute, &SystemClock).await.unwrap();
        token.reveal().to_owned()
    }

    /// Creates a workflow and answers its id.
    pub(crate) async fn workflow(&self, definition: &Value) -> String {
        let made = self.owner.post("/api/v1/workflows", &json!({"name": "A workflow", "definition": definition})).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
        made.json().unwrap()["id"].as_str().unwrap().to_owned()
    }
}

impl Setup {
    pub(crate) async fn start(self) -> Server {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let folder = tempfile::tempdir().unwrap();
        let storage =
            SqliteStorage::open(folder.path().join("thaiyyal.db"), &thaiyyal_store_sqlite::Settings::default(), Arc::clone(&clock))
                .unwrap();
        storage.admin.migrate().await.unwrap();
        let tenant = tenant(&storage, "first").await;
        let storage = (self.wrap)(storage);

        let tracker = TaskTracker::new();
        let queue: Arc<dyn Queue> = Arc::new(MemoryQueue::new(10_000));
        let ephemeral = self.ephemeral;
        let publisher = Publisher::spawn(&tracker, Arc::clone(&queue), Arc::clone(&storage.dispatch), &publish::Settings::default());
        let probe = Arc::new(Probe::default());
        let limiter = Limiter { ephemeral: Arc::clone(&ephemeral), clock: Arc::clone(&clock) };
        let connectors = Connectors::of([Arc::clone(&probe) as Arc<dyn Connector>]).serving(LIMITER, Arc::new(limiter));
        let catalog = Arc::new(Catalog::new(connectors.descriptions()));
        let limits = Arc::new(self.limits);
        let objects = Objects::memory();
        let working = CancellationToken::new();
        if self.worker {
            let worker = Worker::new(WorkerDeps {
                storage: storage.clone(),
                queue: Arc::clone(&queue),
                ephemeral: Arc::clone(&ephemeral),
                catalog: Arc::clone(&catalog),
                connectors,
                keeping: Some(Keeping { objects: objects.clone(), journal_bytes: 64 << 10 }),
                limits: Arc::clone(&limits),
                clock: Arc::clone(&clock),
                publisher: publisher.clone(),
                settings: thaiyyal_worker::Settings::impatient(),
                host: "test".to_owned(),
            });
            tracker.spawn(worker.run(working.clone(), working.clone()));
            let scheduler = SchedulerDeps {
                storage: storage.clone(),
                queue: Arc::clone(&queue),
                ephemeral: Arc::clone(&ephemeral),
                publisher: publisher.clone(),
                settings: scheduler::Settings::impatient(),
            };
            tracker.spawn(scheduler::run(scheduler, working.clone()));
        }
        let accepting = Accepting::spawn(&tracker, &storage, publisher, &AcceptSettings::default());
        let deps = ApiDeps {
            storage: storage.clone(),
            queue,
            ephemeral: Arc::clone(&ephemeral),
            catalog,
            objects: Some(objects.clone()),
            limits,
            accepting,
            clock,
            settings: self.settings,
            metrics: Some(Arc::new(|| "thaiyyal_up 1\n".to_owned())),
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let served = tracker.spawn(serve(deps, listener, stop.clone()));
        let owner = Client::new(&base, Some(&tenant.key));
        Server { owner, tenant, storage, objects, probe, stop, served, _working: working.drop_guard(), _folder: folder }
    }
}

async fn tenant(storage: &Storage, name: &str) -> Tenant {
    let key = MintedKey::generate(&SystemClock).unwrap();
    let row = Bootstrap {
        tenant: TenantId::mint(&SystemClock),
        tenant_name: format!("The {name} tenant"),
        user: UserId::mint(&SystemClock),
        email: format!("owner@{name}.test"),
        name: "Owner".to_owned(),
        password: Passwords::new(1).hash(PASSWORD.to_owned()).await.unwrap(),
        api_key: key.id,
        api_key_secret: key.digest,
        created_at: SystemClock.now(),
    };
    storage.directory.create_tenant(&row).await.unwrap();
    Tenant { id: row.tenant, user: row.user, key: key.text }
}

/// A request with whatever headers, without a key.
pub(crate) async fn send(client: &Client, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    client.send(method, path, headers, Some(body.into())).await.unwrap()
}

/// Status and code of a problem, checked for what every problem has.
pub(crate) fn problem(answer: &Answer) -> (u16, String) {
    let body = answer.json().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{body}");
    assert_eq!(body["status"], answer.status.as_u16(), "{body}");
    assert_eq!(body["request_id"].as_str(), answer.header("x-request-id"), "{body}");
    assert_eq!(body["type"], format!("/api/docs/errors/{}", body["code"].as_str().unwrap()), "{body}");
    assert!(!body["title"].as_str().unwrap().is_empty(), "{body}");
    (answer.status.as_u16(), body["code"].as_str().unwrap().to_owned())
}

/// A body with ids, times and hashes replaced, for snapshots.
pub(crate) fn redacted(mut body: Value) -> Value {
    redact(&mut body);
    body
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match (name.as_str(), &*member) {
                    (_, Value::String(text)) if text.len() == 36 && text.matches('-').count() == 4 => *member = json!("[id]"),
                    (name, Value::String(_)) if name.ends_with("_at") => *member = json!("[time]"),
                    (name, Value::Number(_)) if name.ends_with("_ms") => *member = json!("[ms]"),
                    ("definition_hash" | "next_cursor" | "key", Value::String(_)) => *member = json!("[opaque]"),
                    _ => redact(member),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
