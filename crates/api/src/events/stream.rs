use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use bytes::Bytes;
use thaiyyal_model::{ExecutionId, Seq, TenantScope};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::{Event, Position, read};
use crate::problem::Problem;
use crate::state::State;

const HEARTBEAT: Duration = Duration::from_secs(15);

/// The body of one answer: what the client has not seen, then what happens, until the end.
pub(crate) struct Stream {
    state: Data<State>,
    scope: TenantScope,
    execution: ExecutionId,
    feed: broadcast::Receiver<Arc<Event>>,
    /// Ready to be sent.
    ready: VecDeque<Bytes>,
    /// How far the client is.
    position: Position,
    ended: bool,
    heartbeat: Interval,
    deadline: Instant,
}

/// What a client that wants events gets.
pub(crate) enum Opened {
    Stream(Box<Stream>),
    /// It has seen the end already.
    NothingLeft,
    /// No such execution.
    Missing,
}

/// Opens a stream for a client that has seen everything up to `seen`.
pub(crate) async fn open(state: Data<State>, scope: TenantScope, execution: ExecutionId, seen: Option<u64>) -> Result<Opened, Problem> {
    let position = Position { after: Seq(seen.unwrap_or(0)), started: seen.is_some() };
    // Subscribed before reading, so that nothing falls in between.
    let feed = state.feeds.subscribe(scope, execution);
    // One record earlier tells a client that saw the last record from one that saw the end, whose number is one higher.
    let from = Position { after: Seq(position.after.0.saturating_sub(1)), ..position };
    let Some(news) = read(&*state.storage.store, &scope, execution, from).await? else { return Ok(Opened::Missing) };
    if news.ended && news.events.last().is_some_and(|last| last.seq <= position.after.0) {
        return Ok(Opened::NothingLeft);
    }
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    heartbeat.reset();
    let deadline = Instant::now() + Duration::from_millis(state.settings.max_stream_ms);
    let ready = VecDeque::new();
    let mut stream = Stream { state, scope, execution, feed, ready, position, ended: false, heartbeat, deadline };
    stream.take_all(news.events);
    Ok(Opened::Stream(Box::new(stream)))
}

impl Stream {
    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            if self.ended {
                return None;
            }
            let closing = self.state.closing.clone();
            tokio::select! {
                received = self.feed.recv() => match received {
                    Ok(event) => self.take(&event),
                    Err(RecvError::Lagged(_)) => self.catch_up().await,
                    // The reader is gone without having told the end: the client comes back with its last id.
                    Err(RecvError::Closed) => {
                        self.catch_up().await;
                        self.leave();
                    }
                },
                _ = self.heartbeat.tick() => self.ready.push_back(Bytes::from_static(b": still here\n\n")),
                () = closing.cancelled() => self.leave(),
                () = tokio::time::sleep_until(self.deadline) => self.leave(),
            }
        }
    }

    async fn catch_up(&mut self) {
        match read(&*self.state.storage.store, &self.scope, self.execution, self.position).await {
            Ok(Some(news)) => self.take_all(news.events),
            Ok(None) | Err(_) => self.leave(),
        }
    }

    fn take_all(&mut self, events: Vec<Event>) {
        for event in events {
            self.take(&event);
        }
    }

    /// Passes an event on, unless the client has it.
    fn take(&mut self, event: &Event) {
        let is_new = if event.seq == 0 { !self.position.started } else { event.seq > self.position.after.0 };
        if self.ended || !is_new {
            return;
        }
        if event.seq == 0 {
            self.position.started = true;
        } else if !event.last {
            self.position.after = Seq(event.seq);
        }
        self.ready.push_back(event.text.clone());
        self.ended = event.last;
    }

    /// Ends the stream and tells the client to come back.
    fn leave(&mut self) {
        if !self.ended {
            self.ready.push_back(Bytes::from_static(b"retry: 1000\n\n"));
            self.ended = true;
        }
    }
}
