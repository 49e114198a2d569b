//! Executions as people and programs see them.

use std::time::Duration;

use thaiyyal_model::{ExecutionId, ExecutionStatus, Priority, Reason, Seq, Trigger, VersionNumber};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            DEFINITION, Tenant,
            running::{append, finish, lease, named, release, segment, suspend},
        },
    },
    dispatch::{Append, Finish, NewExecution, Target, Written},
    tenant::{Cancel, Execution, ExecutionPage, ExecutionSummary, Page, Workflow},
};

const HOUR: Duration = Duration::from_hours(1);

pub async fn an_execution_is_found_as_it_was_accepted(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let new = NewExecution {
        trigger: Trigger::Webhook,
        priority: Priority::High,
        input: "{\"text\": \"\u{0} \\u0000 \u{1f600}\"}".as_bytes().to_vec(),
        labels: Some(b"{\"order\":\"4711\"}".to_vec()),
        ..fixture.execution(&tenant, Target::Published(workflow.summary.id))
    };
    fixture.accept(std::slice::from_ref(&new)).await;
    let summary = ExecutionSummary {
        id: new.id,
        workflow: Some(workflow.summary.id),
        workflow_name: Some(workflow.summary.name),
        version: Some(VersionNumber(1)),
        status: ExecutionStatus::Queued,
        reason: None,
        wake_at: None,
        trigger: Trigger::Webhook,
        priority: Priority::High,
        error: None,
        created_at: new.created_at,
        started_at: None,
        finished_at: None,
        retry_of: None,
        parent: None,
        parent_step: None,
    };
    let expected = Execution { summary, input: new.input, output: None, labels: new.labels, definition: workflow.summary.hash };
    assert_eq!(fixture.find(&tenant, new.id).await, expected);
}

pub async fn an_inline_execution_has_neither_workflow_nor_version(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let hash = thaiyyal_model::DefinitionHash::of(DEFINITION);
    let new = fixture.execution(&tenant, Target::Inline { hash, text: DEFINITION.to_vec() });
    fixture.accept(std::slice::from_ref(&new)).await;
    let found = fixture.find(&tenant, new.id).await;
    assert_eq!((found.summary.workflow, found.summary.workflow_name, found.summary.version), (None, None, None));
    assert_eq!(found.definition, hash);
}

pub async fn an_unknown_execution_is_not_found(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = ExecutionId::mint(&fixture.clock);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_execution(id).await.unwrap(), None);
    assert_eq!(tx.journal(id, Seq(0)).await.unwrap(), []);
    assert_eq!(tx.cancel_execution(id, fixture.now()).await.unwrap(), Cancel::Missing);
}

pub async fn a_leased_execution_runs_until_it_is_given_back(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let running = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((running.status, running.started_at), (ExecutionStatus::Running, Some(claimed.started_at)));
    fixture.storage.dispatch.release(&[release(lease(&claimed))]).await.unwrap();
    let queued = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((queued.status, queued.started_at), (ExecutionStatus::Queued, Some(claimed.started_at)));
}

pub async fn an_ended_execution_shows_its_outcome(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let end = Finish { output: Some(b"{\"sum\":15}".to_vec()), ..finish(lease(&claimed), fixture.now()) };
    fixture.storage.dispatch.finish(std::slice::from_ref(&end)).await.unwrap();
    let found = fixture.find(&tenant, claimed.execution).await;
    assert_eq!((found.summary.status, found.output, found.summary.error), (ExecutionStatus::Succeeded, end.output, None));
    assert_eq!((found.summary.started_at, found.summary.finished_at), (Some(claimed.started_at), Some(end.finished_at)));
}

pub async fn a_failed_execution_shows_why(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let error = Some(b"{\"code\":\"division_by_zero\"}".to_vec());
    let end = Finish { status: ExecutionStatus::Failed, output: None, error: error.clone(), ..finish(lease(&claimed), fixture.now()) };
    fixture.storage.dispatch.finish(&[end]).await.unwrap();
    let found = fixture.find(&tenant, claimed.execution).await;
    assert_eq!((found.summary.status, found.output, found.summary.error), (ExecutionStatus::Failed, None, error));
}

pub async fn a_waiting_execution_shows_for_what_and_until_when(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let wake_at = fixture.now() + HOUR;
    fixture.storage.dispatch.suspend(&[suspend(lease(&claimed), Some(wake_at))]).await.unwrap();
    let found = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Waiting, Some(Reason::Timer), Some(wake_at)));
    assert_eq!(found.started_at, Some(claimed.started_at));
}

pub async fn a_delayed_execution_waits_for_its_time(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let start_at = fixture.now() + HOUR;
    let new = NewExecution { start_at: Some(start_at), ..fixture.execution(&tenant, Target::Published(workflow.summary.id)) };
    fixture.accept(std::slice::from_ref(&new)).await;
    let found = fixture.find(&tenant, new.id).await.summary;
    assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Waiting, Some(Reason::Timer), Some(start_at)));
    assert_eq!(found.started_at, None);
}

pub async fn the_name_of_the_workflow_is_the_present_one(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let mut change = fixture.change(&tenant, workflow.summary.id, DEFINITION);
    change.name = "Renamed".to_owned();
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.update_workflow(&change).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(fixture.find(&tenant, execution).await.summary.workflow_name.as_deref(), Some("Renamed"));
}

pub async fn a_list_shows_the_newest_first_in_pages(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, fixture.accepted(&tenant, &workflow).await);
    }
    let first = list(&fixture, &tenant, &page(2)).await;
    assert_eq!((listed(&first), first.next), (ids[..2].to_vec(), Some(ids[1])));
    let second = list(&fixture, &tenant, &ExecutionPage { before: first.next, ..page(2) }).await;
    assert_eq!((listed(&second), second.next), (ids[2..4].to_vec(), Some(ids[3])));
    let third = list(&fixture, &tenant, &ExecutionPage { before: second.next, ..page(2) }).await;
    assert_eq!((listed(&third), third.next), (ids[4..].to_vec(), None));
    assert_eq!(listed(&list(&fixture, &tenant, &page(5)).await), ids);
    let found = fixture.find(&tenant, ids[0]).await.summary;
    assert_eq!(first.items[0], found);
}

pub async fn a_list_is_narrowed_by_status(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut expected = vec![(ExecutionStatus::Queued, fixture.accepted(&tenant, &workflow).await)];
    let (_, running) = fixture.leased(&tenant, &workflow).await;
    expected.push((ExecutionStatus::Running, running.execution));
    let (_, waiting) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.suspend(&[suspend(lease(&waiting), None)]).await.unwrap();
    expected.push((ExecutionStatus::Waiting, waiting.execution));
    for status in [ExecutionStatus::Succeeded, ExecutionStatus::Failed, ExecutionStatus::Cancelled, ExecutionStatus::TimedOut] {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        fixture.storage.dispatch.finish(&[Finish { status, ..finish(lease(&claimed), fixture.now()) }]).await.unwrap();
        expected.push((status, claimed.execution));
    }
    for (status, execution) in expected {
        let found = list(&fixture, &tenant, &ExecutionPage { status: Some(status), ..page(10) }).await;
        assert_eq!(found.items.iter().map(|item| (item.status, item.id)).collect::<Vec<_>>(), [(status, execution)]);
    }
}

pub async fn a_list_is_narrowed_by_workflow(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (first, second) = (fixture.workflow(&tenant).await, fixture.workflow(&tenant).await);
    let execution = fixture.accepted(&tenant, &first).await;
    fixture.accepted(&tenant, &second).await;
    let of_first = ExecutionPage { workflow: Some(first.summary.id), ..page(10) };
    assert_eq!(listed(&list(&fixture, &tenant, &of_first).await), [execution]);
}

pub async fn a_list_is_narrowed_by_trigger(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    fixture.accepted(&tenant, &workflow).await;
    let scheduled = NewExecution { trigger: Trigger::Schedule, ..fixture.execution(&tenant, Target::Published(workflow.summary.id)) };
    fixture.accept(std::slice::from_ref(&scheduled)).await;
    let wanted = ExecutionPage { trigger: Some(Trigger::Schedule), ..page(10) };
    assert_eq!(listed(&list(&fixture, &tenant, &wanted).await), [scheduled.id]);
}

pub async fn a_list_is_narrowed_by_time(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let now = fixture.now();
    let at =
        |hours: u32| NewExecution { created_at: now - HOUR * hours, ..fixture.execution(&tenant, Target::Published(workflow.summary.id)) };
    let batch = [at(3), at(2), at(1)];
    fixture.accept(&batch).await;
    let within = ExecutionPage { since: Some(now - HOUR * 2), until: Some(now - HOUR), ..page(10) };
    assert_eq!(listed(&list(&fixture, &tenant, &within).await), [batch[1].id], "since is inclusive, until is not");
}

pub async fn filters_of_a_list_combine(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (first, second) = (fixture.workflow(&tenant).await, fixture.workflow(&tenant).await);
    let wanted = fixture.accepted(&tenant, &first).await;
    fixture.accepted(&tenant, &second).await;
    let (_, running) = fixture.leased(&tenant, &first).await;
    let filter = ExecutionPage {
        workflow: Some(first.summary.id),
        status: Some(ExecutionStatus::Queued),
        trigger: Some(Trigger::Api),
        parent: None,
        before: Some(running.execution),
        since: Some(fixture.now() - HOUR),
        until: Some(fixture.now() + HOUR),
        text: Some(first.summary.name.clone()),
        limit: 10,
    };
    assert_eq!(listed(&list(&fixture, &tenant, &filter).await), [wanted]);
}

pub async fn a_journal_is_read_from_a_position_on(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let segments = [segment(1, 3), segment(4, 2), segment(6, 1)];
    let appends: Vec<_> = segments.iter().map(|segment| Append { segment: segment.clone(), ..append(lease(&claimed), 1) }).collect();
    assert_eq!(fixture.storage.dispatch.append(&appends).await.unwrap(), [Written::Yes; 3]);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    for (after, from) in [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (6, 3), (7, 3)] {
        assert_eq!(tx.journal(claimed.execution, Seq(after)).await.unwrap(), segments[from..], "after {after}");
        let (execution, journal) = tx.recorded(claimed.execution, Seq(after)).await.unwrap().expect("it is there");
        assert_eq!((execution.summary.id, &*journal), (claimed.execution, &segments[from..]), "after {after}");
    }
}

pub async fn a_queued_execution_is_cancelled_at_once(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let now = fixture.now();
    assert_eq!(fixture.cancel(&tenant, execution).await, Cancel::Cancelled);
    let found = fixture.find(&tenant, execution).await.summary;
    assert_eq!((found.status, found.started_at), (ExecutionStatus::Cancelled, None));
    assert!(found.finished_at.unwrap() >= now);
    let worker = fixture.worker().await;
    assert!(fixture.claims(worker, &[execution]).await.is_empty());
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
}

pub async fn a_waiting_execution_is_cancelled_at_once_and_its_timer_wakes_nothing(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let due = fixture.now() - HOUR;
    fixture.storage.dispatch.suspend(&[suspend(lease(&claimed), Some(due))]).await.unwrap();
    assert_eq!(fixture.cancel(&tenant, claimed.execution).await, Cancel::Cancelled);
    let found = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Cancelled, None, None));
    assert_eq!(found.started_at, Some(claimed.started_at));
    assert_eq!(named(&fixture.storage.dispatch.wake_due(10).await.unwrap()), []);
    assert_eq!(fixture.storage.dispatch.backlog().await.unwrap().timers, 0);
    assert_eq!(fixture.storage.dispatch.violations(10).await.unwrap(), []);
}

pub async fn the_worker_of_a_running_execution_is_asked_to_end_it(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let (worker, claimed) = fixture.leased(&tenant, &workflow).await;
    assert_eq!(fixture.cancel(&tenant, claimed.execution).await, Cancel::Requested);
    assert_eq!(fixture.cancel(&tenant, claimed.execution).await, Cancel::Requested, "asking twice changes nothing");
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Running);
    let pulse = fixture.beat(worker, &[lease(&claimed)]).await;
    assert_eq!((pulse.cancel, pulse.lost), (vec![claimed.execution], vec![]));
    let end = Finish { status: ExecutionStatus::Cancelled, output: None, ..finish(lease(&claimed), fixture.now()) };
    assert_eq!(fixture.storage.dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Cancelled);
}

pub async fn a_cancel_reaches_the_next_worker_when_the_lease_is_given_back(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    fixture.cancel(&tenant, claimed.execution).await;
    fixture.storage.dispatch.release(&[release(lease(&claimed))]).await.unwrap();
    let next = fixture.worker().await;
    assert!(fixture.claim(next, claimed.execution).await.cancel_requested);
}

pub async fn an_ended_execution_is_not_cancelled(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    fixture.storage.dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap();
    let before = fixture.find(&tenant, claimed.execution).await;
    assert_eq!(fixture.cancel(&tenant, claimed.execution).await, Cancel::AlreadyEnded(ExecutionStatus::Succeeded));
    assert_eq!(fixture.find(&tenant, claimed.execution).await, before);
}

pub async fn a_cancel_that_is_rolled_back_ends_nothing(fixture: Fixture) {
    let (tenant, workflow) = set_up(&fixture).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.cancel_execution(execution, fixture.now()).await.unwrap(), Cancel::Cancelled);
    drop(tx);
    assert_eq!(fixture.status(&tenant, execution).await, ExecutionStatus::Queued);
    let worker = fixture.worker().await;
    let claimed = fixture.claim(worker, execution).await;
    assert_eq!(fixture.storage.dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap(), [Written::Yes]);
}

impl Fixture {
    /// Asks for a cancel in a transaction of its own.
    pub(crate) async fn cancel(&self, tenant: &Tenant, execution: ExecutionId) -> Cancel {
        let mut tx = self.storage.store.begin(&tenant.scope).await.unwrap();
        let outcome = tx.cancel_execution(execution, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        outcome
    }
}

async fn set_up(fixture: &Fixture) -> (Tenant, Workflow) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    (tenant, workflow)
}

pub async fn executions_are_found_by_the_name_of_their_workflow_or_the_beginning_of_their_id(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut executions = Vec::new();
    for _ in 0..3 {
        executions.push(fixture.accepted(&tenant, &workflow).await);
    }
    let find = async |text: &str| listed(&list(&fixture, &tenant, &ExecutionPage { text: Some(text.to_owned()), ..page(10) }).await);
    let mut newest_first = executions.clone();
    newest_first.reverse();
    let name = &workflow.summary.name;
    assert_eq!(find(&name.to_uppercase()).await, newest_first);
    assert_eq!(find(&name[1..]).await, newest_first);
    assert_eq!(find(&executions[1].to_string()).await, executions[1..2]);
    assert_eq!(find(&executions[1].to_string().to_uppercase()[..8]).await, newest_first, "ids of one minute begin alike");
    assert_eq!(find("no such % name").await, []);
    assert_eq!(find("%").await, []);
}

async fn list(fixture: &Fixture, tenant: &Tenant, page: &ExecutionPage) -> Page<ExecutionSummary, ExecutionId> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().list_executions(page).await.unwrap()
}

fn listed(page: &Page<ExecutionSummary, ExecutionId>) -> Vec<ExecutionId> {
    page.items.iter().map(|execution| execution.id).collect()
}

fn page(limit: u32) -> ExecutionPage {
    ExecutionPage { limit, ..ExecutionPage::default() }
}
