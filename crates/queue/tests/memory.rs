//! The conformance suite on the memory queue, and what only it does.

use thaiyyal_model::{ExecutionId, Hint, Priority, Shard};
use thaiyyal_queue::{Error, MemoryQueue, Queue};
use uuid::Uuid;

async fn with_memory(case: impl AsyncFnOnce(&dyn Queue)) {
    case(&MemoryQueue::default()).await;
}

thaiyyal_queue::conformance!(with_memory);

fn hint(number: u128, shard: u16, priority: Priority) -> Hint {
    let executions = vec![ExecutionId::from_uuid(Uuid::from_u128(number))];
    Hint { outbox: None, shard: Shard(shard), priority, executions }
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_again_once_there_is_room() {
    let queue = MemoryQueue::new(2);
    let answers = queue.publish(&[1, 2, 3].map(|n| hint(n, 0, Priority::Normal))).await;
    assert!(matches!(answers[..], [Ok(()), Ok(()), Err(Error::Unavailable(_))]));
    let mut consumer = queue.consume(1).await.unwrap();
    consumer.next().await.unwrap().ack.ack().await;
    assert!(queue.publish(&[hint(4, 0, Priority::Normal)]).await[0].is_ok());
}

#[tokio::test]
async fn a_long_shard_does_not_hold_up_the_others() {
    let queue = MemoryQueue::default();
    let mut hints: Vec<_> = (0..1_000).map(|n| hint(n, 0, Priority::Normal)).collect();
    hints.push(hint(5_000, 1, Priority::Normal));
    queue.publish(&hints).await;
    let mut consumer = queue.consume(8).await.unwrap();
    for _ in 0..2 {
        let delivery = consumer.next().await.unwrap();
        if delivery.hint.shard == Shard(1) {
            return;
        }
        delivery.ack.ack().await;
    }
    panic!("shard 1 did not get its turn");
}

#[tokio::test]
async fn closing_ends_consumers_and_refuses_messages() {
    let queue = MemoryQueue::default();
    let (mut one, mut other) = (queue.consume(1).await.unwrap(), queue.consume(1).await.unwrap());
    let closing = async {
        queue.close();
    };
    let (first, second, ()) = tokio::join!(one.next(), other.next(), closing);
    assert!(first.is_none() && second.is_none());
    assert!(queue.publish(&[hint(1, 0, Priority::Normal)]).await[0].is_err());
    assert!(queue.consume(1).await.is_err() && queue.ping().await.is_err());
}
