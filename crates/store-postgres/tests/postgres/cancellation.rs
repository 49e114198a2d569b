//! Callers that go away in the middle of something (F31).

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use thaiyyal_model::{SystemClock, WorkflowId};
use thaiyyal_store::{
    Error,
    conformance::{
        Fixture,
        fixture::{DEFINITION, Tenant},
    },
    dispatch::{Accept, Target},
};
use tokio::time::timeout;

use crate::{
    database::fresh_store,
    inspect::{column, number},
};

/// Requests with a deadline anywhere between before they begin and after they end. What was answered "done" must be there; a request
/// that was given up may have been done or not; and no connection may come back inside a transaction of somebody else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_kept_although_callers_keep_going_away() {
    let (storage, database) = fresh_store().await;
    let fixture = Arc::new(Fixture::new(storage));
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await.summary.id;
    let seed = fixture.now().as_microsecond().unsigned_abs();
    println!("seed {seed}");
    let done = Arc::new(Mutex::new(HashSet::new()));
    let committing = Arc::new(Mutex::new(HashSet::from([workflow.to_string()])));
    let given_up = Arc::new(AtomicUsize::new(0));
    // Whoever gives up while a connection is being opened gets none, so there are some before the impatient ones come.
    let warm = join_all((0..6).map(|_| create(&fixture, &tenant, &committing))).await;
    assert!(warm.iter().all(Result::is_ok));
    let lanes: Vec<_> = (0..6)
        .map(|lane| {
            let (fixture, done, committing, given_up) = (fixture.clone(), done.clone(), committing.clone(), given_up.clone());
            let random = Random(AtomicU64::new(seed + lane));
            #[expect(clippy::disallowed_methods, reason = "awaited below")]
            tokio::spawn(async move {
                for round in 0..150 {
                    // Short ones more often than long ones.
                    let patience = Duration::from_micros(random.below(200).pow(2));
                    let answer = if round % 2 == 0 {
                        timeout(patience, create(&fixture, &tenant, &committing)).await.map(|created| created.map(WorkflowId::uuid))
                    } else {
                        timeout(patience, accept(&fixture, &tenant, workflow)).await
                    };
                    match answer {
                        Ok(Ok(id)) => drop(done.lock().unwrap().insert(id.to_string())),
                        Ok(Err(error)) => panic!("{error:?}"),
                        Err(_) => drop(given_up.fetch_add(1, Ordering::Relaxed)),
                    }
                }
            })
        })
        .collect();
    for lane in lanes {
        lane.await.unwrap();
    }
    let client = database.client().await;
    let stored: HashSet<_> =
        column(&client, "SELECT id::text FROM workflows UNION ALL SELECT id::text FROM executions").await.into_iter().collect();
    let done = done.lock().unwrap().clone();
    let lost: Vec<_> = done.difference(&stored).collect();
    assert!(lost.is_empty(), "answered but not stored: {lost:?}");
    let committing = committing.lock().unwrap().clone();
    let workflows = column(&client, "SELECT id::text FROM workflows").await;
    let foreign: Vec<_> = workflows.iter().filter(|id| !committing.contains(*id)).collect();
    assert!(foreign.is_empty(), "stored though nobody asked for the commit: {foreign:?}");
    let given_up = given_up.load(Ordering::Relaxed);
    assert!(given_up > 30 && done.len() > 30, "the deadlines hit nothing: {given_up} given up, {} done", done.len());
    // What was given up while it was under way ends by itself; then nothing is open.
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
    while number(&client, open).await > 0 {}
    assert_eq!(number(&client, "SELECT count(*) FROM run_queue").await, number(&client, "SELECT count(*) FROM executions").await);
}

async fn create(fixture: &Fixture, tenant: &Tenant, committing: &Mutex<HashSet<String>>) -> Result<WorkflowId, Error> {
    let new = fixture.new_workflow(tenant, DEFINITION, true);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await?;
    tx.create_workflow(&new).await?;
    // Half-way through, so that some are given up between two statements.
    tokio::task::yield_now().await;
    tx.find_workflow(new.id).await?;
    committing.lock().unwrap().insert(new.id.to_string());
    tx.commit().await?;
    Ok(new.id)
}

async fn accept(fixture: &Fixture, tenant: &Tenant, workflow: WorkflowId) -> Result<uuid::Uuid, Error> {
    let new = fixture.execution(tenant, Target::Published(workflow));
    let id = new.id;
    let answer = fixture.storage.dispatch.accept(&[new]).await?;
    assert!(matches!(answer.outcomes.as_slice(), [Accept::New(_)]));
    Ok(id.uuid())
}

/// A transaction dropped between two statements is rolled back before anyone else uses its connection.
#[tokio::test]
async fn a_dropped_transaction_leaves_its_connection_idle_and_usable() {
    let (storage, database) = fresh_store().await;
    let fixture = Fixture::new(storage);
    let tenant = fixture.tenant().await;
    let client = database.client().await;
    let backends = "SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'thaiyyal' AND query ~ 'ROLLBACK|workflows'";
    let mut before = None;
    for _ in 0..5 {
        let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
        tx.create_workflow(&fixture.new_workflow(&tenant, DEFINITION, true)).await.unwrap();
        drop(tx);
        let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
        assert_eq!(tx.find_workflow(WorkflowId::mint(&SystemClock)).await.unwrap(), None);
        let pids = column(&client, backends).await;
        assert_eq!(before.get_or_insert_with(|| pids.clone()), &pids, "the connection is kept");
        tx.commit().await.unwrap();
    }
    assert_eq!(number(&client, "SELECT count(*) FROM workflows").await, 0);
}

struct Random(AtomicU64);

impl Random {
    /// The next number below `limit` (xorshift).
    fn below(&self, limit: u64) -> u64 {
        let mut x = self.0.load(Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0.store(x, Ordering::Relaxed);
        (x >> 11) % limit
    }
}
