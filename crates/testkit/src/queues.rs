//! The queues of one product on a broker, deleted when they are no longer needed.

use lapin::options::QueueDeleteOptions;
use lapin::{Connection, ConnectionProperties};

/// The queues with one prefix. They are deleted when this is dropped, which must be after everything that uses them has ended: a broker
/// has room for some hundred quorum queues only, because each of them reserves file handles.
#[derive(Debug)]
pub struct Queues {
    url: String,
    prefix: String,
    shards: u16,
}

impl Queues {
    /// Those that a product with these settings declares.
    #[must_use]
    pub fn new(url: &str, prefix: &str, shards: u16) -> Self {
        Self { url: url.to_owned(), prefix: prefix.to_owned(), shards }
    }
}

impl Drop for Queues {
    fn drop(&mut self) {
        let classes = ["high", "normal", "low"].into_iter();
        let hints = classes.flat_map(|class| (0..self.shards).map(move |shard| format!("hints.{class}.{shard}")));
        let names: Vec<String> = hints.chain(["parking".to_owned()]).map(|name| format!("{}.{name}", self.prefix)).collect();
        let url = self.url.clone();
        crate::clean_up(async move {
            let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
            let channel = connection.create_channel().await?;
            for name in names {
                channel.queue_delete(name.into(), QueueDeleteOptions::default()).await?;
            }
            Ok(connection.close(200, "done".into()).await?)
        });
    }
}
