//! Tenants with more executions than may be on their way at once.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join;
use thaiyyal_model::{ExecutionId, Hint, Priority};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{lease, named, release, suspend},
        },
    },
    dispatch::Target,
    tenant::Workflow,
    windows::{Tended, Windows},
};

const WINDOWS: Windows = Windows { width: 4, turn: 100 };

/// Accepts a batch; the executions and their hints.
async fn accept(fixture: &Fixture, tenant: &Tenant, workflow: &Workflow, priorities: &[Priority]) -> (Vec<ExecutionId>, Vec<Hint>) {
    let new = |priority: &Priority| {
        let mut new = fixture.execution(tenant, Target::Published(workflow.summary.id));
        new.priority = *priority;
        new
    };
    let batch: Vec<_> = priorities.iter().map(new).collect();
    let hints = fixture.storage.dispatch.accept(&batch).await.unwrap().hints;
    (batch.iter().map(|new| new.id).collect(), hints)
}

/// A tenant with a closed window, and the five hinted executions that closed it.
async fn crowded(fixture: &Fixture) -> (Tenant, Workflow, Vec<ExecutionId>) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (executions, hints) = accept(fixture, &tenant, &workflow, &[Priority::Normal; 5]).await;
    assert_eq!(named(&hints), executions);
    tend(fixture, WINDOWS).await;
    (tenant, workflow, executions)
}

async fn tend(fixture: &Fixture, windows: Windows) -> Tended {
    let tended = fixture.storage.dispatch.tend_windows(&windows).await.unwrap();
    assert!(tended.hints.iter().all(|hint| hint.outbox.is_some() && hint.executions.len() <= Hint::MAX_EXECUTIONS));
    tended
}

pub async fn a_window_that_is_too_full_closes_and_what_comes_then_waits_for_its_turn(fixture: Fixture) {
    let dispatch = &fixture.storage.dispatch;
    assert_eq!(tend(&fixture, WINDOWS).await.closed, Some(0));
    let (tenant, workflow, first) = crowded(&fixture).await;
    let tended = tend(&fixture, WINDOWS).await;
    assert_eq!((tended.closed, named(&tended.hints)), (Some(1), Vec::new()));
    let (waiting, hints) = accept(&fixture, &tenant, &workflow, &[Priority::Normal; 3]).await;
    assert!(hints.is_empty());
    // Nobody is told of it but by its turn.
    assert_eq!(named(&dispatch.sweep(Duration::ZERO, 100).await.unwrap()), first);
    assert!(tend(&fixture, WINDOWS).await.hints.is_empty(), "the window is still full");
    assert_eq!(dispatch.violations(10).await.unwrap(), []);

    let worker = fixture.worker().await;
    fixture.claims(worker, &first[..3]).await;
    let outbox = dispatch.backlog().await.unwrap().outbox;
    let tended = tend(&fixture, WINDOWS).await;
    assert_eq!((tended.closed, named(&tended.hints)), (Some(1), waiting[..2].to_vec()));
    assert_eq!(dispatch.backlog().await.unwrap().outbox, outbox + tended.hints.len() as u64);
    fixture.claims(worker, &first[3..]).await;
    fixture.claims(worker, &waiting[..1]).await;
    let tended = tend(&fixture, WINDOWS).await;
    assert_eq!((tended.closed, named(&tended.hints)), (Some(1), waiting[2..].to_vec()));

    // Half full with nothing waiting is not yet reason enough to open.
    assert_eq!(tend(&fixture, WINDOWS).await.closed, Some(1));
    fixture.claims(worker, &waiting[1..2]).await;
    assert_eq!(tend(&fixture, WINDOWS).await.closed, Some(0));
    let (executions, hints) = accept(&fixture, &tenant, &workflow, &[Priority::Normal]).await;
    assert_eq!(named(&hints), executions);
}

pub async fn the_urgent_and_then_the_oldest_get_their_turn_first(fixture: Fixture) {
    let (tenant, workflow, first) = crowded(&fixture).await;
    let classes = [Priority::Low, Priority::Normal, Priority::High, Priority::Normal, Priority::High, Priority::Low];
    let (waiting, _) = accept(&fixture, &tenant, &workflow, &classes).await;
    let worker = fixture.worker().await;
    fixture.claims(worker, &first).await;
    let mut order = Vec::new();
    for _ in &waiting {
        let tended = tend(&fixture, Windows { turn: 1, ..WINDOWS }).await;
        let next = named(&tended.hints);
        fixture.claims(worker, &next).await;
        order.extend(next);
    }
    assert_eq!(order, [2, 4, 1, 3, 0, 5].map(|place: usize| waiting[place]));
}

pub async fn a_turn_is_shared_among_the_tenants_whose_executions_wait(fixture: Fixture) {
    let worker = fixture.worker().await;
    let mut waiting = Vec::new();
    let crowds = [crowded(&fixture).await, crowded(&fixture).await, crowded(&fixture).await];
    for ((tenant, workflow, first), count) in crowds.iter().zip([50, 10, 10]) {
        waiting.push(accept(&fixture, tenant, workflow, &vec![Priority::Normal; count]).await.0);
        fixture.claims(worker, first).await;
    }
    let hinted: HashSet<_> = named(&tend(&fixture, Windows { width: 4, turn: 9 }).await.hints).into_iter().collect();
    let mut expected = HashSet::new();
    waiting.iter().for_each(|waiting| expected.extend(waiting[..3].iter().copied()));
    assert_eq!(hinted, expected, "three of each, the oldest");
    // A tenant whose window is open is not held up by the others.
    let other = fixture.tenant().await;
    let workflow = fixture.workflow(&other).await;
    let (executions, hints) = accept(&fixture, &other, &workflow, &[Priority::Normal; 2]).await;
    assert_eq!(named(&hints), executions);
}

pub async fn work_in_progress_is_hinted_whatever_the_window(fixture: Fixture) {
    let (_, _, first) = crowded(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    let claimed = fixture.claims(fixture.worker().await, &first[..2]).await;
    let (_, hints) = dispatch.release(&[release(lease(&claimed[0]))]).await.unwrap();
    assert_eq!(named(&hints), first[..1]);
    dispatch.suspend(&[suspend(lease(&claimed[1]), Some(fixture.now()))]).await.unwrap();
    assert_eq!(named(&dispatch.wake_due(10).await.unwrap()), first[1..2]);
}

pub async fn what_is_leased_or_not_due_leaves_room_in_the_window(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (executions, _) = accept(&fixture, &tenant, &workflow, &[Priority::Normal; 9]).await;
    fixture.claims(fixture.worker().await, &executions[..5]).await;
    let mut later = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    later.start_at = Some(fixture.now() + Duration::from_hours(1));
    fixture.accept(&[later]).await;
    assert_eq!(tend(&fixture, WINDOWS).await.closed, Some(0));
}

pub async fn schedulers_that_tend_windows_at_once_fill_each_once(fixture: Fixture) {
    let (tenant, workflow, first) = crowded(&fixture).await;
    let (waiting, _) = accept(&fixture, &tenant, &workflow, &[Priority::Normal; 20]).await;
    fixture.claims(fixture.worker().await, &first).await;
    let (one, other) = join(tend(&fixture, WINDOWS), tend(&fixture, WINDOWS)).await;
    let mut hinted = named(&one.hints);
    hinted.extend(named(&other.hints));
    hinted.sort_unstable();
    assert_eq!(hinted, waiting[..4]);
}
