use std::{
    collections::VecDeque,
    future::ready,
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("no")]
struct Refused;

/// A batch function that shows its batches and waits for the test before it answers.
#[derive(Clone, Default)]
struct Gate {
    seen: Arc<Mutex<Vec<Vec<u32>>>>,
    begun: Arc<Notify>,
    pass: Arc<Mutex<VecDeque<oneshot::Sender<()>>>>,
}

impl Gate {
    async fn write(self, items: Vec<u32>) -> Result<Vec<u32>, Refused> {
        let (sender, passed) = oneshot::channel();
        self.pass.lock().unwrap().push_back(sender);
        let answers = items.iter().map(|item| item * 10).collect();
        self.seen.lock().unwrap().push(items);
        self.begun.notify_one();
        passed.await.map_err(|_| Refused)?;
        Ok(answers)
    }

    /// Lets the oldest batch end.
    fn open(&self) {
        self.pass.lock().unwrap().pop_front().unwrap().send(()).unwrap();
    }

    /// Lets the oldest batch fail.
    fn fail(&self) {
        drop(self.pass.lock().unwrap().pop_front().unwrap());
    }

    fn seen(&self) -> Vec<Vec<u32>> {
        self.seen.lock().unwrap().clone()
    }
}

fn batcher(shape: Shape) -> (Batcher<u32, u32, Refused>, Gate, TaskTracker) {
    let tracker = TaskTracker::new();
    let gate = Gate::default();
    let batcher = Batcher::spawn(&tracker, "test", shape, {
        let gate = gate.clone();
        move |items| gate.clone().write(items)
    });
    (batcher, gate, tracker)
}

/// Submits in the background, so that the order of submission is the order of the calls.
async fn submit(
    tracker: &TaskTracker,
    batcher: &Batcher<u32, u32, Refused>,
    items: Vec<u32>,
) -> tokio::task::JoinHandle<Result<Vec<u32>, Unanswered<Refused>>> {
    let batcher = batcher.clone();
    let handle = tracker.spawn(async move { batcher.submit_all(items).await });
    tokio::task::yield_now().await;
    handle
}

#[tokio::test]
async fn what_comes_while_a_batch_is_in_flight_forms_the_next_one() {
    let (batcher, gate, tracker) = batcher(Shape::sequential(10));
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let second = submit(&tracker, &batcher, vec![2]).await;
    let third = submit(&tracker, &batcher, vec![3, 4]).await;
    gate.open();
    gate.begun.notified().await;
    gate.open();

    assert_eq!(first.await.unwrap().unwrap(), [10]);
    assert_eq!(second.await.unwrap().unwrap(), [20]);
    assert_eq!(third.await.unwrap().unwrap(), [30, 40]);
    assert_eq!(gate.seen(), [vec![1], vec![2, 3, 4]]);
}

#[tokio::test]
async fn no_batch_is_larger_than_the_limit_and_none_is_torn_needlessly() {
    let (batcher, gate, tracker) = batcher(Shape::sequential(3));
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let pair = submit(&tracker, &batcher, vec![2, 3]).await;
    let other_pair = submit(&tracker, &batcher, vec![4, 5]).await;
    let large = submit(&tracker, &batcher, vec![6, 7, 8, 9]).await;
    for _ in 0..3 {
        gate.open();
        gate.begun.notified().await;
    }
    gate.open();
    gate.begun.notified().await;
    gate.open();

    first.await.unwrap().unwrap();
    assert_eq!(pair.await.unwrap().unwrap(), [20, 30]);
    assert_eq!(other_pair.await.unwrap().unwrap(), [40, 50]);
    assert_eq!(large.await.unwrap().unwrap(), [60, 70, 80, 90]);
    assert_eq!(gate.seen(), [vec![1], vec![2, 3], vec![4, 5], vec![6, 7, 8], vec![9]]);
}

#[tokio::test]
async fn several_batches_are_in_flight_where_allowed() {
    let (batcher, gate, tracker) = batcher(Shape { max_items: 10, concurrency: 2, max_waiting: 10 });
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let second = submit(&tracker, &batcher, vec![2]).await;
    gate.begun.notified().await;
    assert_eq!(gate.seen(), [vec![1], vec![2]]);
    gate.open();
    gate.open();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_error_of_a_batch_reaches_everyone_in_it_and_nobody_else() {
    let (batcher, gate, tracker) = batcher(Shape::sequential(10));
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let second = submit(&tracker, &batcher, vec![2]).await;
    let third = submit(&tracker, &batcher, vec![3]).await;
    gate.open();
    gate.begun.notified().await;
    gate.fail();

    first.await.unwrap().unwrap();
    assert!(matches!(second.await.unwrap(), Err(Unanswered::Failed(_))));
    assert!(matches!(third.await.unwrap(), Err(Unanswered::Failed(_))));
}

#[tokio::test]
async fn a_panic_is_reported_and_the_next_batch_is_written() {
    let tracker = TaskTracker::new();
    let batcher = Batcher::<u32, u32, Refused>::spawn(&tracker, "test", Shape::sequential(10), |items| {
        assert_ne!(items, [13], "this panic is part of the test");
        ready(Ok(items))
    });
    assert!(matches!(batcher.submit(13).await, Err(Unanswered::Lost)));
    assert_eq!(batcher.submit(14).await.unwrap(), 14);
}

#[tokio::test]
async fn a_batch_function_that_forgets_an_answer_is_reported() {
    let tracker = TaskTracker::new();
    let batcher = Batcher::<u32, u32, Refused>::spawn(&tracker, "test", Shape::sequential(10), |_| ready(Ok(Vec::new())));
    assert!(matches!(batcher.submit(1).await, Err(Unanswered::Lost)));
}

#[tokio::test]
async fn the_item_of_a_submitter_that_went_away_is_written() {
    let (batcher, gate, tracker) = batcher(Shape::sequential(10));
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let second = submit(&tracker, &batcher, vec![2]).await;
    second.abort();
    drop(second.await);
    gate.open();
    gate.begun.notified().await;
    gate.open();
    first.await.unwrap().unwrap();
    assert_eq!(gate.seen(), [vec![1], vec![2]]);
}

#[tokio::test]
async fn offers_are_refused_and_submitters_wait_when_there_is_no_room() {
    let (batcher, gate, tracker) = batcher(Shape { max_items: 2, concurrency: 1, max_waiting: 3 });
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    assert!(batcher.offer(vec![2, 3]).is_empty());
    assert_eq!(batcher.offer(vec![4, 5]), [4, 5]);
    assert_eq!(batcher.waiting(), 2);
    let waits = submit(&tracker, &batcher, vec![6, 7]).await;
    for _ in 0..2 {
        gate.open();
        gate.begun.notified().await;
    }
    gate.open();
    first.await.unwrap().unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), [60, 70]);
    assert_eq!(gate.seen(), [vec![1], vec![2, 3], vec![6, 7]]);
    assert_eq!(batcher.waiting(), 0);
}

#[tokio::test]
async fn everything_submitted_is_written_before_the_batcher_ends() {
    let (batcher, gate, tracker) = batcher(Shape::sequential(2));
    assert!(batcher.offer(vec![1, 2, 3]).is_empty());
    drop(batcher);
    tracker.close();
    for _ in 0..2 {
        gate.begun.notified().await;
        gate.open();
    }
    tracker.wait().await;
    assert_eq!(gate.seen(), [vec![1, 2], vec![3]]);
}

#[tokio::test]
async fn heavy_items_share_a_batch_only_as_long_as_it_can_carry_them() {
    let tracker = TaskTracker::new();
    let gate = Gate::default();
    let weighing = Weighing { of: |item: &u32| *item as usize, max: 10 };
    let batcher = Batcher::spawn_weighing(&tracker, "test", Shape::sequential(4), weighing, {
        let gate = gate.clone();
        move |items| gate.clone().write(items)
    });
    let first = submit(&tracker, &batcher, vec![1]).await;
    gate.begun.notified().await;
    let singles =
        [submit(&tracker, &batcher, vec![6]).await, submit(&tracker, &batcher, vec![4]).await, submit(&tracker, &batcher, vec![3]).await];
    let many = submit(&tracker, &batcher, vec![5, 5, 12, 1, 1, 1, 1, 1]).await;
    for _ in 0..6 {
        gate.open();
        gate.begun.notified().await;
    }
    gate.open();
    for (answer, item) in [first].into_iter().chain(singles).zip([1, 6, 4, 3]) {
        assert_eq!(answer.await.unwrap().unwrap(), [item * 10]);
    }
    assert_eq!(many.await.unwrap().unwrap(), [50, 50, 120, 10, 10, 10, 10, 10]);
    let seen = gate.seen();
    assert_eq!(seen, [vec![1], vec![6, 4], vec![3], vec![5, 5], vec![12], vec![1, 1, 1, 1], vec![1]]);
}
