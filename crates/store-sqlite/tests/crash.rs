//! A process that is killed in the middle of writing loses nothing that it was told is done, and leaves nothing half done.

#![expect(clippy::disallowed_methods, reason = "the killed process is this program again, told by the environment what to do")]
#![expect(clippy::unwrap_used, reason = "what goes wrong in a test fails it, also outside of the test function")]

mod support {
    pub(crate) mod folder;
}

use std::{
    collections::HashSet,
    env, fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    str::FromStr,
    time::Duration,
};

use rusqlite::Connection;
use support::folder::{Folder, open};
use thaiyyal_model::{ExecutionId, ExecutionStatus, TenantId, TenantScope, Timestamp, UserId, WorkflowId};
use thaiyyal_store::{
    conformance::{
        Fixture,
        fixture::{
            DEFINITION, Tenant,
            running::{append, finish, lease, release, suspend},
        },
    },
    dispatch::{Accept, NewExecution, Target, Written},
    tenant::{NewApiKey, NewWorkflow},
    windows::Windows,
};

/// Names the file that the child is to write to.
const FILE: &str = "THAIYYAL_TEST_CRASH_FILE";
const CYCLES: usize = 20;

#[tokio::test]
async fn a_process_killed_in_the_middle_of_writing_loses_nothing() {
    let folder = Folder::new();
    let scene = Scene::set_up(&folder).await;
    let mut all = Told::default();
    let mut in_flight = 0;
    for cycle in 0..CYCLES {
        let mut child = start(&folder);
        let told = Told::read(&mut child, Some(20 + cycle * 7));
        all.accepted.extend(told.accepted);
        all.ended.extend(told.ended);
        all.pairs += told.pairs;

        check_file(&folder.database());
        let fixture = Fixture::new(open(&folder.database()));
        in_flight += usize::from(fixture.storage.dispatch.backlog().await.unwrap().leased > 0);
        check_promises(&fixture, &scene, &all).await;
    }
    assert!(in_flight > CYCLES / 2, "only {in_flight} of {CYCLES} kills hit work in flight");
    let fixture = Fixture::new(open(&folder.database()));
    finish_all(&fixture).await;
    for execution in &all.accepted {
        assert!(fixture.status(&scene.tenant, *execution).await.is_terminal(), "{execution} was accepted and never ended");
    }
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
}

#[tokio::test]
async fn two_processes_write_to_one_file_at_the_same_time() {
    let folder = Folder::new();
    let scene = Scene::set_up(&folder).await;
    let fixture = Fixture::new(open(&folder.database()));
    let mut child = start(&folder);
    let mut ours = Vec::new();
    let lines = child.stderr.take().unwrap();
    let mut told = Told::default();
    for line in BufReader::new(lines).lines().map(|line| line.unwrap()).take(60) {
        told.hear(&line);
        let new = scene.execution(&fixture);
        ours.push(new.id);
        assert!(matches!(fixture.accept(&[new]).await.as_slice(), [Accept::New(_)]));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!told.accepted.is_empty());
    for execution in ours.iter().chain(&told.accepted) {
        fixture.find(&scene.tenant, *execution).await;
    }
    drop(fixture);
    check_file(&folder.database());
}

/// The process that is killed; as a test of its own it has nothing to do.
#[tokio::test]
async fn write_until_killed() {
    let Ok(file) = env::var(FILE) else { return };
    let fixture = Fixture::new(open(Path::new(&file)));
    let scene = Scene::find(Path::new(&file));
    let worker = fixture.worker().await;
    let dispatch = &fixture.storage.dispatch;
    for round in 0.. {
        let batch: Vec<_> = (0..8).map(|_| scene.execution(&fixture)).collect();
        let accepted = dispatch.accept(&batch).await.unwrap();
        batch.iter().for_each(|new| eprintln!("accepted {}", new.id));
        for hint in accepted.hints {
            dispatch.confirm(hint.outbox.as_slice()).await.unwrap();
            let claimed = dispatch.claim(worker, &hint.executions).await.unwrap();
            for claim in claimed {
                let lease = lease(&claim);
                dispatch.append(&[append(lease, 1)]).await.unwrap();
                match round % 4 {
                    0 => drop(dispatch.suspend(&[suspend(lease, Some(Timestamp::UNIX_EPOCH))]).await.unwrap()),
                    1 => drop(dispatch.release(&[release(lease)]).await.unwrap()),
                    _ => {
                        assert_eq!(dispatch.finish(&[finish(lease, fixture.now())]).await.unwrap(), [Written::Yes]);
                        eprintln!("ended {}", claim.execution);
                    }
                }
            }
        }
        scene.create_pair(&fixture).await;
        eprintln!("pair");
    }
}

fn start(folder: &Folder) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "write_until_killed", "--nocapture"])
        .env(FILE, folder.database())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the child said is done.
#[derive(Default)]
struct Told {
    accepted: Vec<ExecutionId>,
    ended: HashSet<ExecutionId>,
    pairs: usize,
}

impl Told {
    /// Listens until so many things are done, kills the child, and hears what it had still said.
    fn read(child: &mut Child, enough: Option<usize>) -> Self {
        let mut told = Self::default();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        for (heard, line) in lines.enumerate() {
            if Some(heard) == enough {
                child.kill().unwrap();
            }
            told.hear(&line.unwrap());
        }
        let status = child.wait().unwrap();
        assert!(!status.success() && status.code().is_none(), "the child ended by itself: {status}");
        told
    }

    fn hear(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("accepted", id)) => self.accepted.push(ExecutionId::from_str(id).unwrap()),
            Some(("ended", id)) => drop(self.ended.insert(ExecutionId::from_str(id).unwrap())),
            None if line == "pair" => self.pairs += 1,
            Some(_) | None => panic!("the child said: {line}"),
        }
    }
}

/// The file by itself: sound, and no row refers to one that is not there.
fn check_file(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let verdict: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
    let dangling = connection.prepare("PRAGMA foreign_key_check").unwrap().query_map([], |_| Ok(())).unwrap().count();
    assert_eq!(dangling, 0);
}

async fn check_promises(fixture: &Fixture, scene: &Scene, told: &Told) {
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
    for execution in &told.accepted {
        let found = fixture.find(&scene.tenant, *execution).await;
        if told.ended.contains(execution) {
            assert_eq!(found.summary.status, ExecutionStatus::Succeeded);
            assert_eq!(fixture.journal(&scene.tenant, *execution).await.len(), 1);
        }
    }
    let mut tx = fixture.storage.store.begin(&scene.tenant.scope).await.unwrap();
    let keys = tx.list_api_keys(100_000, None).await.unwrap().items.len() - 1;
    let workflows = count(&scene.file, "SELECT count(*) FROM workflows") - 1;
    assert_eq!(keys, workflows, "a key and a workflow are created in one transaction");
    assert!(keys >= told.pairs, "{keys} of {} pairs are there", told.pairs);
}

/// Does what scheduler and workers do, until nothing is left.
async fn finish_all(fixture: &Fixture) {
    let dispatch = &fixture.storage.dispatch;
    let worker = fixture.worker().await;
    loop {
        dispatch.wake_due(1_000).await.unwrap();
        dispatch.reap(Duration::from_hours(1), 1_000, 1_000).await.unwrap();
        let mut hints = dispatch.sweep(Duration::ZERO, 1_000).await.unwrap();
        hints.extend(dispatch.tend_windows(&Windows { width: 1_000, turn: 1_000 }).await.unwrap().hints);
        let executions: Vec<_> = hints.into_iter().flat_map(|hint| hint.executions).collect();
        let claimed = dispatch.claim(worker, &executions).await.unwrap();
        if claimed.is_empty() {
            break;
        }
        let ends: Vec<_> = claimed.iter().map(|claim| finish(lease(claim), fixture.now())).collect();
        assert!(dispatch.finish(&ends).await.unwrap().iter().all(|written| *written == Written::Yes));
    }
    let backlog = dispatch.backlog().await.unwrap();
    assert_eq!((backlog.ready, backlog.leased, backlog.timers), (0, 0, 0));
}

/// The tenant and the workflow that both processes use.
struct Scene {
    tenant: Tenant,
    workflow: WorkflowId,
    file: std::path::PathBuf,
}

impl Scene {
    async fn set_up(folder: &Folder) -> Self {
        let storage = open(&folder.database());
        storage.admin.migrate().await.unwrap();
        let fixture = Fixture::new(storage);
        let tenant = fixture.tenant().await;
        let workflow = fixture.workflow(&tenant).await.summary.id;
        let ids = format!("{} {} {} {workflow}", tenant.scope.tenant(), tenant.owner, tenant.api_key);
        fs::write(folder.database().with_extension("ids"), ids).unwrap();
        Self { tenant, workflow, file: folder.database() }
    }

    fn find(file: &Path) -> Self {
        let ids = fs::read_to_string(file.with_extension("ids")).unwrap();
        let ids: Vec<_> = ids.split(' ').collect();
        let scope = TenantScope::assume(TenantId::from_str(ids[0]).unwrap());
        let tenant = Tenant { scope, owner: UserId::from_str(ids[1]).unwrap(), api_key: ids[2].parse().unwrap() };
        Self { tenant, workflow: ids[3].parse().unwrap(), file: file.to_owned() }
    }

    fn execution(&self, fixture: &Fixture) -> NewExecution {
        fixture.execution(&self.tenant, Target::Published(self.workflow))
    }

    /// A workflow and a key, in one transaction.
    async fn create_pair(&self, fixture: &Fixture) {
        let new = fixture.new_workflow(&self.tenant, DEFINITION, true);
        let key = NewApiKey {
            id: thaiyyal_model::ApiKeyId::mint(&fixture.clock),
            user: self.tenant.owner,
            name: "A key".to_owned(),
            secret: [7; 32],
            permissions: Vec::new(),
            expires_at: None,
            created_at: fixture.now(),
        };
        let mut tx = fixture.storage.store.begin(&self.tenant.scope).await.unwrap();
        tx.create_workflow(&NewWorkflow { publish: true, ..new }).await.unwrap();
        tx.create_api_key(&key).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn count(path: &Path, sql: &str) -> usize {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap().try_into().unwrap()
}
