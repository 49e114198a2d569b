use std::{panic::AssertUnwindSafe, sync::mpsc as blocking, time::Duration};

use rusqlite::Connection;
use thaiyyal_store::Error;
use tokio::{sync::oneshot, time::Instant};

use super::Answer;
use crate::error;

/// A turn of the writing thread that lasts until it is committed, dropped (rolled back) or too long (rolled back).
#[derive(Debug)]
pub(crate) struct Session {
    // Unbounded, but a session has one owner, who waits for each answer: at most one turn is ever in it, and after a cancelled
    // future one more.
    turns: blocking::Sender<Turn>,
}

impl Session {
    pub(super) fn over(turns: blocking::Sender<Turn>) -> Self {
        Self { turns }
    }

    /// Runs `work` on the writing connection, inside the session's transaction.
    pub(crate) async fn run<R, F>(&self, work: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> Result<R, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let turn = move |connection: &Connection| {
            let result = std::panic::catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or_else(|_| Err(error::panicked()));
            let _caller_left = reply.send(result);
        };
        self.turns.send(Turn::Run(Box::new(turn))).map_err(|_| expired())?;
        answer.await.unwrap_or_else(|_| Err(expired()))
    }

    /// Ends the session; what it wrote is durable when this returns.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.turns.send(Turn::Commit(reply)).map_err(|_| expired())?;
        answer.await.unwrap_or_else(|_| Err(expired()))
    }
}

pub(super) enum Turn {
    Run(Box<dyn FnOnce(&Connection) + Send>),
    Commit(oneshot::Sender<Result<(), Error>>),
}

/// Runs the turns of a session. `None` when it is to be rolled back: its owner dropped it or took longer than `timeout`.
pub(super) fn serve(connection: &Connection, turns: &blocking::Receiver<Turn>, timeout: Duration) -> Option<Answer> {
    let deadline = Instant::now() + timeout;
    loop {
        match turns.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            // After some failures SQLite rolls back by itself; what followed would run outside of any transaction.
            Ok(Turn::Run(work)) if !connection.is_autocommit() => work(connection),
            Ok(Turn::Commit(_)) if connection.is_autocommit() => return None,
            Ok(Turn::Run(_)) => return None,
            Ok(Turn::Commit(reply)) => {
                return Some(Box::new(move |committed| {
                    let _caller_left = reply.send(committed.map_err(Error::from));
                }));
            }
            Err(blocking::RecvTimeoutError::Disconnected) => return None,
            Err(blocking::RecvTimeoutError::Timeout) => {
                tracing::warn!(timeout_ms = timeout.as_millis(), "Rolled back a transaction that stayed open too long");
                return None;
            }
        }
    }
}

fn expired() -> Error {
    Error::Unavailable("the transaction stayed open too long and was rolled back".into())
}
