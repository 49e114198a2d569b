//! Signals: posted, delivered, taken.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::{join, join_all};
use thaiyyal_model::{ExecutionId, ExecutionStatus, SignalSeq};

use crate::{
    conformance::{
        Fixture,
        fixture::{
            Tenant,
            running::{append, finish, lease, named, older, release, segment, suspend},
        },
    },
    dispatch::{Append, Claimed, Finish, Suspend, Written},
    signals::{Inbox, Posted},
};

pub async fn a_signal_wakes_an_execution_that_waits(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    let wait = suspend(lease(&claimed), Some(fixture.now() + Duration::from_hours(1)));
    assert_eq!(dispatch.suspend(&[wait]).await.unwrap(), [Written::Yes]);
    fixture.post(&tenant, claimed.execution, "paid").await;
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Waiting);

    let delivered = dispatch.deliver(10).await.unwrap();
    assert_eq!((named(&delivered.hints), delivered.signals), (vec![claimed.execution], 1));
    assert_eq!((delivered.woken, delivered.running), (vec![(tenant.scope.tenant(), claimed.execution)], vec![]));
    assert!(delivered.hints.iter().all(|hint| hint.outbox.is_some()));
    let found = fixture.find(&tenant, claimed.execution).await.summary;
    assert_eq!((found.status, found.reason, found.wake_at), (ExecutionStatus::Queued, None, None));
    assert_eq!(dispatch.backlog().await.unwrap().timers, 0);
    assert!(dispatch.violations(10).await.unwrap().is_empty());

    let again = fixture.claim(fixture.worker().await, claimed.execution).await;
    assert_eq!((again.epoch.0, texts(&again.inbox)), (2, vec!["paid = \"paid\"".to_owned()]));
    assert_eq!(dispatch.deliver(10).await.unwrap().signals, 0);
}

pub async fn a_signal_sent_before_the_first_claim_comes_with_it(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let execution = fixture.accepted(&tenant, &workflow).await;
    fixture.post(&tenant, execution, "early").await;
    let delivered = fixture.storage.dispatch.deliver(10).await.unwrap();
    assert_eq!((delivered.hints, delivered.running), (vec![], vec![(tenant.scope.tenant(), execution)]));
    let claimed = fixture.claim(fixture.worker().await, execution).await;
    assert_eq!(texts(&claimed.inbox), ["early = \"early\""]);
}

pub async fn an_execution_without_signals_has_an_empty_inbox(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let (_, other) = running(&fixture).await;
    assert_eq!(claimed.inbox, Inbox::default());
    fixture.post(&tenant, claimed.execution, "mine").await;
    fixture.storage.dispatch.deliver(10).await.unwrap();
    let inboxes = fixture.storage.dispatch.inboxes(&[lease(&other), lease(&claimed)]).await.unwrap();
    assert_eq!(inboxes[0], Inbox::default());
    assert_eq!(texts(&inboxes[1]), ["mine = \"mine\""]);
}

pub async fn signals_come_in_the_order_of_their_arrival(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    for name in ["b", "a", "c", "a"] {
        fixture.post(&tenant, claimed.execution, name).await;
    }
    assert_eq!(fixture.storage.dispatch.deliver(3).await.unwrap().signals, 3);
    assert_eq!(texts(&fixture.inbox(&claimed).await), ["b = \"b\"", "a = \"a\"", "c = \"c\""]);
    assert_eq!(fixture.storage.dispatch.deliver(3).await.unwrap().signals, 1);
    assert_eq!(fixture.inbox(&claimed).await.signals.len(), 4);
}

pub async fn a_wait_does_not_begin_over_a_signal_that_was_not_seen(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.post(&tenant, claimed.execution, "paid").await;
    dispatch.deliver(10).await.unwrap();
    let wait = Suspend { segment: Some(segment(1, 2)), ..suspend(lease(&claimed), None) };
    assert_eq!(dispatch.suspend(std::slice::from_ref(&wait)).await.unwrap(), [Written::Signalled]);
    // The segment is there, and the lease.
    assert_eq!(fixture.journal(&tenant, claimed.execution).await, [segment(1, 2)]);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Running);
    let seen = fixture.inbox(&claimed).await.seen;
    assert_eq!(dispatch.suspend(&[Suspend { seen, segment: None, ..wait }]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Waiting);
}

pub async fn a_cancel_wins_over_a_signal(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.post(&tenant, claimed.execution, "paid").await;
    dispatch.deliver(10).await.unwrap();
    fixture.cancel(&tenant, claimed.execution).await;
    assert_eq!(dispatch.suspend(&[suspend(lease(&claimed), None)]).await.unwrap(), [Written::CancelRequested]);
}

pub async fn a_taken_signal_is_gone_and_the_others_stay(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    for name in ["one", "two", "three"] {
        fixture.post(&tenant, claimed.execution, name).await;
    }
    fixture.storage.dispatch.deliver(10).await.unwrap();
    let inbox = fixture.inbox(&claimed).await;
    let taking = Append { taken: vec![inbox.signals[0].seq, inbox.signals[2].seq], ..append(lease(&claimed), 1) };
    let other = Append { segment: segment(2, 1), ..append(lease(&claimed), 2) };
    assert_eq!(fixture.storage.dispatch.append(&[other, taking.clone()]).await.unwrap(), [Written::Yes; 2]);
    assert_eq!(texts(&fixture.inbox(&claimed).await), ["two = \"two\""]);
    // Repeated, as after an answer that got lost.
    assert_eq!(fixture.storage.dispatch.append(&[taking]).await.unwrap(), [Written::Yes]);
    assert_eq!(texts(&fixture.inbox(&claimed).await), ["two = \"two\""]);
}

pub async fn an_older_epoch_takes_nothing(fixture: Fixture) {
    let (tenant, first) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.post(&tenant, first.execution, "paid").await;
    dispatch.deliver(10).await.unwrap();
    let signal = fixture.inbox(&first).await.signals[0].seq;
    dispatch.release(&[release(lease(&first))]).await.unwrap();
    let second = fixture.claim(fixture.worker().await, first.execution).await;
    let taking = Append { taken: vec![signal], ..append(older(lease(&second)), 1) };
    assert_eq!(dispatch.append(&[taking]).await.unwrap(), [Written::Fenced]);
    assert_eq!(texts(&fixture.inbox(&second).await), ["paid = \"paid\""]);
}

pub async fn a_lease_takes_signals_of_its_own_execution_only(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let (_, stranger) = running(&fixture).await;
    fixture.post(&tenant, claimed.execution, "paid").await;
    fixture.storage.dispatch.deliver(10).await.unwrap();
    let signal = fixture.inbox(&claimed).await.signals[0].seq;
    let taking = Append { taken: vec![signal, SignalSeq(signal.0 + 7)], ..append(lease(&stranger), 1) };
    assert_eq!(fixture.storage.dispatch.append(&[taking]).await.unwrap(), [Written::Yes]);
    assert_eq!(texts(&fixture.inbox(&claimed).await), ["paid = \"paid\""]);
}

pub async fn what_was_not_taken_comes_again_after_a_crash(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    for name in ["one", "two"] {
        fixture.post(&tenant, claimed.execution, name).await;
    }
    dispatch.deliver(10).await.unwrap();
    let taken = vec![fixture.inbox(&claimed).await.signals[0].seq];
    dispatch.append(&[Append { taken, ..append(lease(&claimed), 1) }]).await.unwrap();
    dispatch.release(&[release(lease(&claimed))]).await.unwrap();
    let again = fixture.claim(fixture.worker().await, claimed.execution).await;
    assert_eq!((again.journal.len(), texts(&again.inbox)), (1, vec!["two = \"two\"".to_owned()]));
}

pub async fn an_execution_that_has_ended_takes_no_signal(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.post(&tenant, claimed.execution, "left over").await;
    dispatch.deliver(10).await.unwrap();
    for status in [ExecutionStatus::Failed, ExecutionStatus::Succeeded] {
        let end = Finish { status, ..finish(lease(&claimed), fixture.now()) };
        dispatch.finish(&[end]).await.unwrap();
    }
    assert_eq!(fixture.try_post(&tenant, claimed.execution, "late", 10).await, Posted::Ended(ExecutionStatus::Failed));
    assert_eq!(dispatch.deliver(10).await.unwrap().signals, 0);
    assert!(fixture.inbox(&claimed).await.signals.is_empty());
    assert_eq!(fixture.try_post(&tenant, ExecutionId::mint(&fixture.clock), "nobody", 10).await, Posted::Missing);
}

pub async fn a_signal_delivered_after_the_end_changes_nothing(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let dispatch = &fixture.storage.dispatch;
    fixture.post(&tenant, claimed.execution, "too late").await;
    dispatch.finish(&[finish(lease(&claimed), fixture.now())]).await.unwrap();
    let delivered = dispatch.deliver(10).await.unwrap();
    assert!(delivered.hints.is_empty() && delivered.woken.is_empty() && delivered.running.is_empty(), "{delivered:?}");
    assert_eq!(fixture.status(&tenant, claimed.execution).await, ExecutionStatus::Succeeded);
    assert!(dispatch.violations(10).await.unwrap().is_empty());
    fixture.storage.admin.maintain().await.unwrap();
}

pub async fn no_more_signals_lie_there_than_allowed(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    assert_eq!(fixture.try_post(&tenant, claimed.execution, "one", 2).await, Posted::Yes);
    let at_once = join_all((0..4).map(|_| fixture.try_post(&tenant, claimed.execution, "more", 2))).await;
    assert_eq!(at_once.iter().filter(|posted| **posted == Posted::Yes).count(), 1, "{at_once:?}");
    fixture.storage.dispatch.deliver(10).await.unwrap();
    assert_eq!(fixture.try_post(&tenant, claimed.execution, "three", 2).await, Posted::Full);
    let taken = vec![fixture.inbox(&claimed).await.signals[0].seq];
    fixture.storage.dispatch.append(&[Append { taken, ..append(lease(&claimed), 1) }]).await.unwrap();
    assert_eq!(fixture.try_post(&tenant, claimed.execution, "three", 2).await, Posted::Yes);
}

pub async fn a_signal_that_is_rolled_back_was_never_there(fixture: Fixture) {
    let (tenant, claimed) = running(&fixture).await;
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    let posted = tx.post_signal(&fixture.signal(claimed.execution, "no", 10), fixture.now()).await.unwrap();
    assert_eq!(posted, Posted::Yes);
    drop(tx);
    assert_eq!(fixture.storage.dispatch.deliver(10).await.unwrap().signals, 0);
}

pub async fn a_life_sign_tells_of_signals_to_those_who_listen(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, one) = fixture.leased(&tenant, &workflow).await;
    let other = fixture.claim(worker, fixture.accepted(&tenant, &workflow).await).await;
    for claimed in [&one, &other] {
        fixture.post(&tenant, claimed.execution, "paid").await;
    }
    fixture.storage.dispatch.deliver(10).await.unwrap();
    let leases = [lease(&one), lease(&other)];
    assert_eq!(fixture.beat(worker, &leases).await.signalled, []);
    let tell = |seen| vec![(tenant.scope.tenant(), one.execution, seen)];
    assert_eq!(fixture.beat_listening(worker, &leases, tell(0)).await.signalled, [one.execution]);
    let seen = fixture.inbox(&one).await.seen;
    assert_eq!(fixture.beat_listening(worker, &leases, tell(seen)).await.signalled, []);
}

/// The worker gives the execution back while a signal arrives: it must not sleep over it, whoever comes first.
pub async fn a_signal_that_races_with_a_wait_is_never_slept_over(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let worker = fixture.worker().await;
    let dispatch = &fixture.storage.dispatch;
    for round in 0..20 {
        let execution = fixture.accepted(&tenant, &workflow).await;
        let claimed = fixture.claim(worker, execution).await;
        let send = async {
            fixture.post(&tenant, execution, "paid").await;
            dispatch.deliver(10).await.unwrap();
        };
        let (waited, ()) = join(dispatch.suspend(&[suspend(lease(&claimed), None)]), send).await;
        match waited.unwrap().as_slice() {
            [Written::Signalled] => assert_eq!(fixture.inbox(&claimed).await.signals.len(), 1),
            [Written::Yes] => {
                assert_eq!(fixture.status(&tenant, execution).await, ExecutionStatus::Queued, "round {round}");
                assert_eq!(fixture.claim(worker, execution).await.inbox.signals.len(), 1);
            }
            other => panic!("{other:?}"),
        }
    }
}

pub async fn deliveries_at_once_deliver_each_signal_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let dispatch = &fixture.storage.dispatch;
    let mut waiting = BTreeSet::new();
    for _ in 0..10 {
        let (_, claimed) = fixture.leased(&tenant, &workflow).await;
        dispatch.suspend(&[suspend(lease(&claimed), None)]).await.unwrap();
        fixture.post(&tenant, claimed.execution, "one").await;
        fixture.post(&tenant, claimed.execution, "two").await;
        waiting.insert(claimed.execution);
    }
    let deliveries = join_all((0..4).map(|_| dispatch.deliver(7))).await;
    let mut deliveries: Vec<_> = deliveries.into_iter().map(Result::unwrap).collect();
    deliveries.push(dispatch.deliver(100).await.unwrap());
    assert_eq!(deliveries.iter().map(|delivered| delivered.signals).sum::<u32>(), 20);
    let woken: Vec<_> = deliveries.iter().flat_map(|delivered| named(&delivered.hints)).collect();
    assert_eq!(woken.len(), 10);
    assert_eq!(woken.into_iter().collect::<BTreeSet<_>>(), waiting);
}

async fn running(fixture: &Fixture) -> (Tenant, Claimed) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    (tenant, claimed)
}

fn texts(inbox: &Inbox) -> Vec<String> {
    inbox.signals.iter().map(|signal| format!("{} = {}", signal.name, String::from_utf8_lossy(&signal.payload))).collect()
}
