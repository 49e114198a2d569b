//! A few threads that read, each with a connection of its own, while the writer writes.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rusqlite::Connection;
use thaiyyal_store::Error;
use tokio::sync::{mpsc, oneshot};

use crate::error;

/// A handle to the reading threads; dropping it waits until they have finished what was submitted.
#[derive(Debug)]
pub(crate) struct Readers {
    queries: Option<mpsc::Sender<Query>>,
    threads: Vec<thread::JoinHandle<()>>,
}

type Query = Box<dyn FnOnce(&Connection) + Send>;

impl Readers {
    /// Starts one thread per connection.
    pub(crate) fn spawn(connections: Vec<Connection>, max_waiting: usize) -> std::io::Result<Self> {
        let (queries, waiting) = mpsc::channel(max_waiting);
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let waiting = Arc::clone(&waiting);
                thread::Builder::new().name("sqlite-reader".to_owned()).spawn(move || serve(&connection, &waiting))
            })
            .collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { queries: Some(queries), threads })
    }

    /// Runs `query` on one snapshot of the file, which holds everything that was committed before the call.
    pub(crate) async fn read<R, F>(&self, query: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> Result<R, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let query = move |connection: &Connection| {
            let result =
                std::panic::catch_unwind(AssertUnwindSafe(|| on_snapshot(connection, query))).unwrap_or_else(|_| Err(error::panicked()));
            let _caller_left = reply.send(result);
        };
        let queries = self.queries.as_ref().ok_or_else(error::closed)?;
        queries.send(Box::new(query)).await.map_err(|_| error::closed())?;
        answer.await.unwrap_or_else(|_| Err(error::closed()))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.queries.take());
        for thread in self.threads.drain(..) {
            // They catch the panics of what they run; a dead one leaves nothing to wait for.
            let _ended = thread.join();
        }
    }
}

fn serve(connection: &Connection, waiting: &Mutex<mpsc::Receiver<Query>>) {
    // One idle thread waits inside the lock, the others for the lock; the guard is gone before the query runs.
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
    while let Some(query) = next() {
        query(connection);
    }
}

fn on_snapshot<R>(connection: &Connection, query: impl FnOnce(&Connection) -> Result<R, Error>) -> Result<R, Error> {
    let snapshot = connection.unchecked_transaction().map_err(error::statement)?;
    let result = query(&snapshot);
    snapshot.finish().map_err(error::statement)?;
    result
}
