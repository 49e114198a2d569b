//! Hints that nobody confirmed, and executions that nobody claimed.

use std::time::Duration;

use thaiyyal_model::{Hint, OutboxId};

use crate::{
    conformance::{Fixture, fixture::running::named},
    dispatch::Target,
};

fn rows(hints: &[Hint]) -> Vec<OutboxId> {
    let mut rows: Vec<_> = hints.iter().map(|hint| hint.outbox.expect("it has a row")).collect();
    rows.sort_unstable();
    rows
}

pub async fn a_confirmed_hint_is_not_published_again(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let confirmed = dispatch.accept(&[fixture.execution(&tenant, Target::Published(workflow.summary.id))]).await.unwrap().hints;
    let left = dispatch.accept(&[fixture.execution(&tenant, Target::Published(workflow.summary.id))]).await.unwrap().hints;
    let mut ids = rows(&confirmed);
    ids.push(OutboxId::mint(&fixture.clock));
    ids.extend(rows(&confirmed));
    dispatch.confirm(&ids).await.unwrap();
    dispatch.confirm(&ids).await.unwrap();
    assert_eq!(dispatch.unpublished(Duration::ZERO, 10).await.unwrap(), left);
}

pub async fn a_fresh_hint_is_left_to_whoever_wrote_it(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    fixture.accepted(&tenant, &workflow).await;
    assert!(fixture.storage.dispatch.unpublished(Duration::from_hours(1), 10).await.unwrap().is_empty());
    assert_eq!(fixture.storage.dispatch.backlog().await.unwrap().outbox, 1);
}

pub async fn a_relay_takes_a_hint_that_no_other_relay_took_just_now(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut written = Vec::new();
    for _ in 0..6 {
        written.extend(dispatch.accept(&[fixture.execution(&tenant, Target::Published(workflow.summary.id))]).await.unwrap().hints);
    }
    let first = dispatch.unpublished(Duration::ZERO, 4).await.unwrap();
    assert_eq!(first.len(), 4);
    assert!(dispatch.unpublished(Duration::from_hours(1), 10).await.unwrap().is_empty());
    // Unconfirmed ones come again, the others first.
    let second = dispatch.unpublished(Duration::ZERO, 2).await.unwrap();
    let mut all = rows(&first);
    all.extend(rows(&second));
    all.sort_unstable();
    assert_eq!(all, rows(&written));
    assert_eq!(rows(&dispatch.unpublished(Duration::ZERO, 10).await.unwrap()), rows(&written));
}

pub async fn a_swept_execution_is_hinted_again_until_it_is_claimed(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut ready = vec![fixture.accepted(&tenant, &workflow).await, fixture.accepted(&tenant, &workflow).await];
    let (_, leased) = fixture.leased(&tenant, &workflow).await;
    assert!(dispatch.sweep(Duration::from_hours(1), 10).await.unwrap().is_empty());
    let hints = dispatch.sweep(Duration::ZERO, 10).await.unwrap();
    assert_eq!(named(&hints), ready);
    assert!(hints.iter().all(|hint| hint.outbox.is_none()));
    assert!(dispatch.sweep(Duration::from_hours(1), 10).await.unwrap().is_empty());
    assert!(!named(&hints).contains(&leased.execution));
    fixture.claim(fixture.worker().await, ready.remove(0)).await;
    assert_eq!(named(&dispatch.sweep(Duration::ZERO, 10).await.unwrap()), ready);
}

pub async fn a_sweep_hints_no_more_than_asked_and_the_longest_unclaimed_first(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut ready = Vec::new();
    for _ in 0..4 {
        ready.push(fixture.accepted(&tenant, &workflow).await);
    }
    assert_eq!(named(&dispatch.sweep(Duration::ZERO, 2).await.unwrap()), ready[..2]);
    assert_eq!(named(&dispatch.sweep(Duration::ZERO, 2).await.unwrap()), ready[2..]);
    assert_eq!(named(&dispatch.sweep(Duration::ZERO, 2).await.unwrap()), ready[..2]);
}

pub async fn repeated_hints_are_cut_into_messages(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let batch: Vec<_> = (0..300).map(|_| fixture.execution(&tenant, Target::Published(workflow.summary.id))).collect();
    fixture.accept(&batch).await;
    let hints = fixture.storage.dispatch.sweep(Duration::ZERO, 1000).await.unwrap();
    assert_eq!(named(&hints), batch.iter().map(|new| new.id).collect::<Vec<_>>());
    assert!(hints.iter().all(|hint| (1..=Hint::MAX_EXECUTIONS).contains(&hint.executions.len())));
}
