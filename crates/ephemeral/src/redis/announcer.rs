use std::sync::Arc;

use redis::AsyncTypedCommands;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::keeper::Link;
use crate::message::{self, Origin};
use crate::{Live, metrics};

/// Calls of `publish` that may wait to be sent; more are dropped.
pub(super) const WAITING: usize = 1_024;
/// The most hints in one message, which keeps it near 40 KiB.
const MOST: usize = 1_000;

/// Sends what was published as few messages as possible: while one is on its way, the next collects. Ends once closed and empty.
pub(super) async fn run(
    mut waiting: mpsc::Receiver<Vec<Live>>,
    origin: Origin,
    link: Arc<Link>,
    settings: Arc<Settings>,
    closed: CancellationToken,
) {
    let channel = settings.channel();
    while let Some(mut hints) = next(&mut waiting, &closed).await {
        while hints.len() < MOST
            && let Ok(more) = waiting.try_recv()
        {
            hints.extend(more);
        }
        for hints in hints.chunks(MOST) {
            let message = message::encode(origin, hints);
            let sent = link.ask(settings.timeout(), async |mut connection| connection.publish(&channel, &message[..]).await).await;
            if sent.is_none() {
                metrics::dropped(hints.len());
            }
        }
    }
}

async fn next(waiting: &mut mpsc::Receiver<Vec<Live>>, closed: &CancellationToken) -> Option<Vec<Live>> {
    match closed.run_until_cancelled(waiting.recv()).await {
        Some(hints) => hints,
        None => waiting.try_recv().ok(),
    }
}
