//! Ids of one tenant in the hands of another.

use thaiyyal_model::ExecutionStatus;

use crate::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, release, segment, suspend},
    },
    dispatch::{Finish, Lease, Release, Suspend, Violation, ViolationKind, Written},
};

pub async fn a_lease_that_names_another_tenant_writes_nothing(fixture: Fixture) {
    let (owner, thief) = (fixture.tenant().await, fixture.tenant().await);
    let workflow = fixture.workflow(&owner).await;
    let (worker, claimed) = fixture.leased(&owner, &workflow).await;
    let stolen = Lease { tenant: thief.scope.tenant(), ..lease(&claimed) };
    let dispatch = &fixture.storage.dispatch;
    let end = Finish { segment: Some(segment(1, 1)), ..finish(stolen, fixture.now()) };
    assert_eq!(dispatch.append(&[append(stolen, 1)]).await.unwrap(), [Written::Fenced]);
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Fenced]);
    let wait = Suspend { segment: Some(segment(1, 1)), ..suspend(stolen, Some(fixture.now())) };
    assert_eq!(dispatch.suspend(&[wait]).await.unwrap(), [Written::Fenced]);
    let back = Release { segment: Some(segment(1, 1)), ..release(stolen) };
    assert_eq!(dispatch.release(&[back]).await.unwrap(), (vec![Written::Fenced], Vec::new()));
    assert!(fixture.journal(&owner, claimed.execution).await.is_empty());
    assert!(fixture.journal(&thief, claimed.execution).await.is_empty());
    assert_eq!(fixture.status(&owner, claimed.execution).await, ExecutionStatus::Running);
    assert_eq!(dispatch.leases(worker).await.unwrap(), [lease(&claimed)]);
}

pub async fn a_repair_that_names_another_tenant_changes_nothing(fixture: Fixture) {
    let (owner, thief) = (fixture.tenant().await, fixture.tenant().await);
    let workflow = fixture.workflow(&owner).await;
    let (_, claimed) = fixture.leased(&owner, &workflow).await;
    for kind in [ViolationKind::Stranded, ViolationKind::QueuedAfterEnd, ViolationKind::QueuedWhileWaiting] {
        let violation = Violation { tenant: thief.scope.tenant(), execution: claimed.execution, kind };
        assert_eq!(fixture.storage.dispatch.repair(&[violation]).await.unwrap(), 0);
    }
}

pub async fn a_claim_mints_the_scope_of_the_owner(fixture: Fixture) {
    let (one, other) = (fixture.tenant().await, fixture.tenant().await);
    let (mine, theirs) = (fixture.workflow(&one).await, fixture.workflow(&other).await);
    let wanted = [fixture.accepted(&one, &mine).await, fixture.accepted(&other, &theirs).await];
    let claimed = fixture.claims(fixture.worker().await, &wanted).await;
    assert_eq!(claimed.iter().map(|claimed| claimed.scope).collect::<Vec<_>>(), [one.scope, other.scope]);
}
