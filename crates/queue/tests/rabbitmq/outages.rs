//! A broker that stops, dies, forgets or falls silent.

use std::collections::BTreeSet;
use std::time::Duration;

use lapin::options::{BasicPublishOptions, QueueDeleteOptions};
use lapin::{BasicProperties, options::BasicGetOptions};
use thaiyyal_model::{ExecutionId, Hint, Priority, Shard};
use thaiyyal_queue::{Consumer, Error, Queue, RabbitQueue, Settings};
use thaiyyal_testkit::broker::Broker;
use thaiyyal_testkit::eventually;
use thaiyyal_testkit::proxy::{Proxy, Weather};
use uuid::Uuid;

use crate::shared::{self, settings};

fn hint(number: u128) -> Hint {
    let executions = vec![ExecutionId::from_uuid(Uuid::from_u128(number))];
    Hint { outbox: None, shard: Shard((number % 16) as u16), priority: Priority::ALL[number as usize % 3], executions }
}

fn hints(numbers: impl IntoIterator<Item = u128>) -> Vec<Hint> {
    numbers.into_iter().map(hint).collect()
}

/// Takes and acknowledges messages until it had each of these.
async fn expect_all(consumer: &mut Box<dyn Consumer>, mut expected: BTreeSet<u128>) {
    while !expected.is_empty() {
        let delivery = tokio::time::timeout(Duration::from_secs(60), consumer.next()).await;
        let delivery = delivery.unwrap_or_else(|_| panic!("{} messages never came: {expected:?}", expected.len()));
        let delivery = delivery.expect("the queue is open");
        expected.remove(&delivery.hint.executions[0].uuid().as_u128());
        delivery.ack.ack().await;
    }
}

/// Publishes until it works again, as the relay does.
async fn publish_until_confirmed(queue: &RabbitQueue, number: u128) {
    let hint = [hint(number)];
    let confirmed = || async { queue.publish(&hint).await[0].is_ok().then_some(()) };
    eventually("publishing to work again by itself", Duration::from_secs(60), confirmed).await;
}

fn confirmed(hints: &[Hint], answers: &[Result<(), Error>]) -> BTreeSet<u128> {
    let confirmed = hints.iter().zip(answers).filter(|(_, answer)| answer.is_ok());
    confirmed.map(|(hint, _)| hint.executions[0].uuid().as_u128()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_survives_restarts_and_work_goes_on_without_help() {
    let mut broker = Broker::start().await.unwrap();
    let queue = RabbitQueue::connect(settings(&broker.url())).await.unwrap();
    let mut consumer = queue.consume(32).await.unwrap();

    // Killed while messages are on their way.
    let first = hints(0..5_000);
    let (answers, killed) = tokio::join!(queue.publish(&first), broker.kill());
    killed.unwrap();
    let kept = confirmed(&first, &answers);
    assert!(matches!(&queue.publish(&[hint(9_999)]).await[..], [Err(Error::Unavailable(_))]));
    assert!(queue.ping().await.is_err());
    broker.up().await.unwrap();
    publish_until_confirmed(&queue, 10_000).await;
    expect_all(&mut consumer, kept.into_iter().chain([10_000]).collect()).await;

    // Stopped in good order.
    let kept = 20_000..20_100;
    for number in kept.clone() {
        publish_until_confirmed(&queue, number).await;
    }
    broker.stop().await.unwrap();
    broker.up().await.unwrap();
    publish_until_confirmed(&queue, 30_000).await;
    expect_all(&mut consumer, kept.chain([30_000]).collect()).await;

    // Everything forgotten: queues and messages are gone, but what is published now arrives.
    broker.kill().await.unwrap();
    broker.wipe().unwrap();
    broker.up().await.unwrap();
    publish_until_confirmed(&queue, 40_000).await;
    expect_all(&mut consumer, BTreeSet::from([40_000])).await;
    queue.close().await;
    assert!(consumer.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_stops_publishing_at_once_and_nothing_else() {
    let broker = Broker::start().await.unwrap();
    let queue = RabbitQueue::connect(Settings { publish_timeout_ms: 30_000, ..settings(&broker.url()) }).await.unwrap();
    let waiting = hints(0..500);
    assert_eq!(confirmed(&waiting, &queue.publish(&waiting).await).len(), 500);
    broker.set_memory_alarm(true).await.unwrap();
    let refused = tokio::time::timeout(Duration::from_secs(15), queue.publish(&hints(1_000..1_100))).await;
    let refused = refused.expect("a blocked publisher does not wait for its time-out");
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::Unavailable(_)))));
    assert!(queue.ping().await.is_err());
    let mut consumer = queue.consume(32).await.unwrap();
    expect_all(&mut consumer, (0..500).collect()).await;
    broker.set_memory_alarm(false).await.unwrap();
    publish_until_confirmed(&queue, 2_000).await;
    expect_all(&mut consumer, BTreeSet::from([2_000])).await;
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_starts_without_a_broker_and_finds_it_later() {
    let mut broker = Broker::start().await.unwrap();
    broker.kill().await.unwrap();
    let queue = RabbitQueue::connect(Settings { connect_timeout_ms: 500, ..settings(&broker.url()) }).await.unwrap();
    assert!(matches!(&queue.publish(&[hint(1)]).await[..], [Err(Error::Unavailable(_))]));
    let mut consumer = queue.consume(8).await.unwrap();
    broker.up().await.unwrap();
    publish_until_confirmed(&queue, 2).await;
    expect_all(&mut consumer, BTreeSet::from([2])).await;
    queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_and_silent_connections_are_replaced() {
    let (proxy, through) = Proxy::in_front_of(&shared::url()).await.unwrap();
    let settings = Settings { heartbeat_s: 1, publish_timeout_ms: 1_000, connect_timeout_ms: 1_000, ..settings(&through) };
    let _queues = shared::queues(&settings);
    let queue = RabbitQueue::connect(settings).await.unwrap();
    let mut consumer = queue.consume(16).await.unwrap();
    for (round, weather) in (0u128..).zip([Weather::Cut, Weather::Fog]) {
        let before = round * 1_000;
        publish_until_confirmed(&queue, before).await;
        expect_all(&mut consumer, BTreeSet::from([before])).await;
        proxy.set(weather);
        let answers = queue.publish(&hints(before + 1..before + 50)).await;
        assert!(answers.iter().all(|answer| matches!(answer, Err(Error::Unavailable(_)))), "{weather:?}");
        proxy.set(Weather::Cut);
        proxy.set(Weather::Fair);
        publish_until_confirmed(&queue, before + 100).await;
        expect_all(&mut consumer, BTreeSet::from([before + 100])).await;
    }
    queue.close().await;
}

#[tokio::test]
async fn a_deleted_queue_comes_back_and_is_consumed_again() {
    let settings = settings(&shared::url());
    let _queues = shared::queues(&settings);
    let queue = RabbitQueue::connect(settings.clone()).await.unwrap();
    let (_connection, channel) = shared::channel(&shared::url()).await;
    let name = format!("{}.hints.high.0", settings.prefix);
    channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.unwrap();
    let answers = queue.publish(&hints([0, 1, 6])).await;
    assert!(matches!(&answers[..], [Err(Error::Returned { .. }), Ok(()), Err(Error::Returned { .. })]), "{answers:?}");
    publish_until_confirmed(&queue, 0).await;
    let mut consumer = queue.consume(16).await.unwrap();
    expect_all(&mut consumer, BTreeSet::from([0, 1])).await;

    // Deleted under its consumer.
    let name = format!("{}.hints.high.0", settings.prefix);
    channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.unwrap();
    publish_until_confirmed(&queue, 6).await;
    expect_all(&mut consumer, BTreeSet::from([6])).await;
    queue.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_with_its_reason() {
    let settings = settings(&shared::url());
    let _queues = shared::queues(&settings);
    let queue = RabbitQueue::connect(settings.clone()).await.unwrap();
    let mut consumer = queue.consume(16).await.unwrap();
    let (_connection, channel) = shared::channel(&shared::url()).await;
    let garbage: [&[u8]; 4] = [b"", b"{\"v\":1}", &[99, 0, 0, 0], &[1, 0, 0, 0, 1, 2, 3]];
    for body in garbage {
        let name = format!("{}.hints.normal.1", settings.prefix);
        let published = channel.basic_publish("".into(), name.into(), BasicPublishOptions::default(), body, BasicProperties::default());
        published.await.unwrap().await.unwrap();
    }
    publish_until_confirmed(&queue, 4).await;
    expect_all(&mut consumer, BTreeSet::from([4])).await;
    let parking = format!("{}.parking", settings.prefix);
    let mut parked = BTreeSet::new();
    while parked.len() < garbage.len() {
        let next = || async { channel.basic_get(parking.as_str().into(), BasicGetOptions { no_ack: true }).await.unwrap() };
        let message = eventually("all of it to be parked", Duration::from_secs(20), next).await;
        let headers = message.properties.headers().clone().unwrap();
        assert!(headers.inner().contains_key("thaiyyal-reason"), "{headers:?}");
        parked.insert(message.delivery.data);
    }
    assert_eq!(parked, garbage.iter().map(|body| body.to_vec()).collect());
    queue.close().await;
    // Acknowledged where it came from: nothing comes again.
    let queue = RabbitQueue::connect(settings.clone()).await.unwrap();
    assert!(queue.depth().await.unwrap().iter().all(|(_, waiting)| *waiting == 0));
    queue.close().await;
}

#[tokio::test]
async fn what_nobody_asks_for_goes_back_to_the_others() {
    let settings = settings(&shared::url());
    let _queues = shared::queues(&settings);
    let queue = RabbitQueue::connect(settings.clone()).await.unwrap();
    let mut busy = queue.consume(64).await.unwrap();
    publish_until_confirmed(&queue, 0).await;
    let held = busy.next().await.unwrap();
    let waiting = hints(1..10);
    assert_eq!(confirmed(&waiting, &queue.publish(&waiting).await).len(), 9);
    let mut other = queue.consume(64).await.unwrap();
    expect_all(&mut other, (1..10).collect()).await;
    // The busy one may still acknowledge what it took, and take part again.
    held.ack.ack().await;
    drop(other);
    publish_until_confirmed(&queue, 20).await;
    expect_all(&mut busy, BTreeSet::from([20])).await;
    queue.close().await;
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_being_told() {
    for url in ["http://user:secret@localhost", "amqps://user:secret@localhost", "user:secret"] {
        let refused = RabbitQueue::connect(Settings { url: url.into(), ..Settings::default() }).await;
        let message = refused.err().unwrap().to_string();
        assert!(!message.contains("secret"), "{message}");
    }
    assert!(RabbitQueue::connect(Settings { shards: 0, ..Settings::default() }).await.is_err());
    assert!(RabbitQueue::connect(Settings { shards: 17, ..Settings::default() }).await.is_err());
}
