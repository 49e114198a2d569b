//! Appending to journals.

use thaiyyal_model::Seq;

use crate::{
    conformance::{
        Fixture,
        fixture::running::{append, finish, lease, release, segment},
    },
    dispatch::{Append, Claimed, Finish, Release, Segment, Written},
};

pub async fn segments_are_read_back_in_order(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, one) = fixture.leased(&tenant, &workflow).await;
    let (_, other) = fixture.leased(&tenant, &workflow).await;
    // Two segments of one execution may meet in one batch.
    let batch = [append(lease(&one), 1), append(lease(&other), 1), append(lease(&one), 2)];
    assert_eq!(fixture.storage.dispatch.append(&batch).await.unwrap(), [Written::Yes; 3]);
    let last = Append { segment: segment(3, 10), ..append(lease(&one), 3) };
    assert_eq!(fixture.storage.dispatch.append(&[last]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.journal(&tenant, one.execution).await, [segment(1, 1), segment(2, 1), segment(3, 10)]);
    assert_eq!(fixture.journal(&tenant, other.execution).await, [segment(1, 1)]);
}

pub async fn a_reader_gets_the_segments_with_records_it_has_not_seen(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let segments = [segment(1, 2), segment(3, 4), segment(7, 1)];
    let batch = segments.clone().map(|segment| Append { segment, ..append(lease(&claimed), 1) });
    fixture.storage.dispatch.append(&batch).await.unwrap();
    let mut tx = fixture.storage.store.begin(&tenant.scope).await.unwrap();
    assert_eq!(tx.journal(claimed.execution, Seq(2)).await.unwrap(), segments[1..]);
    assert_eq!(tx.journal(claimed.execution, Seq(4)).await.unwrap(), segments[1..]);
    assert_eq!(tx.journal(claimed.execution, Seq(6)).await.unwrap(), segments[2..]);
    assert!(tx.journal(claimed.execution, Seq(7)).await.unwrap().is_empty());
}

pub async fn repeating_an_append_writes_it_once(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    for _ in 0..2 {
        assert_eq!(dispatch.append(&[append(lease(&claimed), 1)]).await.unwrap(), [Written::Yes]);
    }
    let end = Finish { segment: Some(segment(1, 1)), ..finish(lease(&claimed), fixture.now()) };
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.journal(&tenant, claimed.execution).await, [segment(1, 1)]);
}

pub async fn of_two_segments_that_begin_alike_the_longer_one_of_the_newest_owner_counts(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (worker, first) = fixture.leased(&tenant, &workflow).await;
    let dispatch = &fixture.storage.dispatch;
    let write = async |owner: &Claimed, segments: &[Segment]| {
        let batch: Vec<_> = segments.iter().map(|segment| Append { segment: segment.clone(), ..append(lease(owner), 1) }).collect();
        let written = dispatch.append(&batch).await.unwrap();
        assert!(written.iter().all(|written| *written == Written::Yes), "{written:?}");
    };
    // An answer got lost, and more records were there at the next attempt; then the first attempt arrives once more.
    write(&first, &[segment(1, 1)]).await;
    write(&first, &[segment(1, 3)]).await;
    write(&first, &[segment(1, 2)]).await;
    assert_eq!(fixture.journal(&tenant, first.execution).await, [segment(1, 3)]);
    let other = Segment { bytes: b"as long, with other words".to_vec(), ..segment(1, 3) };
    write(&first, std::slice::from_ref(&other)).await;
    assert_eq!(fixture.journal(&tenant, first.execution).await, [segment(1, 3)]);
    // Both attempts in one batch, in either order.
    write(&first, &[segment(4, 2), segment(4, 1), segment(6, 1), segment(6, 2)]).await;
    assert_eq!(fixture.journal(&tenant, first.execution).await, [segment(1, 3), segment(4, 2), segment(6, 2)]);
    // A newer owner knows best, and hands back or ends with what it knows.
    dispatch.release(&[release(lease(&first))]).await.unwrap();
    let second = fixture.claim(worker, first.execution).await;
    write(&second, std::slice::from_ref(&other)).await;
    let back = Release { segment: Some(segment(4, 1)), ..release(lease(&second)) };
    assert_eq!(dispatch.release(&[back]).await.unwrap().0, [Written::Yes]);
    assert_eq!(fixture.journal(&tenant, first.execution).await, [other.clone(), segment(4, 1), segment(6, 2)]);
    let third = fixture.claim(worker, first.execution).await;
    let end = Finish { segment: Some(segment(6, 1)), ..finish(lease(&third), fixture.now()) };
    assert_eq!(dispatch.finish(&[end]).await.unwrap(), [Written::Yes]);
    assert_eq!(fixture.journal(&tenant, first.execution).await, [other, segment(4, 1), segment(6, 1)]);
}

pub async fn a_large_segment_comes_back_as_it_was(fixture: Fixture) {
    let tenant = fixture.tenant().await;
    let workflow = fixture.workflow(&tenant).await;
    let (_, claimed) = fixture.leased(&tenant, &workflow).await;
    let mut large = segment(1, 1);
    large.bytes = (0..2_000_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    fixture.storage.dispatch.append(&[Append { segment: large.clone(), ..append(lease(&claimed), 1) }]).await.unwrap();
    assert!(fixture.journal(&tenant, claimed.execution).await == [large]);
}
