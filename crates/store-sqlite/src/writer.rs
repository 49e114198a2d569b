//! The one thread that writes.
//!
//! Writes come in over a bounded channel. The thread takes what waits, runs each write inside a savepoint of one transaction and
//! commits once: while a commit is on its way to the disk the next group collects, so an idle file adds no delay and a busy one
//! pays for few commits. A write that fails is rolled back to its savepoint and harms no other.
//!
//! A [`Session`] is a write that takes several turns: the thread runs what the session sends, and nothing else, until it ends.

mod session;

use std::{panic::AssertUnwindSafe, sync::mpsc as blocking, thread, time::Duration};

use rusqlite::Connection;
use thaiyyal_store::Error;
use tokio::sync::{mpsc, oneshot};

pub(crate) use session::Session;

use crate::error::{self, Refused};

/// Whether an answer may come before the write would survive a power failure.
///
/// A crash of the process loses neither kind. A write of the log forces all earlier ones to the disk with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Durability {
    /// Losing it in a power failure does no harm, because the processes that relied on it died in the same instant.
    Relaxed,
    /// On the disk when answered.
    Full,
}

/// A handle to the writing thread; dropping it waits until the thread has finished what was submitted.
#[derive(Debug)]
pub(crate) struct Writer {
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn spawn(connection: Connection, max_waiting: usize, max_group: usize, session_timeout: Duration) -> std::io::Result<Self> {
        let (commands, waiting) = mpsc::channel(max_waiting);
        let worker = Worker { connection, waiting, max_group, session_timeout, durability: Durability::Full };
        let thread = thread::Builder::new().name("sqlite-writer".to_owned()).spawn(move || worker.run())?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    /// Runs `work` in a transaction and answers once it is committed. A dropped future loses the answer, not the write.
    pub(crate) async fn write<R, F>(&self, durability: Durability, work: F) -> Result<R, Error>
    where
        R: Send + 'static,
        F: FnOnce(&Connection) -> Result<R, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Command::Job { durability, job: Box::new(Work { work, reply }) }).await?;
        answer.await.unwrap_or_else(|_| Err(error::panicked()))
    }

    /// Waits for a turn of the thread and keeps it until the session ends.
    pub(crate) async fn session(&self) -> Result<Session, Error> {
        let (begun, session) = oneshot::channel();
        self.submit(Command::Session { begun }).await?;
        session.await.unwrap_or_else(|_| Err(error::closed()))
    }

    async fn submit(&self, command: Command) -> Result<(), Error> {
        let commands = self.commands.as_ref().ok_or_else(error::closed)?;
        commands.send(command).await.map_err(|_| error::closed())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            // It catches the panics of what it runs; should it have died all the same, there is nothing left to wait for.
            let _ended = thread.join();
        }
    }
}

enum Command {
    Job { durability: Durability, job: Box<dyn Job> },
    Session { begun: oneshot::Sender<Result<Session, Error>> },
}

impl Command {
    fn durability(&self) -> Durability {
        match self {
            Self::Job { durability, .. } => *durability,
            Self::Session { .. } => Durability::Full,
        }
    }

    fn refuse(self, refused: Refused) {
        match self {
            Self::Job { job, .. } => job.refuse(refused),
            // The receiver is gone when the caller gave up waiting.
            Self::Session { begun } => drop(begun.send(Err(refused.into()))),
        }
    }
}

/// A write, without the types of what it takes and gives.
trait Job: Send {
    /// Runs it; tells whether to keep what it wrote, and how to answer after the commit.
    fn run(self: Box<Self>, connection: &Connection) -> Ran;
    /// Answers that it was not run.
    fn refuse(self: Box<Self>, refused: Refused);
}

struct Ran {
    keep: bool,
    answer: Answer,
}

/// Tells the caller how it ended, given whether the commit succeeded.
type Answer = Box<dyn FnOnce(Result<(), Refused>)>;

struct Work<F, R> {
    work: F,
    reply: oneshot::Sender<Result<R, Error>>,
}

impl<F, R> Job for Work<F, R>
where
    F: FnOnce(&Connection) -> Result<R, Error> + Send,
    R: Send + 'static,
{
    fn run(self: Box<Self>, connection: &Connection) -> Ran {
        let Self { work, reply } = *self;
        // A panic leaves the connection with its savepoint, which is rolled back below; nothing else is shared.
        let result = std::panic::catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or_else(|_| Err(error::panicked()));
        let keep = result.is_ok();
        let answer = move |committed: Result<(), Refused>| {
            let _caller_left = reply.send(result.and_then(|value| committed.map(|()| value).map_err(Error::from)));
        };
        Ran { keep, answer: Box::new(answer) }
    }

    fn refuse(self: Box<Self>, refused: Refused) {
        let _caller_left = self.reply.send(Err(refused.into()));
    }
}

struct Worker {
    connection: Connection,
    waiting: mpsc::Receiver<Command>,
    max_group: usize,
    session_timeout: Duration,
    /// What the connection is set to.
    durability: Durability,
}

impl Worker {
    fn run(mut self) {
        let mut group = Vec::with_capacity(self.max_group);
        while self.waiting.blocking_recv_many(&mut group, self.max_group) > 0 {
            self.run_group(&mut group);
        }
    }

    fn run_group(&mut self, group: &mut Vec<Command>) {
        let durability = group.iter().map(Command::durability).max().unwrap_or(Durability::Full);
        if let Err(error) = self.begin(durability) {
            let refused = Refused::by_begin(error);
            group.drain(..).for_each(|command| command.refuse(refused.clone()));
            return;
        }
        let mut answers = Vec::with_capacity(group.len());
        if group.len() == 1
            && let Some(command) = group.pop()
        {
            let committed = self.run_alone(command, &mut answers);
            return answers.into_iter().for_each(|answer| answer(committed.clone()));
        }
        let mut group = group.drain(..);
        let all = group.by_ref().try_for_each(|command| self.run_in_savepoint(command, &mut answers));
        let committed = match all {
            Ok(()) => self.commit(),
            Err(error) => {
                // A full disk, for one, makes SQLite roll everything back by itself. What is left of the group must not run
                // outside of a transaction.
                let refused = Refused::by_begin(error);
                self.roll_back();
                group.for_each(|command| command.refuse(refused.clone()));
                Err(refused)
            }
        };
        for answer in answers {
            answer(committed.clone());
        }
    }

    fn begin(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if durability != self.durability {
            let level = match durability {
                Durability::Relaxed => "NORMAL",
                Durability::Full => "FULL",
            };
            self.connection.pragma_update(None, "synchronous", level)?;
            self.durability = durability;
        }
        self.execute("BEGIN IMMEDIATE")
    }

    /// A group of one needs no savepoint, for which SQLite would set aside a copy of each page that is changed.
    fn run_alone(&self, command: Command, answers: &mut Vec<Answer>) -> Result<(), Refused> {
        if self.run_command(command, answers) {
            self.commit()
        } else {
            self.roll_back();
            Ok(())
        }
    }

    /// Runs one of several commands. An error means that the transaction of the group is gone.
    fn run_in_savepoint(&self, command: Command, answers: &mut Vec<Answer>) -> rusqlite::Result<()> {
        self.execute("SAVEPOINT member")?;
        if !self.run_command(command, answers) {
            self.execute("ROLLBACK TO member")?;
        }
        self.execute("RELEASE member")
    }

    /// Runs one command; its answer waits for the commit of the group. Tells whether to keep what it wrote.
    fn run_command(&self, command: Command, answers: &mut Vec<Answer>) -> bool {
        match command {
            Command::Job { job, .. } => {
                let ran = job.run(&self.connection);
                answers.push(ran.answer);
                ran.keep
            }
            Command::Session { begun } => {
                let (turns, incoming) = blocking::channel();
                // When the caller has given up already, the session that comes back is dropped and served for no turn.
                drop(begun.send(Ok(Session::over(turns))));
                let answer = session::serve(&self.connection, &incoming, self.session_timeout);
                let keep = answer.is_some();
                answers.extend(answer);
                keep
            }
        }
    }

    fn commit(&self) -> Result<(), Refused> {
        let committed = self.execute("COMMIT").map_err(Refused::by_commit);
        if committed.is_err() {
            self.roll_back();
        }
        committed
    }

    /// Ends the transaction if a failure left it open: the next group must not inherit it.
    fn roll_back(&self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.execute("ROLLBACK") {
            tracing::error!(error = %error, "The SQLite writer could not roll back after a failure");
        }
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

#[cfg(test)]
mod tests;
