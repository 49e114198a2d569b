//! Workflows, drafts and versions.

use futures_util::future::join;
use thaiyyal_model::{DefinitionHash, UserId, VersionNumber, WorkflowId};

use crate::{
    Error,
    conformance::{
        Fixture,
        fixture::{DEFINITION, Tenant},
    },
    dispatch::{Accept, Target},
    tenant::{Changed, NewWorkflow, Page, Version, Workflow, WorkflowChange, WorkflowPage, WorkflowSummary},
};

const OTHER: &[u8] = br#"{"nodes":[],"edges":[]}"#;

pub async fn a_created_workflow_is_found(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let created = fixture.workflow(&tenant).await;
    assert_eq!(find(&fixture, &tenant, created.summary.id).await, Some(created));
}

pub async fn workflows_are_found_by_exactly_their_name(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let named = |name: &str| NewWorkflow { name: name.to_owned(), ..fixture.new_workflow(&tenant, DEFINITION, true) };
    let batch = ["Ship", "ship", "Shipping", "Bill", "Bill", "Bill"].map(named);
    for new in &batch {
        fixture.create(&tenant, new).await;
    }
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    for (name, expected) in [("Ship", vec![batch[0].id]), ("Bill", vec![batch[3].id, batch[4].id]), ("", vec![]), ("\0", vec![])] {
        assert_eq!(tx.find_workflows_named(name).await.unwrap(), expected, "{name:?}");
    }
    tx.delete_workflow(batch[0].id, None, fixture.now()).await.unwrap();
    assert_eq!(tx.find_workflows_named("Ship").await.unwrap(), []);
}

pub async fn a_workflow_is_stored_as_it_was_given(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut new = fixture.new_workflow(&tenant, DEFINITION, false);
    new.name = "Ünïcode \u{1f600} 'quoted' \"name\"".to_owned();
    new.description = "Two\nlines".to_owned();
    new.tags = vec!["b".to_owned(), "a \"tag\"".to_owned()];
    let workflow = fixture.create(&tenant, &new).await;
    let expected = WorkflowSummary {
        id: new.id,
        name: new.name,
        description: new.description,
        tags: new.tags,
        revision: 1,
        hash: new.hash,
        version: None,
        version_hash: None,
        created_at: new.now,
        updated_at: new.now,
    };
    assert_eq!(workflow, Workflow { summary: expected, definition: new.definition });
}

pub async fn publishing_at_creation_makes_version_one(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let summary = fixture.workflow(&tenant).await.summary;
    assert_eq!((summary.version, summary.version_hash), (Some(VersionNumber(1)), Some(summary.hash)));
    let version = find_version(&fixture, &tenant, summary.id, 1).await.unwrap();
    let expected = Version {
        number: VersionNumber(1),
        hash: summary.hash,
        definition: DEFINITION.to_vec(),
        created_at: summary.created_at,
        by: tenant.owner,
    };
    assert_eq!(version, expected);
}

pub async fn an_id_that_is_taken_is_refused(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let first = fixture.workflow(&tenant).await;
    let again = NewWorkflow { id: first.summary.id, name: "Again".to_owned(), ..fixture.new_workflow(&tenant, OTHER, false) };
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let refused = tx.create_workflow(&again).await;
    assert!(matches!(refused, Err(Error::Exists { .. })), "{refused:?}");
    drop(tx);
    assert_eq!(find(&fixture, &tenant, first.summary.id).await, Some(first));
}

pub async fn a_definition_keeps_every_byte(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let text = "{\"z\": 1e400,\r\n \"a\": \"\\u0000 \u{0} \u{1f600}\", \"a\": 12345678901234567890.10}".as_bytes();
    let workflow = fixture.create(&tenant, &fixture.new_workflow(&tenant, text, true)).await;
    assert_eq!(workflow.definition, text);
    assert_eq!(find_version(&fixture, &tenant, workflow.summary.id, 1).await.unwrap().definition, text);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_definition(workflow.summary.hash).await.unwrap().unwrap(), text);
    assert_eq!(tx.find_definition(DefinitionHash::of(b"unknown")).await.unwrap(), None);
}

pub async fn workflows_with_equal_text_share_the_definition(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let (first, second) = (fixture.workflow(&tenant).await, fixture.workflow(&tenant).await);
    assert_ne!(first.summary.id, second.summary.id);
    assert_eq!(first.summary.hash, second.summary.hash);
    delete(&fixture, &tenant, first.summary.id, None).await;
    assert_eq!(find(&fixture, &tenant, second.summary.id).await, Some(second));
}

pub async fn an_unknown_author_is_refused(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = NewWorkflow { by: UserId::mint(&fixture.clock), ..fixture.new_workflow(&tenant, DEFINITION, true) };
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.create_workflow(&new).await.unwrap_err();
}

pub async fn an_update_replaces_all_and_counts_the_revision_up(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let before = fixture.workflow(&tenant).await.summary;
    let mut change = fixture.change(&tenant, before.id, OTHER);
    change.name = "Renamed".to_owned();
    change.description = "Described".to_owned();
    change.tags = vec!["tagged".to_owned()];
    let after = changed(update(&fixture, &tenant, &change).await);
    let expected = WorkflowSummary {
        name: "Renamed".to_owned(),
        description: "Described".to_owned(),
        tags: vec!["tagged".to_owned()],
        revision: 2,
        hash: DefinitionHash::of(OTHER),
        updated_at: change.now,
        ..before
    };
    assert_eq!(after, Workflow { summary: expected, definition: OTHER.to_vec() });
    assert_eq!(find(&fixture, &tenant, change.id).await, Some(after));
}

pub async fn an_update_of_an_older_revision_changes_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let current = changed(update(&fixture, &tenant, &fixture.change(&tenant, id, OTHER)).await);
    let late = WorkflowChange { expected: Some(1), name: "Late".to_owned(), ..fixture.change(&tenant, id, DEFINITION) };
    assert_eq!(update(&fixture, &tenant, &late).await, Changed::Stale(2));
    assert_eq!(find(&fixture, &tenant, id).await, Some(current));
}

pub async fn an_update_of_the_present_revision_is_done(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let change = WorkflowChange { expected: Some(1), ..fixture.change(&tenant, id, OTHER) };
    assert_eq!(changed(update(&fixture, &tenant, &change).await).summary.revision, 2);
}

pub async fn an_unknown_workflow_cannot_be_changed(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = WorkflowId::mint(&fixture.clock);
    assert_eq!(find(&fixture, &tenant, id).await, None);
    assert_eq!(update(&fixture, &tenant, &fixture.change(&tenant, id, OTHER)).await, Changed::Missing);
    assert_eq!(delete(&fixture, &tenant, id, None).await, Changed::Missing);
}

pub async fn of_two_updates_of_one_revision_one_is_stale(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let change = WorkflowChange { expected: Some(1), publish: true, ..fixture.change(&tenant, id, OTHER) };
    let (first, second) = join(update(&fixture, &tenant, &change), update(&fixture, &tenant, &change)).await;
    let stale = [&first, &second].into_iter().filter(|outcome| **outcome == Changed::Stale(2)).count();
    let done = [&first, &second].into_iter().filter(|outcome| matches!(outcome, Changed::Yes(_))).count();
    assert_eq!((done, stale), (1, 1), "{first:?} {second:?}");
}

pub async fn publishing_a_changed_draft_makes_the_next_version(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let change = WorkflowChange { publish: true, ..fixture.change(&tenant, id, OTHER) };
    let summary = changed(update(&fixture, &tenant, &change).await).summary;
    assert_eq!((summary.version, summary.version_hash), (Some(VersionNumber(2)), Some(change.hash)));
    assert_eq!(find_version(&fixture, &tenant, id, 1).await.unwrap().definition, DEFINITION);
    assert_eq!(find_version(&fixture, &tenant, id, 2).await.unwrap().definition, OTHER);
}

pub async fn publishing_an_unchanged_draft_makes_no_version(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let change = WorkflowChange { name: "Renamed".to_owned(), publish: true, ..fixture.change(&tenant, id, DEFINITION) };
    let summary = changed(update(&fixture, &tenant, &change).await).summary;
    assert_eq!((summary.version, summary.revision), (Some(VersionNumber(1)), 2));
    assert_eq!(versions(&fixture, &tenant, id, 10, None).await.items.len(), 1);
}

pub async fn publishing_the_text_of_an_older_version_makes_a_new_one(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    for text in [OTHER, DEFINITION] {
        let change = WorkflowChange { publish: true, ..fixture.change(&tenant, id, text) };
        changed(update(&fixture, &tenant, &change).await);
    }
    let numbers: Vec<_> = versions(&fixture, &tenant, id, 10, None).await.items.iter().map(|version| version.number.0).collect();
    assert_eq!(numbers, [3, 2, 1]);
}

pub async fn saving_a_draft_leaves_the_published_version(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let before = fixture.workflow(&tenant).await.summary;
    let after = changed(update(&fixture, &tenant, &fixture.change(&tenant, before.id, OTHER)).await).summary;
    assert_eq!((after.version, after.version_hash), (before.version, before.version_hash));
    assert_eq!(after.hash, DefinitionHash::of(OTHER));
}

pub async fn the_first_publication_may_come_later(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.create(&tenant, &fixture.new_workflow(&tenant, DEFINITION, false)).await.summary.id;
    assert_eq!(versions(&fixture, &tenant, id, 10, None).await, Page { items: vec![], next: None });
    let change = WorkflowChange { publish: true, ..fixture.change(&tenant, id, DEFINITION) };
    assert_eq!(changed(update(&fixture, &tenant, &change).await).summary.version, Some(VersionNumber(1)));
}

pub async fn a_deleted_workflow_is_gone(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    assert_eq!(delete(&fixture, &tenant, id, Some(1)).await, Changed::Yes(()));
    assert_eq!(find(&fixture, &tenant, id).await, None);
    assert_eq!(list(&fixture, &tenant, &page(10)).await, Page { items: vec![], next: None });
    assert_eq!(find_version(&fixture, &tenant, id, 1).await, None);
    assert_eq!(versions(&fixture, &tenant, id, 10, None).await, Page { items: vec![], next: None });
    assert_eq!(update(&fixture, &tenant, &fixture.change(&tenant, id, OTHER)).await, Changed::Missing);
    assert_eq!(delete(&fixture, &tenant, id, None).await, Changed::Missing);
    for target in [Target::Published(id), Target::Draft(id), Target::Version(id, VersionNumber(1))] {
        assert_eq!(fixture.accept(&[fixture.execution(&tenant, target)]).await, [Accept::UnknownWorkflow]);
    }
}

pub async fn an_older_revision_is_not_deleted(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    changed(update(&fixture, &tenant, &fixture.change(&tenant, id, OTHER)).await);
    assert_eq!(delete(&fixture, &tenant, id, Some(1)).await, Changed::Stale(2));
    assert!(find(&fixture, &tenant, id).await.is_some());
}

pub async fn executions_outlive_their_workflow(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    delete(&fixture, &tenant, workflow.summary.id, None).await;
    let found = fixture.find(&tenant, execution).await;
    assert_eq!(found.summary.workflow, Some(workflow.summary.id));
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_definition(found.definition).await.unwrap().unwrap(), DEFINITION);
}

pub async fn a_list_shows_the_newest_first_in_pages(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, fixture.workflow(&tenant).await.summary.id);
    }
    let first = list(&fixture, &tenant, &page(2)).await;
    assert_eq!((listed(&first), first.next), (ids[..2].to_vec(), Some(ids[1])));
    let second = list(&fixture, &tenant, &WorkflowPage { before: first.next, ..page(2) }).await;
    assert_eq!((listed(&second), second.next), (ids[2..4].to_vec(), Some(ids[3])));
    let third = list(&fixture, &tenant, &WorkflowPage { before: second.next, ..page(2) }).await;
    assert_eq!((listed(&third), third.next), (ids[4..].to_vec(), None));
    let whole = list(&fixture, &tenant, &page(5)).await;
    assert_eq!((listed(&whole), whole.next), (ids, None));
}

pub async fn a_search_looks_at_name_and_description_in_any_case(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let name = named(&fixture, &tenant, "Monthly REPORT for Öl", "").await;
    let description = named(&fixture, &tenant, "Nightly", "Sends a report").await;
    let neither = named(&fixture, &tenant, "Import", "Reads files").await;
    let search = async |text: &str| listed(&list(&fixture, &tenant, &WorkflowPage { search: Some(text.to_owned()), ..page(10) }).await);
    assert_eq!(search("rePort").await, [description, name]);
    assert_eq!(search("öL").await, [name]);
    assert_eq!(search("files").await, [neither]);
    assert_eq!(search("nothing").await, []);
}

pub async fn a_search_takes_special_characters_as_they_are(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let percent = named(&fixture, &tenant, "100% sure", "").await;
    let underscore = named(&fixture, &tenant, "snake_case", "").await;
    let backslash = named(&fixture, &tenant, r"C:\temp", "").await;
    for (text, found) in [("%", percent), ("_", underscore), ("\\", backslash)] {
        let search = WorkflowPage { search: Some(text.to_owned()), ..page(10) };
        assert_eq!(listed(&list(&fixture, &tenant, &search).await), [found], "{text}");
    }
}

pub async fn a_tag_narrows_the_list(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let tagged = NewWorkflow { tags: vec!["x".to_owned(), "finance".to_owned()], ..fixture.new_workflow(&tenant, DEFINITION, true) };
    let tagged = fixture.create(&tenant, &tagged).await.summary.id;
    let close = NewWorkflow { tags: vec!["finances".to_owned()], ..fixture.new_workflow(&tenant, DEFINITION, true) };
    fixture.create(&tenant, &close).await;
    fixture.workflow(&tenant).await;
    let wanted = WorkflowPage { tag: Some("finance".to_owned()), ..page(10) };
    assert_eq!(listed(&list(&fixture, &tenant, &wanted).await), [tagged]);
}

pub async fn versions_are_listed_newest_first_in_pages(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    for text in [OTHER, DEFINITION] {
        let change = WorkflowChange { publish: true, ..fixture.change(&tenant, id, text) };
        changed(update(&fixture, &tenant, &change).await);
    }
    let first = versions(&fixture, &tenant, id, 2, None).await;
    assert_eq!(first.items.iter().map(|version| version.number.0).collect::<Vec<_>>(), [3, 2]);
    assert!(first.items.iter().all(|version| version.definition.is_empty() && version.by == tenant.owner));
    assert_eq!(first.next, Some(VersionNumber(2)));
    let second = versions(&fixture, &tenant, id, 2, first.next).await;
    assert_eq!(
        second.items.iter().map(|version| (version.number.0, version.hash)).collect::<Vec<_>>(),
        [(1, DefinitionHash::of(DEFINITION))]
    );
    assert_eq!(second.next, None);
}

pub async fn an_unknown_version_is_not_found(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    assert_eq!(find_version(&fixture, &tenant, id, 2).await, None);
}

impl Fixture {
    /// A change of a workflow that keeps no draft, publishes nothing and overwrites whatever is there.
    pub(crate) fn change(&self, tenant: &Tenant, id: WorkflowId, definition: &[u8]) -> WorkflowChange {
        WorkflowChange {
            id,
            expected: None,
            name: "A workflow".to_owned(),
            description: String::new(),
            tags: Vec::new(),
            definition: definition.to_vec(),
            hash: DefinitionHash::of(definition),
            publish: false,
            by: tenant.owner,
            now: self.now(),
        }
    }
}

async fn named(fixture: &Fixture, tenant: &Tenant, name: &str, description: &str) -> WorkflowId {
    let new = NewWorkflow { name: name.to_owned(), description: description.to_owned(), ..fixture.new_workflow(tenant, DEFINITION, false) };
    fixture.create(tenant, &new).await.summary.id
}

async fn find(fixture: &Fixture, tenant: &Tenant, id: WorkflowId) -> Option<Workflow> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().find_workflow(id).await.unwrap()
}

async fn find_version(fixture: &Fixture, tenant: &Tenant, id: WorkflowId, number: i32) -> Option<Version> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().find_version(id, VersionNumber(number)).await.unwrap()
}

async fn versions(
    fixture: &Fixture,
    tenant: &Tenant,
    id: WorkflowId,
    limit: u32,
    before: Option<VersionNumber>,
) -> Page<Version, VersionNumber> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().list_versions(id, limit, before).await.unwrap()
}

async fn list(fixture: &Fixture, tenant: &Tenant, page: &WorkflowPage) -> Page<WorkflowSummary, WorkflowId> {
    fixture.storage.store.begin(&tenant.scope).await.unwrap().list_workflows(page).await.unwrap()
}

async fn update(fixture: &Fixture, tenant: &Tenant, change: &WorkflowChange) -> Changed<Workflow> {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let outcome = tx.update_workflow(change).await.unwrap();
    tx.commit().await.unwrap();
    outcome
}

async fn delete(fixture: &Fixture, tenant: &Tenant, id: WorkflowId, expected: Option<i64>) -> Changed<()> {
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let outcome = tx.delete_workflow(id, expected, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    outcome
}

fn changed(outcome: Changed<Workflow>) -> Workflow {
    match outcome {
        Changed::Yes(workflow) => workflow,
        Changed::Missing | Changed::Stale(_) => panic!("the change was not done: {outcome:?}"),
    }
}

fn listed(page: &Page<WorkflowSummary, WorkflowId>) -> Vec<WorkflowId> {
    page.items.iter().map(|workflow| workflow.id).collect()
}

fn page(limit: u32) -> WorkflowPage {
    WorkflowPage { limit, ..WorkflowPage::default() }
}
