use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{Client, RedisResult};
use tokio::sync::{broadcast, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::Settings;
use crate::message::{self, Origin};
use crate::{Signal, metrics};

/// How often a silent subscription is checked, and a lost one tried again.
const CHECK: Duration = Duration::from_secs(1);

/// Keeps the one subscription of the process and passes on what other processes publish.
pub(super) struct Listener {
    pub(super) client: Client,
    pub(super) settings: Arc<Settings>,
    pub(super) signals: broadcast::Sender<Signal>,
    pub(super) origin: Origin,
}

impl Listener {
    /// Rings `ready` after the first attempt, whatever came of it.
    pub(super) async fn run(self, ready: oneshot::Sender<()>, closed: CancellationToken) {
        closed.run_until_cancelled(self.keep(ready)).await;
        metrics::subscribed(false);
    }

    async fn keep(&self, ready: oneshot::Sender<()>) {
        let mut ready = Some(ready);
        loop {
            let began = Instant::now();
            match self.subscribe().await {
                Ok((sink, stream)) => {
                    metrics::subscribed(true);
                    match ready.take() {
                        // Whoever waited may have given up.
                        Some(ready) => drop(ready.send(())),
                        None => {
                            info!("Hearing live hints again");
                            self.signal_gap();
                        }
                    }
                    let error = self.listen(sink, stream).await;
                    metrics::subscribed(false);
                    warn!(error = %error, "Lost the subscription to live hints");
                }
                Err(error) => debug!(error = %error, "Cannot subscribe to live hints"),
            }
            ready = None;
            self.signal_gap();
            if began.elapsed() < CHECK {
                tokio::time::sleep(CHECK.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
        }
    }

    async fn subscribe(&self) -> RedisResult<(PubSubSink, PubSubStream)> {
        self.within(async {
            let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
            sink.subscribe(self.settings.channel()).await?;
            Ok((sink, stream))
        })
        .await
    }

    /// Returns why it ended.
    async fn listen(&self, mut sink: PubSubSink, mut stream: PubSubStream) -> redis::RedisError {
        let mut check = tokio::time::interval(CHECK);
        let mut heard = true;
        loop {
            tokio::select! {
                message = stream.next() => match message {
                    Some(message) => {
                        heard = true;
                        self.pass_on(message.get_payload_bytes());
                    }
                    None => return std::io::Error::from(std::io::ErrorKind::ConnectionAborted).into(),
                },
                _ = check.tick() => {
                    if !std::mem::take(&mut heard)
                        && let Err(error) = self.check(&mut sink, &mut stream).await
                    {
                        return error;
                    }
                }
            }
        }
    }

    /// Asks a silent server whether it is there, while still taking its messages.
    async fn check(&self, sink: &mut PubSubSink, stream: &mut PubSubStream) -> RedisResult<()> {
        let answered = self.within(sink.ping::<redis::Value>());
        tokio::pin!(answered);
        loop {
            tokio::select! {
                answer = &mut answered => return answer.map(drop),
                Some(message) = stream.next() => self.pass_on(message.get_payload_bytes()),
            }
        }
    }

    fn pass_on(&self, message: &[u8]) {
        match message::decode(message) {
            Some((origin, _)) if origin == self.origin => {}
            Some((_, hints)) => {
                for hint in hints {
                    // Nobody listening is no failure.
                    let _ = self.signals.send(Signal::Live(hint));
                }
            }
            None => self.signal_gap(),
        }
    }

    fn signal_gap(&self) {
        let _ = self.signals.send(Signal::Gap);
    }

    async fn within<T>(&self, asking: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
        let answer = tokio::time::timeout(self.settings.connect_timeout(), asking).await;
        answer.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))?
    }
}
