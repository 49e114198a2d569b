//! What must hold for every execution, and how much work stands where.

use std::time::Duration;

use crate::{
    conformance::{
        Fixture,
        fixture::running::{finish, lease, suspend},
    },
    dispatch::{Backlog, Target, Violation, ViolationKind},
};

pub async fn a_healthy_store_has_no_violations_and_repairing_it_changes_nothing(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut executions = vec![fixture.accepted(&tenant, &workflow).await];
    let (_, leased) = fixture.leased(&tenant, &workflow).await;
    let (_, waiting) = fixture.leased(&tenant, &workflow).await;
    dispatch.suspend(&[suspend(lease(&waiting), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    let (_, signal) = fixture.leased(&tenant, &workflow).await;
    dispatch.suspend(&[suspend(lease(&signal), None)]).await.unwrap();
    let (_, ended) = fixture.leased(&tenant, &workflow).await;
    dispatch.finish(&[finish(lease(&ended), fixture.now())]).await.unwrap();
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
    executions.extend([&leased, &waiting, &signal, &ended].map(|claimed| claimed.execution));
    // A report that is out of date by the time it is acted on.
    let kinds = [ViolationKind::Stranded, ViolationKind::QueuedAfterEnd, ViolationKind::QueuedWhileWaiting];
    for kind in kinds {
        let stale: Vec<_> =
            executions.iter().map(|execution| Violation { tenant: tenant.scope.tenant(), execution: *execution, kind }).collect();
        assert_eq!(dispatch.repair(&stale).await.unwrap(), 0, "{kind:?}");
    }
    assert_eq!(dispatch.violations(10).await.unwrap(), []);
}

pub async fn recent_executions_can_be_checked_alone(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.accepted(&tenant, &workflow).await;
    let (_, signal) = fixture.leased(&tenant, &workflow).await;
    dispatch.suspend(&[suspend(lease(&signal), None)]).await.unwrap();
    for within in [Duration::ZERO, Duration::from_hours(1), Duration::from_hours(24 * 365)] {
        assert_eq!(dispatch.recent_violations(within, 10).await.unwrap(), []);
    }
}

pub async fn the_backlog_counts_what_stands_where(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    assert_eq!(dispatch.backlog().await.unwrap(), Backlog::default());
    let (_, waiting) = fixture.leased(&tenant, &workflow).await;
    dispatch.suspend(&[suspend(lease(&waiting), Some(fixture.now() + Duration::from_hours(1)))]).await.unwrap();
    fixture.leased(&tenant, &workflow).await;
    let mut later = fixture.execution(&tenant, Target::Published(workflow.summary.id));
    later.start_at = Some(fixture.now() + Duration::from_hours(1));
    fixture.accept(&[later]).await;
    fixture.accepted(&tenant, &workflow).await;
    fixture.accepted(&tenant, &workflow).await;
    let backlog = dispatch.backlog().await.unwrap();
    assert_eq!((backlog.ready, backlog.leased, backlog.timers, backlog.outbox), (2, 1, 2, 4));
    assert!(backlog.oldest_ready < Duration::from_hours(1));
}
