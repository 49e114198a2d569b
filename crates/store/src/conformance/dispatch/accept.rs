//! Accepting executions.

use std::time::Duration;

use thaiyyal_model::{DefinitionHash, ExecutionStatus, Hint, Priority, Reason, Shard, Trigger, VersionNumber, WorkflowId};

use crate::{
    conformance::{
        Fixture,
        fixture::{DEFINITION, running::named},
    },
    dispatch::{Accept, Accepted, NewExecution, Target},
    tenant::WorkflowChange,
};

pub async fn an_unknown_workflow_is_not_accepted(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let new = fixture.execution(&tenant, Target::Published(WorkflowId::mint(&fixture.clock)));
    let answer = fixture.storage.dispatch.accept(&[new]).await.unwrap();
    assert_eq!(answer.outcomes, [Accept::UnknownWorkflow]);
    assert!(answer.hints.is_empty());
}

pub async fn an_accepted_execution_is_recorded_with_all_that_was_given(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    new.priority = Priority::High;
    new.trigger = Trigger::Webhook;
    new.labels = Some(b"{\"team\":\"a\"}".to_vec());
    new.deadline = Some(fixture.now());
    assert_eq!(
        fixture.accept(&[new.clone()]).await,
        [Accept::New(Accepted { execution: new.id, workflow: Some(workflow.summary.id), version: Some(VersionNumber(1)) })]
    );
    let found = fixture.find(&tenant, new.id).await;
    assert_eq!(found.input, new.input);
    assert_eq!(found.labels, new.labels);
    assert_eq!(found.definition, workflow.summary.hash);
    assert_eq!(found.output, None);
    assert_eq!(found.summary.status, ExecutionStatus::Queued);
    assert_eq!(found.summary.workflow, Some(workflow.summary.id));
    assert_eq!(found.summary.workflow_name, Some(workflow.summary.name));
    assert_eq!(found.summary.version, Some(VersionNumber(1)));
    assert_eq!(found.summary.trigger, Trigger::Webhook);
    assert_eq!(found.summary.priority, Priority::High);
    assert_eq!(found.summary.created_at, new.created_at);
    assert_eq!(found.summary.started_at, None);
    assert_eq!(found.summary.finished_at, None);
}

pub async fn a_batch_is_answered_in_its_order_whatever_each_item_gets(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let unpublished = fixture.create(&tenant, &fixture.new_workflow(&tenant, DEFINITION, false)).await;
    let id = workflow.summary.id;
    // Minted in this order, then turned round, so that the order of ids is not the order of the batch.
    let mut batch = [
        Target::Published(id),
        Target::Version(id, VersionNumber(1)),
        Target::Version(id, VersionNumber(2)),
        Target::Draft(id),
        Target::Published(unpublished.summary.id),
        Target::Draft(unpublished.summary.id),
        Target::Published(WorkflowId::mint(&fixture.clock)),
    ]
    .map(|target| fixture.execution(&tenant, target));
    batch.reverse();
    let accepted = |new: &NewExecution, workflow, version: Option<i32>| {
        Accept::New(Accepted { execution: new.id, workflow: Some(workflow), version: version.map(VersionNumber) })
    };
    assert_eq!(
        fixture.accept(&batch).await,
        [
            Accept::UnknownWorkflow,
            accepted(&batch[1], unpublished.summary.id, None),
            Accept::NotPublished,
            accepted(&batch[3], id, None),
            Accept::UnknownVersion,
            accepted(&batch[5], id, Some(1)),
            accepted(&batch[6], id, Some(1)),
        ]
    );
}

pub async fn an_inline_definition_is_stored_under_its_hash_and_runs(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let text = b"{\"nodes\":[],\"edges\":[]}".to_vec();
    let hash = DefinitionHash::of(&text);
    let batch = [(); 2].map(|()| fixture.execution(&tenant, Target::Inline { hash, text: text.clone() }));
    let outcomes = fixture.accept(&batch).await;
    let expected = batch.each_ref().map(|new| Accept::New(Accepted { execution: new.id, workflow: None, version: None }));
    assert_eq!(outcomes, expected);
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_definition(hash).await.unwrap(), Some(text));
    drop(tx);
    let claimed = fixture.claim(fixture.worker().await, batch[1].id).await;
    assert_eq!((claimed.definition, claimed.workflow, claimed.version), (hash, None, None));
}

pub async fn a_version_published_a_moment_ago_is_the_one_that_runs(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let definition = b"{\"nodes\":[],\"edges\":[]}".to_vec();
    let change = WorkflowChange {
        id: workflow.summary.id,
        expected: None,
        name: workflow.summary.name,
        description: String::new(),
        tags: Vec::new(),
        hash: DefinitionHash::of(&definition),
        definition,
        publish: true,
        by: tenant.owner,
        now: fixture.now(),
    };
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.update_workflow(&change).await.unwrap();
    tx.commit().await.unwrap();
    let new = fixture.execution(&tenant, Target::Published(change.id));
    let accepted = Accepted { execution: new.id, workflow: Some(change.id), version: Some(VersionNumber(2)) };
    assert_eq!(fixture.accept(&[new]).await, [Accept::New(accepted.clone())]);
    assert_eq!(fixture.find(&tenant, accepted.execution).await.definition, change.hash);
}

pub async fn a_deleted_workflow_is_unknown(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let id = fixture.workflow(&tenant).await.summary.id;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    tx.delete_workflow(id, None, fixture.now()).await.unwrap();
    tx.commit().await.unwrap();
    let batch =
        [Target::Published(id), Target::Version(id, VersionNumber(1)), Target::Draft(id)].map(|target| fixture.execution(&tenant, target));
    assert_eq!(fixture.accept(&batch).await, [Accept::UnknownWorkflow, Accept::UnknownWorkflow, Accept::UnknownWorkflow]);
}

pub async fn hints_name_each_accepted_execution_once_in_its_queue(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut batch: Vec<_> = (0..200).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    for (place, new) in batch.iter_mut().enumerate() {
        new.priority = [Priority::High, Priority::Normal, Priority::Low, Priority::Normal][place % 4];
    }
    batch[7].target = Target::Published(WorkflowId::mint(&fixture.clock));
    let hints = fixture.storage.dispatch.accept(&batch).await.unwrap().hints;
    let refused = batch.remove(7).id;
    let mut expected: Vec<_> = batch.iter().map(|new| new.id).collect();
    expected.sort_unstable();
    assert_eq!(named(&hints), expected);
    assert!(!named(&hints).contains(&refused));
    for hint in &hints {
        assert!(hint.outbox.is_some());
        assert!((1..=Hint::MAX_EXECUTIONS).contains(&hint.executions.len()));
        for execution in &hint.executions {
            let new = batch.iter().find(|new| new.id == *execution).unwrap();
            assert_eq!((hint.shard, hint.priority), (Shard::of(tenant.scope.tenant(), *execution), new.priority));
        }
    }
    // Two shards, three classes, one of which needs two messages at most.
    assert!(hints.len() <= 8, "{} messages for 200 executions", hints.len());
}

pub async fn a_batch_may_span_tenants(fixture: Fixture) {
    let (one, other) = (fixture.tenant().await, fixture.tenant().await);
    let (mine, theirs) = (fixture.workflow(&one).await.summary.id, fixture.workflow(&other).await.summary.id);
    let batch = [
        fixture.execution(&one, Target::Published(mine)),
        fixture.execution(&other, Target::Published(mine)),
        fixture.execution(&other, Target::Published(theirs)),
        fixture.execution(&one, Target::Version(theirs, VersionNumber(1))),
    ];
    let outcomes = fixture.accept(&batch).await;
    assert!(
        matches!(outcomes.as_slice(), [Accept::New(_), Accept::UnknownWorkflow, Accept::New(_), Accept::UnknownWorkflow]),
        "{outcomes:?}"
    );
}

pub async fn an_execution_for_later_waits_for_its_time(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    new.start_at = Some(new.created_at + Duration::from_hours(1));
    let answer = fixture.storage.dispatch.accept(&[new.clone()]).await.unwrap();
    assert!(matches!(answer.outcomes.as_slice(), [Accept::New(_)]));
    assert!(answer.hints.is_empty());
    assert!(fixture.claims(fixture.worker().await, &[new.id]).await.is_empty());
    assert!(fixture.storage.dispatch.wake_due(10).await.unwrap().is_empty());
    let found = fixture.find(&tenant, new.id).await.summary;
    assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Waiting, Some(Reason::Timer), new.start_at));
    assert!(fixture.storage.dispatch.violations(10).await.unwrap().is_empty());
}

pub async fn a_start_in_the_past_is_a_start_at_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    new.start_at = Some(new.created_at - Duration::from_hours(1));
    let hints = fixture.storage.dispatch.accept(&[new.clone()]).await.unwrap().hints;
    assert_eq!(named(&hints), [new.id]);
    fixture.claim(fixture.worker().await, new.id).await;
}

pub async fn payloads_are_bytes_and_come_back_as_they_were(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    for input in [b"".to_vec(), b"\"a\0b\"".to_vec(), vec![0xff, 0xfe, 0x00], large] {
        let mut new = fixture.execution(&tenant, Target::Published(workflow.summary.id));
        new.input.clone_from(&input);
        fixture.accept(&[new.clone()]).await;
        assert!(fixture.claim(fixture.worker().await, new.id).await.input == input);
        assert!(fixture.find(&tenant, new.id).await.input == input);
    }
}

pub async fn an_empty_batch_does_nothing(fixture: Fixture) {
    let dispatch = &fixture.storage.dispatch;
    let answer = dispatch.accept(&[]).await.unwrap();
    assert!(answer.outcomes.is_empty() && answer.hints.is_empty());
    assert!(dispatch.claim(fixture.worker().await, &[]).await.unwrap().is_empty());
    assert!(dispatch.append(&[]).await.unwrap().is_empty());
    assert!(dispatch.finish(&[]).await.unwrap().is_empty());
    assert!(dispatch.suspend(&[]).await.unwrap().is_empty());
    assert!(dispatch.release(&[]).await.unwrap().0.is_empty());
    dispatch.confirm(&[]).await.unwrap();
    assert_eq!(dispatch.repair(&[]).await.unwrap(), 0);
}

pub async fn an_id_that_exists_makes_the_batch_fail_as_a_whole(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let first = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    fixture.accept(std::slice::from_ref(&first)).await;
    let second = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    let answer = fixture.storage.dispatch.accept(&[second.clone(), first]).await;
    assert!(matches!(answer, Err(crate::Error::Exists { .. })), "{answer:?}");
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.find_execution(second.id).await.unwrap(), None);
}
