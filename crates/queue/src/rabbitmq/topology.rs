use std::sync::Arc;

use futures_util::StreamExt;
use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection};
use thaiyyal_model::{Hint, Priority, SHARDS};
use tracing::warn;

use super::Settings;
use super::connection::Broker;
use super::settings::Invalid;
use crate::Cause;
use crate::turns::{self, CLASSES};

/// How many queues are declared at the same time.
const AT_ONCE: usize = 16;
/// Parked messages are for people to look at; the oldest go when nobody does.
const MAX_PARKED: i32 = 10_000;

/// The queues on the broker. All are declared by whoever connects, so a broker that lost them gets them back.
#[derive(Debug)]
pub(super) struct Topology {
    /// By class, then by shard.
    queues: [Vec<ShortString>; 3],
    parking: ShortString,
}

impl Topology {
    pub(super) fn new(settings: &Settings) -> Result<Self, Invalid> {
        if !(1..=SHARDS).contains(&settings.shards) {
            return Err(Invalid::Shards(settings.shards));
        }
        let prefix = &settings.prefix;
        let names = |class: Priority| (0..settings.shards).map(|shard| format!("{prefix}.hints.{class}.{shard}").into()).collect();
        Ok(Self { queues: CLASSES.map(names), parking: format!("{prefix}.parking").into() })
    }

    /// The queues a hint may go to, the one of its shard first.
    pub(super) fn queues_of(&self, hint: &Hint) -> impl Iterator<Item = &ShortString> {
        let queues = &self.queues[turns::class(hint.priority)];
        queues.iter().cycle().skip(usize::from(hint.shard.0) % queues.len()).take(queues.len())
    }

    /// The queues of one class.
    pub(super) fn class(&self, class: usize) -> &[ShortString] {
        &self.queues[class]
    }

    /// Where messages go that nobody can read.
    pub(super) fn parking(&self) -> &ShortString {
        &self.parking
    }

    /// Declares every queue, and tells how many messages wait, by class. Queues that do not answer in time count as empty; `Err` when
    /// none answers.
    pub(super) async fn declare_all(&self, broker: &Broker, connection: &Arc<Connection>) -> Result<Vec<(Priority, u64)>, Cause> {
        let parking = async {
            let channel = broker.channel(connection).await?;
            broker.within(declare_parking(&channel, &self.parking)).await
        };
        parking.await?;
        let queues = self.queues.iter().enumerate();
        let queues: Vec<_> = queues.flat_map(|(class, queues)| queues.iter().cloned().map(move |queue| (class, queue))).collect();
        let declaring = queues.into_iter().map(|(class, queue)| declare_apart(broker.clone(), connection.clone(), class, queue));
        let mut declaring = futures_util::stream::iter(declaring).buffer_unordered(AT_ONCE);
        let mut depth = CLASSES.map(|class| (class, 0));
        let (mut answered, mut trouble) = (0, None);
        while let Some(declared) = declaring.next().await {
            match declared {
                Ok((class, waiting)) => {
                    answered += 1;
                    let (_, sum): &mut (Priority, u64) = &mut depth[class];
                    *sum += waiting;
                }
                Err(cause) => trouble = Some(cause),
            }
        }
        match trouble {
            Some(cause) if answered == 0 => Err(cause),
            Some(cause) => {
                warn!(error = %cause, "Some queues of the message broker do not answer");
                Ok(depth.to_vec())
            }
            None => Ok(depth.to_vec()),
        }
    }
}

/// Declares over a channel of its own, which a queue in trouble would block for the others.
async fn declare_apart(broker: Broker, connection: Arc<Connection>, class: usize, queue: ShortString) -> Result<(usize, u64), Cause> {
    let channel = broker.channel(&connection).await?;
    let waiting = broker.within(declare(&channel, &queue)).await?;
    Ok((class, waiting))
}

/// Declares a queue of hints, which leaves one that exists as it is, and tells how many messages wait in it.
pub(super) async fn declare(channel: &Channel, queue: &ShortString) -> lapin::Result<u64> {
    let declared = channel.queue_declare(queue.clone(), QueueDeclareOptions::durable(), quorum()).await?;
    Ok(u64::from(declared.message_count()))
}

/// Declares the parking queue.
async fn declare_parking(channel: &Channel, queue: &ShortString) -> lapin::Result<()> {
    let mut arguments = quorum();
    arguments.insert("x-max-length".into(), AMQPValue::LongInt(MAX_PARKED));
    channel.queue_declare(queue.clone(), QueueDeclareOptions::durable(), arguments).await?;
    Ok(())
}

fn quorum() -> FieldTable {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    arguments
}
