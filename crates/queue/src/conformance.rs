//! What every [`Queue`] does, as tests: `conformance!(with_queue)` in a test file of its own, where
//! `async fn with_queue(case: impl AsyncFnOnce(&dyn Queue))` runs a case on a fresh, empty queue and cleans up after it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::FutureExt;
use thaiyyal_model::{ExecutionId, Hint, OutboxId, Priority, SHARDS, Shard};
use uuid::Uuid;

use crate::{Consumer, Delivery, Queue};

/// One test per case, each on a queue of its own.
#[macro_export]
macro_rules! conformance {
    ($with_queue:path) => {
        $crate::conformance!($with_queue =>
            every_shard_and_priority_delivers_what_was_published,
            each_hint_gets_its_answer,
            an_acknowledged_message_never_comes_again,
            what_a_dropped_consumer_held_is_delivered_again,
            a_delivery_dropped_without_acknowledgement_is_delivered_again,
            a_consumer_is_given_no_more_than_its_prefetch,
            urgent_messages_go_first_and_none_starves,
            a_dropped_wait_loses_nothing,
            two_consumers_share_the_messages,
            the_depth_counts_what_waits,
        );
    };
    ($with_queue:path => $($case:ident,)+) => {
        $(
            #[tokio::test]
            async fn $case() {
                $with_queue(async |queue: &dyn $crate::Queue| $crate::conformance::$case(queue).await).await;
            }
        )+
    };
}

/// A hint for the execution with this number.
fn hint(number: u128, shard: u16, priority: Priority) -> Hint {
    let id = Uuid::from_u128(number);
    let executions = vec![ExecutionId::from_uuid(id)];
    Hint { outbox: Some(OutboxId::from_uuid(id)), shard: Shard(shard), priority, executions }
}

fn number(delivery: &Delivery) -> u128 {
    delivery.hint.executions[0].uuid().as_u128()
}

async fn publish(queue: &dyn Queue, hints: &[Hint]) {
    for answer in queue.publish(hints).await {
        answer.expect("a queue that works takes messages");
    }
}

async fn consume(queue: &dyn Queue, prefetch: u16) -> Box<dyn Consumer> {
    queue.consume(prefetch).await.expect("a queue that works can be consumed")
}

async fn next(consumer: &mut Box<dyn Consumer>) -> Delivery {
    let delivery = tokio::time::timeout(Duration::from_secs(20), consumer.next()).await;
    delivery.expect("a message that waits is delivered").expect("the queue is open")
}

/// Takes and acknowledges so many.
async fn drain(consumer: &mut Box<dyn Consumer>, count: usize) -> Vec<u128> {
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        let delivery = next(consumer).await;
        numbers.push(number(&delivery));
        delivery.ack.ack().await;
    }
    numbers
}

#[expect(missing_docs, reason = "the names of the cases say what they check")]
mod cases {
    use super::*;

    pub async fn every_shard_and_priority_delivers_what_was_published(queue: &dyn Queue) {
        let mut expected = BTreeMap::new();
        for (class, priority) in Priority::ALL.iter().enumerate() {
            for shard in 0..SHARDS {
                let first = (class as u128) << 32 | u128::from(shard) << 16;
                let executions = (0..1 + u128::from(shard) * 4).map(|n| ExecutionId::from_uuid(Uuid::from_u128(first + n))).collect();
                expected.insert(first, Hint { executions, ..hint(first, shard, *priority) });
            }
        }
        publish(queue, &expected.values().cloned().collect::<Vec<_>>()).await;
        let mut consumer = consume(queue, 64).await;
        for _ in 0..expected.len() {
            let delivery = next(&mut consumer).await;
            let published = expected.remove(&number(&delivery)).expect("delivered once");
            assert_eq!(delivery.hint, Hint { outbox: None, ..published });
            assert!(!delivery.redelivered);
            delivery.ack.ack().await;
        }
        assert!(expected.is_empty());
    }

    pub async fn each_hint_gets_its_answer(queue: &dyn Queue) {
        queue.ping().await.expect("a queue that works answers");
        assert!(queue.publish(&[]).await.is_empty());
        let hints: Vec<_> = (0..3_000).map(|n| hint(n, (n % 16) as u16, Priority::Normal)).collect();
        let answers = queue.publish(&hints).await;
        assert_eq!(answers.len(), hints.len());
        assert!(answers.iter().all(Result::is_ok));
        let mut consumer = consume(queue, 256).await;
        let delivered: BTreeSet<_> = drain(&mut consumer, hints.len()).await.into_iter().collect();
        assert_eq!(delivered.len(), hints.len());
    }

    pub async fn an_acknowledged_message_never_comes_again(queue: &dyn Queue) {
        publish(queue, &[1, 2, 3].map(|n| hint(n, 0, Priority::Normal))).await;
        let mut consumer = consume(queue, 8).await;
        drain(&mut consumer, 3).await;
        drop(consumer);
        publish(queue, &[hint(4, 0, Priority::Normal)]).await;
        let mut consumer = consume(queue, 8).await;
        assert_eq!(drain(&mut consumer, 1).await, [4]);
    }

    pub async fn what_a_dropped_consumer_held_is_delivered_again(queue: &dyn Queue) {
        publish(queue, &[1, 2, 3, 4].map(|n| hint(n, n as u16, Priority::Low))).await;
        let mut consumer = consume(queue, 64).await;
        let held = [next(&mut consumer).await, next(&mut consumer).await];
        let taken: BTreeSet<_> = held.iter().map(number).collect();
        drop(consumer);
        let mut consumer = consume(queue, 64).await;
        let mut again = BTreeSet::new();
        for _ in 0..4 {
            let delivery = next(&mut consumer).await;
            assert!(delivery.redelivered || !taken.contains(&number(&delivery)));
            again.insert(number(&delivery));
            delivery.ack.ack().await;
        }
        assert_eq!(again, BTreeSet::from([1, 2, 3, 4]));
        // Their consumer is gone, so these acknowledge nothing and give nothing back.
        let [first, second] = held;
        first.ack.ack().await;
        drop(second);
        publish(queue, &[hint(5, 0, Priority::Low)]).await;
        assert_eq!(drain(&mut consumer, 1).await, [5]);
    }

    pub async fn a_delivery_dropped_without_acknowledgement_is_delivered_again(queue: &dyn Queue) {
        publish(queue, &[hint(1, 0, Priority::High)]).await;
        let mut consumer = consume(queue, 1).await;
        drop(next(&mut consumer).await);
        let again = next(&mut consumer).await;
        assert_eq!((number(&again), again.redelivered), (1, true));
        again.ack.ack().await;
    }

    pub async fn a_consumer_is_given_no_more_than_its_prefetch(queue: &dyn Queue) {
        publish(queue, &[1, 2, 3, 4].map(|n| hint(n, n as u16 % 2, Priority::Normal))).await;
        let mut consumer = consume(queue, 2).await;
        let first = next(&mut consumer).await;
        let second = next(&mut consumer).await;
        queue.ping().await.expect("a queue that works answers");
        assert!(consumer.next().now_or_never().is_none());
        first.ack.ack().await;
        let third = next(&mut consumer).await;
        assert!(consumer.next().now_or_never().is_none());
        second.ack.ack().await;
        third.ack.ack().await;
        drain(&mut consumer, 1).await;
    }

    pub async fn urgent_messages_go_first_and_none_starves(queue: &dyn Queue) {
        let hints: Vec<_> = (0..600).map(|n| hint(n, (n % 16) as u16, Priority::ALL[n as usize % 3])).collect();
        publish(queue, &hints).await;
        let mut consumer = consume(queue, 48).await;
        let order = drain(&mut consumer, hints.len()).await;
        let mean = |class: u128| -> usize {
            let places = order.iter().enumerate().filter(|(_, number)| *number % 3 == class).map(|(place, _)| place);
            places.sum::<usize>() / 200
        };
        assert!(mean(0) < mean(2), "the urgent ones came at {} of 600, the others at {}", mean(0), mean(2));
        assert!(order[..300].iter().any(|number| number % 3 == 2), "nothing of low priority came while others waited");
    }

    pub async fn a_dropped_wait_loses_nothing(queue: &dyn Queue) {
        let mut consumer = consume(queue, 16).await;
        let mut seen = BTreeSet::new();
        for n in 0..50 {
            // Dropped before, while and after a message arrives.
            let mut impatient = Vec::new();
            impatient.extend(consumer.next().now_or_never().flatten());
            publish(queue, &[hint(n, (n % 16) as u16, Priority::Normal)]).await;
            impatient.extend(consumer.next().now_or_never().flatten());
            for delivery in impatient {
                seen.insert(number(&delivery));
                delivery.ack.ack().await;
            }
        }
        let rest = drain(&mut consumer, 50 - seen.len()).await;
        seen.extend(rest);
        assert_eq!(seen.len(), 50);
    }

    pub async fn two_consumers_share_the_messages(queue: &dyn Queue) {
        let mut one = consume(queue, 8).await;
        let mut other = consume(queue, 8).await;
        let hints: Vec<_> = (0..200).map(|n| hint(n, (n % 16) as u16, Priority::Normal)).collect();
        publish(queue, &hints).await;
        let mut seen = BTreeSet::new();
        while seen.len() < hints.len() {
            let delivery = tokio::select! {
                delivery = next(&mut one) => delivery,
                delivery = next(&mut other) => delivery,
            };
            assert!(seen.insert(number(&delivery)), "delivered twice");
            delivery.ack.ack().await;
        }
    }

    pub async fn the_depth_counts_what_waits(queue: &dyn Queue) {
        let hints: Vec<_> = (0..7).map(|n| hint(n, n as u16, if n < 5 { Priority::Low } else { Priority::High })).collect();
        publish(queue, &hints).await;
        let expected = [(Priority::High, 2), (Priority::Normal, 0), (Priority::Low, 5)];
        let counted = async {
            // Each question goes to the broker and back.
            while queue.depth().await.expect("a queue that works tells") != expected {}
        };
        tokio::time::timeout(Duration::from_secs(10), counted).await.expect("the depth becomes what waits");
    }
}

pub use cases::*;
