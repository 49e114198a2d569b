use std::collections::BTreeSet;

use futures_util::future::{try_join, try_join_all};
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use tokio::sync::mpsc;

/// How a delivery was dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Dealt with.
    Acknowledged(u64),
    /// To be delivered again.
    GivenBack(u64),
}

/// Where deliveries of one channel are settled; nobody listens once the channel is gone.
pub(super) type AckSender = mpsc::UnboundedSender<Settled>;

/// The deliveries of one channel that are not settled, so that many acknowledgements can go out as one.
#[derive(Debug, Default)]
pub(super) struct Open {
    tags: BTreeSet<u64>,
}

/// What to tell the broker.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Telling {
    give_back: Vec<u64>,
    /// Acknowledges this and every earlier delivery of the channel.
    up_to: Option<u64>,
    single: Vec<u64>,
}

impl Open {
    pub(super) fn delivered(&mut self, tag: u64) {
        self.tags.insert(tag);
    }

    /// What to tell about these; "and all earlier ones" only when no earlier one is still open.
    pub(super) fn settle(&mut self, settled: &[Settled]) -> Telling {
        let mut telling = Telling::default();
        let mut acknowledged = Vec::with_capacity(settled.len());
        for settled in settled {
            match *settled {
                Settled::Acknowledged(tag) => {
                    self.tags.remove(&tag);
                    acknowledged.push(tag);
                }
                Settled::GivenBack(tag) => {
                    self.tags.remove(&tag);
                    telling.give_back.push(tag);
                }
            }
        }
        acknowledged.sort_unstable();
        let first_open = self.tags.first().copied().unwrap_or(u64::MAX);
        telling.single = acknowledged.split_off(acknowledged.partition_point(|tag| *tag < first_open));
        telling.up_to = acknowledged.pop();
        telling
    }
}

impl Telling {
    pub(super) async fn tell(&self, channel: &Channel) -> lapin::Result<()> {
        let give_back = |tag: &u64| channel.basic_nack(*tag, BasicNackOptions { requeue: true, multiple: false });
        // Before the acknowledgement of all earlier ones, which must not cover them.
        try_join_all(self.give_back.iter().map(give_back)).await?;
        let up_to = async {
            match self.up_to {
                Some(tag) => channel.basic_ack(tag, BasicAckOptions { multiple: true }).await,
                None => Ok(()),
            }
        };
        let single = try_join_all(self.single.iter().map(|tag| channel.basic_ack(*tag, BasicAckOptions { multiple: false })));
        try_join(up_to, single).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Settled::{Acknowledged, GivenBack};
    use super::*;

    fn delivered(tags: impl IntoIterator<Item = u64>) -> Open {
        Open { tags: tags.into_iter().collect() }
    }

    #[test]
    fn everything_before_the_first_open_one_goes_as_one() {
        let mut open = delivered(1..=6);
        let telling = open.settle(&[Acknowledged(6), Acknowledged(2), Acknowledged(1), Acknowledged(5)]);
        assert_eq!(telling, Telling { give_back: vec![], up_to: Some(2), single: vec![5, 6] });
        assert_eq!(open.settle(&[Acknowledged(3)]), Telling { give_back: vec![], up_to: Some(3), single: vec![] });
        assert_eq!(open.settle(&[Acknowledged(4)]), Telling { give_back: vec![], up_to: Some(4), single: vec![] });
    }

    #[test]
    fn an_open_one_is_never_covered() {
        let mut open = delivered(1..=3);
        assert_eq!(open.settle(&[Acknowledged(2), Acknowledged(3)]), Telling { give_back: vec![], up_to: None, single: vec![2, 3] });
    }

    #[test]
    fn what_is_given_back_holds_nothing_up() {
        let mut open = delivered(1..=3);
        let telling = open.settle(&[GivenBack(1), Acknowledged(2)]);
        assert_eq!(telling, Telling { give_back: vec![1], up_to: Some(2), single: vec![] });
    }
}
