use std::time::Duration;

use deadpool_postgres::Object;
use futures_util::{FutureExt, future};
use thaiyyal_store::BoxError;
use tokio::{runtime::Handle, time};
use tokio_postgres::{Row, types::ToSql};

/// A connection lent by a pool. Whatever happens to the future that holds it, the pool gets it back idle or not at all:
///
/// - dropped between two statements of a transaction, it sends `ROLLBACK` ahead of whatever its next user sends;
/// - dropped while a statement is under way, it stays out of the pool until the statement is over and rolled back. It is not closed
///   for that, since opening connections is what an overloaded server can bear least;
/// - when the server gave no answer, or the connection broke, it is closed.
pub(crate) struct Connection {
    object: Option<Object>,
    state: State,
    answer_timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InTransaction,
    /// A statement was sent and its answer has not been read to the end.
    Busy,
    /// Nobody knows what the server makes of it.
    Broken,
}

/// The values of a statement's parameters.
pub(crate) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Why a statement gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// It was not sent.
    #[error("the statement was not sent")]
    Unsent(#[source] BoxError),
    /// The server refused it, or the connection broke.
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
    /// Nothing came back in time.
    #[error("the database did not answer within {0:?}")]
    NoAnswer(Duration),
}

impl Failed {
    /// What the server itself says about a statement it could not prepare is told as it is.
    fn unsent(error: tokio_postgres::Error) -> Self {
        if error.as_db_error().is_some() { Self::Refused(error) } else { Self::Unsent(error.into()) }
    }
}

impl Connection {
    pub(crate) fn new(object: Object, answer_timeout: Duration) -> Self {
        Self { object: Some(object), state: State::Idle, answer_timeout }
    }

    /// Waits so much longer for answers than usual.
    pub(crate) fn wait_longer(&mut self, by: Duration) {
        self.answer_timeout += by;
    }

    /// Runs a statement, prepared once per connection.
    pub(crate) async fn query(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Failed> {
        let [rows] = self.queries(None, [(sql, params)]).await?;
        Ok(rows)
    }

    /// Runs statements in one round trip, the first of a transaction when it is begun with `opening`, as SQL.
    pub(crate) async fn queries<const N: usize>(
        &mut self,
        opening: Option<&str>,
        wanted: [(&'static str, Params<'_>); N],
    ) -> Result<[Vec<Row>; N], Failed> {
        let object = self.object.as_ref().expect("it is taken when this is dropped");
        let before = std::mem::replace(&mut self.state, State::Busy);
        let mut prepared = Vec::with_capacity(N);
        for (sql, _) in wanted {
            match time::timeout(self.answer_timeout, object.prepare_cached(sql)).await {
                Ok(Ok(statement)) => prepared.push(statement),
                Ok(Err(error)) => return self.settle(before, Ok(Err(Failed::unsent(error)))),
                Err(elapsed) => return self.settle(before, Err(elapsed)),
            }
        }
        let answer = time::timeout(self.answer_timeout, async {
            // The requests go out in the order in which these are polled first; the server answers in the same order.
            let begun = async { if let Some(sql) = opening { object.batch_execute(sql).await } else { Ok(()) } };
            let asked = prepared.iter().zip(&wanted).map(|(statement, (_, params))| object.query(statement, params));
            let (begun, answers) = future::join(begun, future::join_all(asked)).await;
            begun?;
            let answers = answers.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(answers.try_into().expect("there are as many answers as questions"))
        })
        .await;
        self.settle(if opening.is_some() { State::InTransaction } else { before }, answer)
    }

    /// Begins a transaction with the given settings, as SQL.
    pub(crate) async fn begin(&mut self, settings: &str) -> Result<(), Failed> {
        self.batch(&format!("BEGIN; {settings}"), State::InTransaction).await
    }

    /// Commits. An error other than [`Failed::Refused`] by the server leaves the outcome unknown.
    pub(crate) async fn commit(&mut self) -> Result<(), Failed> {
        self.batch("COMMIT", State::Idle).await
    }

    async fn batch(&mut self, sql: &str, after: State) -> Result<(), Failed> {
        let object = self.object.as_ref().expect("it is taken when this is dropped");
        self.state = State::Busy;
        let answer = time::timeout(self.answer_timeout, async { Ok(object.batch_execute(sql).await?) }).await;
        self.settle(after, answer)
    }

    /// Whether the server answered, even with an error, decides whether the connection is in a known state again.
    fn settle<T>(&mut self, state: State, answer: Result<Result<T, Failed>, time::error::Elapsed>) -> Result<T, Failed> {
        let answer = answer.unwrap_or(Err(Failed::NoAnswer(self.answer_timeout)));
        let answered = match &answer {
            Ok(_) => true,
            Err(Failed::Refused(error)) => error.as_db_error().is_some(),
            Err(Failed::Unsent(_) | Failed::NoAnswer(_)) => false,
        };
        self.state = if answered { state } else { State::Broken };
        answer
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else { return };
        match self.state {
            State::Idle => {}
            // Statements are executed in the order in which their futures are first polled, so this one poll is enough: the next user
            // of the connection comes after it.
            State::InTransaction => drop(object.batch_execute(ROLLBACK).now_or_never()),
            State::Busy => clean(object, self.answer_timeout),
            State::Broken => drop(Object::take(object)),
        }
    }
}

/// Outside a transaction it does nothing.
const ROLLBACK: &str = "ROLLBACK";

/// Gives the connection back once the server is done with the statement that was under way, or closes it if that takes too long.
fn clean(object: Object, patience: Duration) {
    let Ok(runtime) = Handle::try_current() else {
        drop(Object::take(object));
        return;
    };
    // It ends by itself, and shutting down need not wait for it.
    drop(runtime.spawn(async move {
        let over = time::timeout(patience, object.batch_execute(ROLLBACK)).await;
        if !matches!(over, Ok(Ok(()))) {
            drop(Object::take(object));
        }
    }));
}
