//! Executions that others start: begun once, their end told once, stopped with whoever waits for them.

use std::time::Duration;

use thaiyyal_model::{ExecutionId, ExecutionStatus, Trigger};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{finish, lease, named, older, suspend},
        },
    },
    dispatch::{Accept, Claimed, Finish, Lease, NewExecution, Target, Violation, ViolationKind, Written},
    signals::{Signal, end_of},
    tenant::{Cancel, ExecutionPage, Workflow},
};

/// A claimed parent, and a child of it that has not begun.
async fn family(fixture: &Fixture, waits: bool) -> (Tenant, Workflow, Claimed, ExecutionId) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, parent) = fixture.leased(&tenant, &workflow).await;
    let new = fixture.child(&tenant, &workflow, &parent, waits);
    let id = new.id;
    assert!(matches!(fixture.accept(&[new]).await[..], [Accept::New(_)]));
    (tenant, workflow, parent, id)
}

/// The same, with both claimed.
async fn working_family(fixture: &Fixture, waits: bool) -> (Tenant, Claimed, Claimed) {
    let (tenant, _, parent, id) = family(fixture, waits).await;
    let child = fixture.claim(fixture.worker().await, id).await;
    (tenant, parent, child)
}

/// What lies there for a lease, once all is delivered.
async fn inbox(fixture: &Fixture, of: &Claimed) -> Vec<Signal> {
    fixture.storage.dispatch.deliver(100).await.unwrap();
    let mut inboxes = fixture.storage.dispatch.inboxes(&[lease(of)]).await.unwrap();
    inboxes.remove(0).signals
}

async fn cancel(fixture: &Fixture, tenant: &Tenant, execution: ExecutionId) -> Cancel {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let answer = tx.cancel_execution(execution, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    answer
}

fn ended(lease: Lease, status: ExecutionStatus, fixture: &Fixture) -> Finish {
    Finish { status, output: None, error: Some(br#"{"code":"c","message":"m"}"#.to_vec()), ..finish(lease, fixture.now()) }
}

pub async fn a_child_knows_who_started_it_and_a_claim_brings_that(fixture: Fixture) {
    let (tenant, parent, child) = working_family(&fixture, true).await;
    assert_eq!((child.parent, child.depth, child.trigger), (Some(parent.execution), 1, Trigger::Parent));
    assert_eq!((parent.parent, parent.depth), (None, 0));
    let found = fixture.find(&tenant, child.execution).await.summary;
    assert_eq!((found.parent, found.parent_step.as_deref()), (Some(parent.execution), Some("call[2]")));
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let page = |of| ExecutionPage { parent: Some(of), limit: 10, ..ExecutionPage::default() };
    let listed = tx.list_executions(&page(parent.execution)).await.unwrap().items;
    assert_eq!(listed.iter().map(|item| item.id).collect::<Vec<_>>(), [child.execution]);
    assert_eq!(tx.list_executions(&page(child.execution)).await.unwrap().items, []);
}

pub async fn a_child_that_is_asked_for_again_is_started_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, parent) = fixture.leased(&tenant, &workflow).await;
    let new = fixture.child(&tenant, &workflow, &parent, true);
    let other = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    let answers = fixture.accept(&[new.clone(), other, new.clone()]).await;
    let Accept::New(accepted) = &answers[0] else { panic!("{answers:?}") };
    assert!(matches!(answers[1], Accept::New(_)), "{answers:?}");
    assert_eq!(answers[2], Accept::Replayed(accepted.clone()));
    assert_eq!(fixture.accept(std::slice::from_ref(&new)).await, [Accept::Replayed(accepted.clone())]);
    let (one, two) =
        futures_util::future::join(fixture.accept(std::slice::from_ref(&new)), fixture.accept(std::slice::from_ref(&new))).await;
    assert_eq!([one, two], [[Accept::Replayed(accepted.clone())], [Accept::Replayed(accepted.clone())]]);
    // Also when it has ended, or could not be started any more.
    let claimed = fixture.claim(fixture.worker().await, new.id).await;
    fixture.storage.dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap();
    let gone = NewExecution { target: Target::Published(thaiyyal_model::WorkflowId::mint(&fixture.clock)), ..new };
    assert!(matches!(fixture.accept(&[gone]).await[..], [Accept::Replayed(_)]));
    assert_eq!(inbox(&fixture, &parent).await.len(), 1);
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
}

pub async fn children_that_are_asked_for_twice_at_once_are_started_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, parent) = fixture.leased(&tenant, &workflow).await;
    for _ in 0..20 {
        let new = [fixture.child(&tenant, &workflow, &parent, true), fixture.child(&tenant, &workflow, &parent, true)];
        let (one, two) = futures_util::future::join(fixture.accept(&new), fixture.accept(&new)).await;
        for (one, two) in one.iter().zip(&two) {
            let news = [one, two].iter().filter(|answer| matches!(answer, Accept::New(_))).count();
            let again = [one, two].iter().filter(|answer| matches!(answer, Accept::Replayed(_))).count();
            assert_eq!((news, again), (1, 1), "{one:?} {two:?}");
        }
    }
    assert_eq!(fixture.storage.dispatch.backlog().await.unwrap().ready, 40);
}

pub async fn a_zombie_starts_no_child(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, parent) = fixture.leased(&tenant, &workflow).await;
    let mut new = fixture.child(&tenant, &workflow, &parent, true);
    new.parent.as_mut().unwrap().lease = older(lease(&parent));
    assert_eq!(fixture.accept(std::slice::from_ref(&new)).await, [Accept::Fenced]);
    new.parent.as_mut().unwrap().lease = lease(&parent);
    fixture.storage.dispatch.finish(&[finish(lease(&parent), fixture.now())]).await.unwrap();
    assert_eq!(fixture.accept(&[new]).await, [Accept::Fenced]);
}

pub async fn a_child_of_another_tenants_workflow_or_execution_is_refused(fixture: Fixture) {
    let (owner, stranger) = (fixture.tenant().await, fixture.tenant().await);
    let (theirs, mine) = (fixture.workflow(&owner).await, fixture.workflow(&stranger).await);
    let (_, parent) = fixture.leased(&owner, &theirs).await;
    assert_eq!(fixture.accept(&[fixture.child(&owner, &mine, &parent, true)]).await, [Accept::UnknownWorkflow]);
    assert_eq!(fixture.accept(&[fixture.child(&stranger, &mine, &parent, true)]).await, [Accept::Fenced]);
    let mut forged = fixture.child(&stranger, &mine, &parent, true);
    forged.parent.as_mut().unwrap().lease.tenant = stranger.scope.tenant();
    assert_eq!(fixture.accept(&[forged]).await, [Accept::Fenced]);
    assert_eq!(inbox(&fixture, &parent).await, []);
}

pub async fn the_end_of_a_child_is_told_once_to_whoever_waits(fixture: Fixture) {
    let (_, parent, child) = working_family(&fixture, true).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&parent), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    let end = finish(lease(&child), fixture.now());
    assert_eq!(dispatch.finish(&[end.clone(), end.clone()]).await.unwrap()[0], Written::Yes);
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Fenced]);
    assert_eq!(named(&dispatch.deliver(10).await.unwrap().hints), [parent.execution]);
    let again = fixture.claim(fixture.worker().await, parent.execution).await;
    let [Signal { name, payload, .. }] = &again.inbox.signals[..] else { panic!("{:?}", again.inbox) };
    assert_eq!(*name, end_of(child.execution));
    let told: serde_json::Value = serde_json::from_slice(payload).unwrap();
    assert_eq!(told, serde_json::json!({"status": "succeeded", "output": 42, "error": null}));
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
}

pub async fn each_way_to_end_is_told_with_its_failure(fixture: Fixture) {
    for status in [ExecutionStatus::Failed, ExecutionStatus::TimedOut, ExecutionStatus::Cancelled] {
        let (_, parent, child) = working_family(&fixture, true).await;
        fixture.storage.dispatch.finish(&[ended(lease(&child), status, &fixture)]).await.unwrap();
        let told: serde_json::Value = serde_json::from_slice(&inbox(&fixture, &parent).await[0].payload).unwrap();
        let error = serde_json::json!({"code": "c", "message": "m"});
        assert_eq!(told, serde_json::json!({"status": status.as_str(), "output": null, "error": error}));
    }
}

pub async fn a_child_that_is_cancelled_in_the_queue_is_told_too(fixture: Fixture) {
    let (tenant, _, parent, id) = family(&fixture, true).await;
    assert_eq!(cancel(&fixture, &tenant, id).await, Cancel::Cancelled);
    let told: serde_json::Value = serde_json::from_slice(&inbox(&fixture, &parent).await[0].payload).unwrap();
    assert_eq!(told, serde_json::json!({"status": "cancelled", "output": null, "error": null}));
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
}

pub async fn the_end_of_a_child_nobody_waits_for_is_told_to_nobody(fixture: Fixture) {
    let (tenant, parent, child) = working_family(&fixture, false).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.finish(&[finish(lease(&child), fixture.now())]).await.unwrap();
    assert_eq!(inbox(&fixture, &parent).await, []);
    // And the end of the parent is not its end.
    let (_, other_parent, id) = {
        let (tenant, _, parent, id) = family(&fixture, false).await;
        (tenant, parent, id)
    };
    dispatch.finish(&[finish(lease(&other_parent), fixture.now())]).await.unwrap();
    assert!(dispatch.stop_abandoned(10).await.unwrap().hints.is_empty());
    assert!(!fixture.claim(fixture.worker().await, id).await.cancel_requested);
    assert_eq!(fixture.status(&tenant, child.execution).await, ExecutionStatus::Succeeded);
}

pub async fn the_end_of_a_parent_stops_children_wherever_they_are(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, parent) = fixture.leased(&tenant, &workflow).await;
    let children: Vec<_> = (0..3).map(|_| fixture.child(&tenant, &workflow, &parent, true)).collect();
    fixture.accept(&children).await;
    let [ready, running, waiting] = [0, 1, 2].map(|place: usize| children[place].id);
    let worker = fixture.worker().await;
    let leased = fixture.claim(worker, running).await;
    let waits = fixture.claim(worker, waiting).await;
    let dispatch = &fixture.storage.dispatch;
    dispatch.suspend(&[suspend(lease(&waits), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    assert!(dispatch.stop_abandoned(10).await.unwrap().running.is_empty());

    dispatch.finish(&[ended(lease(&parent), ExecutionStatus::Failed, &fixture)]).await.unwrap();
    let stopped = dispatch.stop_abandoned(10).await.unwrap();
    assert_eq!(stopped.running, [(tenant.scope.tenant(), running)]);
    assert_eq!(named(&stopped.hints), [waiting]);
    assert_eq!(fixture.beat(worker, &[lease(&leased)]).await.cancel, [running]);
    let last = fixture.worker().await;
    for execution in [ready, waiting] {
        assert!(fixture.claim(last, execution).await.cancel_requested);
    }
    let again = dispatch.stop_abandoned(10).await.unwrap();
    assert!(again.running.is_empty() && again.hints.is_empty(), "{again:?}");
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
}

pub async fn stopping_goes_down_from_generation_to_generation(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let worker = fixture.worker().await;
    let (_, first) = fixture.leased(&tenant, &workflow).await;
    let mut line = vec![first];
    for _ in 0..3 {
        let parent = line.last().unwrap();
        let new = fixture.child(&tenant, &workflow, parent, true);
        let id = new.id;
        fixture.accept(&[new]).await;
        dispatch.suspend(&[suspend(lease(parent), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
        line.push(fixture.claim(worker, id).await);
    }
    let youngest = line.pop().unwrap();
    assert_eq!(cancel(&fixture, &tenant, line[0].execution).await, Cancel::Cancelled);
    for waiting in &line[1..] {
        assert_eq!(named(&dispatch.stop_abandoned(10).await.unwrap().hints), [waiting.execution]);
        let claimed = fixture.claim(worker, waiting.execution).await;
        assert!(claimed.cancel_requested);
        dispatch.finish(&[ended(lease(&claimed), ExecutionStatus::Cancelled, &fixture)]).await.unwrap();
    }
    assert_eq!(dispatch.stop_abandoned(10).await.unwrap().running, [(tenant.scope.tenant(), youngest.execution)]);
    dispatch.finish(&[ended(lease(&youngest), ExecutionStatus::Cancelled, &fixture)]).await.unwrap();
    assert_eq!(dispatch.deliver(10).await.unwrap().signals, 0, "nobody waits for what was abandoned");
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
}

pub async fn an_abandoned_child_is_stopped_while_its_parent_goes_on(fixture: Fixture) {
    let (tenant, parent, child) = working_family(&fixture, true).await;
    let dispatch = &fixture.storage.dispatch;
    let stranger = fixture.tenant().await;
    dispatch.abandon(&[(stranger.scope.tenant(), child.execution)]).await.unwrap();
    assert!(dispatch.stop_abandoned(10).await.unwrap().running.is_empty());
    let id = (tenant.scope.tenant(), child.execution);
    dispatch.abandon(&[id]).await.unwrap();
    dispatch.abandon(&[id]).await.unwrap();
    assert_eq!(dispatch.stop_abandoned(10).await.unwrap().running, [id]);
    dispatch.finish(&[ended(lease(&child), ExecutionStatus::Cancelled, &fixture)]).await.unwrap();
    assert_eq!(inbox(&fixture, &parent).await, []);
    dispatch.abandon(&[id]).await.unwrap();
    assert_eq!(fixture.status(&tenant, parent.execution).await, ExecutionStatus::Running);
}

pub async fn a_parent_and_its_child_may_end_in_one_batch(fixture: Fixture) {
    let (tenant, parent, child) = working_family(&fixture, true).await;
    let dispatch = &fixture.storage.dispatch;
    let ends = [finish(lease(&parent), fixture.now()), finish(lease(&child), fixture.now())];
    assert_eq!(dispatch.finish(&ends).await.unwrap(), [Written::Yes; 2]);
    dispatch.deliver(10).await.unwrap();
    assert!(dispatch.stop_abandoned(10).await.unwrap().running.is_empty());
    for execution in [parent.execution, child.execution] {
        assert_eq!(fixture.status(&tenant, execution).await, ExecutionStatus::Succeeded);
    }
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
}

/// Whoever ends first, and whatever order rows are met in.
pub async fn parents_and_children_that_end_at_once_leave_nothing_behind(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let worker = fixture.worker().await;
    for round in 0..30 {
        let mut families = Vec::new();
        for _ in 0..4 {
            let parent = fixture.accepted(&tenant, &workflow).await;
            let parent = fixture.claim(worker, parent).await;
            let new = fixture.child(&tenant, &workflow, &parent, true);
            let id = new.id;
            fixture.accept(&[new]).await;
            families.push((parent, fixture.claim(worker, id).await));
        }
        let end = |claimed: &Claimed| finish(lease(claimed), fixture.now());
        let (even, odd): (Vec<_>, Vec<_>) = families.iter().enumerate().partition(|(place, _)| (place + round) % 2 == 0);
        let parents_of_even = even.iter().map(|(_, (parent, _))| end(parent));
        let children_of_even = even.iter().map(|(_, (_, child))| end(child));
        let one: Vec<_> = parents_of_even.chain(odd.iter().map(|(_, (_, child))| end(child))).collect();
        let two: Vec<_> = children_of_even.chain(odd.iter().map(|(_, (parent, _))| end(parent))).collect();
        let abandon: Vec<_> = families.iter().map(|(_, child)| (tenant.scope.tenant(), child.execution)).collect();
        let ends = futures_util::future::join(dispatch.finish(&one), dispatch.finish(&two));
        let ((one, two), abandoned) = futures_util::future::join(ends, dispatch.abandon(&abandon)).await;
        assert_eq!((one.unwrap(), two.unwrap()), (vec![Written::Yes; 4], vec![Written::Yes; 4]));
        abandoned.unwrap();
        dispatch.deliver(100).await.unwrap();
    }
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    let stopped = dispatch.stop_abandoned(100).await.unwrap();
    assert!(stopped.running.is_empty() && stopped.hints.is_empty());
}

pub async fn a_child_that_killed_its_workers_is_told_as_failed(fixture: Fixture) {
    let (_, parent, child) = working_family(&fixture, true).await;
    let dispatch = &fixture.storage.dispatch;
    let worker = dispatch_worker(&fixture, &child).await;
    dispatch.retire(worker).await.unwrap();
    let reaped = dispatch.reap(Duration::from_hours(1), 0, 10).await.unwrap();
    assert_eq!(reaped.failed.len(), 1, "{reaped:?}");
    let told: serde_json::Value = serde_json::from_slice(&inbox(&fixture, &parent).await[0].payload).unwrap();
    assert_eq!((&told["status"], &told["error"]["code"]), (&"failed".into(), &"worker_lost".into()));
}

/// A worker that holds the child after its first one handed it back.
async fn dispatch_worker(fixture: &Fixture, child: &Claimed) -> thaiyyal_model::WorkerId {
    let worker = fixture.worker().await;
    fixture.storage.dispatch.release(&[crate::conformance::fixture::running::release(lease(child))]).await.unwrap();
    fixture.claim(worker, child.execution).await;
    worker
}

pub async fn reports_of_families_that_are_out_of_date_change_nothing(fixture: Fixture) {
    let (tenant, parent, child) = working_family(&fixture, true).await;
    let dispatch = &fixture.storage.dispatch;
    for kind in [ViolationKind::Unreported, ViolationKind::Orphaned] {
        for execution in [parent.execution, child.execution] {
            let stale = Violation { tenant: tenant.scope.tenant(), execution, kind };
            assert_eq!(dispatch.repair(&[stale]).await.unwrap(), 0, "{kind:?}");
        }
    }
    assert_eq!(inbox(&fixture, &parent).await, []);
}
