//! The one writer: a thread with a queue, which commits many writes at once.
//!
//! A commit waits for the disk, and waiting once for up to 256 writes is what makes `FULL` cheap.
//! A savepoint around each keeps them apart: one that fails is undone alone. Nobody gets an answer
//! before the commit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use super::super::error::Fault;
use super::super::{On, OpenError, StoreError, Tx, Write};
use super::connection::Connection;

/// Writes that are committed together.
const GROUP_WRITE_COUNT_MAX: usize = 256;

/// Writes that wait for their turn; the next caller waits until one is taken.
const QUEUE_WRITE_COUNT_MAX: usize = 1024;

/// The way to the writer's thread, which ends when this is dropped.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// What a write came to: its result, or the panic that its caller shall meet.
type Outcome<T> = Result<Result<T, StoreError>, Box<dyn Any + Send>>;

impl Writer {
    /// Starts the thread.
    pub fn start(connection: Connection) -> Result<Self, OpenError> {
        let (queue, jobs) = mpsc::channel(QUEUE_WRITE_COUNT_MAX);
        let thread = thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(connection, jobs))
            .map_err(|_| OpenError::Engine(StoreError::Unavailable))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues a write and waits until it's committed or has failed.
    pub async fn write<W: Write>(&self, write: W) -> Result<W::Output, StoreError> {
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(StoreError::Unavailable)?;
        let job = Box::new(Queued { write, outcome: None, reply });
        queue.send(job).await.map_err(|_| StoreError::Unavailable)?;
        match answer.await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(StoreError::Unavailable),
        }
    }

    /// True while the thread takes writes.
    pub fn runs(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| !queue.is_closed())
    }
}

impl Drop for Writer {
    /// Waits for the thread, so that whoever opens the file next finds nothing in the way.
    fn drop(&mut self) {
        drop(self.queue.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        // A write may hold the last handle; its thread can't wait for itself.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writer of the database had stopped with a panic");
        }
    }
}

/// A write in the queue, whatever its type.
trait Job: Send {
    /// Runs it; false if it is to be undone.
    fn run(&mut self, connection: &mut Connection) -> bool;
    /// Tells its caller what came of it, now that the group is committed or lost.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Queued<W: Write> {
    write: W,
    outcome: Option<Outcome<W::Output>>,
    reply: oneshot::Sender<Outcome<W::Output>>,
}

impl<W: Write> Job for Queued<W> {
    fn run(&mut self, connection: &mut Connection) -> bool {
        // One caller's panic must not take the others' writer; it's passed on to that caller.
        let outcome = catch_unwind(AssertUnwindSafe(|| run_now(&self.write, connection)));
        let succeeded = matches!(outcome, Ok(Ok(_)));
        self.outcome = Some(outcome);
        succeeded
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let outcome = match (self.outcome, committed) {
            (Some(Ok(Ok(_))), Err(lost)) => Ok(Err(lost)),
            (Some(outcome), _) => outcome,
            (None, lost) => Ok(Err(lost.err().unwrap_or(StoreError::Unavailable))),
        };
        // A caller that went away doesn't want to know.
        drop(self.reply.send(outcome));
    }
}

fn run_now<W: Write>(write: &W, connection: &mut Connection) -> Result<W::Output, StoreError> {
    let mut tx = Tx::new(On::Sqlite(connection));
    let polled = pin!(write.run(&mut tx)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(result) = polled else {
        panic!("the write {} awaits something other than its transaction", W::NAME);
    };
    tx.outcome(result).map_err(Fault::error)
}

fn serve(mut connection: Connection, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut group = Vec::new();
        let committed = commit_group(&mut connection, first, &mut queue, &mut group);
        if let Err(error) = committed {
            tracing::error!(writes = group.len(), %error, "a group of writes was lost");
        }
        let is_stuck = connection.is_in_transaction() && connection.control("ROLLBACK").is_err();
        for job in group {
            job.answer(committed);
        }
        if is_stuck {
            tracing::error!("a transaction could not be ended; the writer stops");
            return;
        }
    }
}

/// Runs the first write and those that wait behind it, in one transaction.
fn commit_group(
    connection: &mut Connection,
    first: Box<dyn Job>,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    let begun = connection.control("BEGIN IMMEDIATE");
    let mut next = Some(first);
    while let Some(mut job) = next {
        let kept = begun.and_then(|()| run_alone(connection, job.as_mut()));
        group.push(job);
        kept?;
        let has_room = group.len() < GROUP_WRITE_COUNT_MAX;
        next = has_room.then(|| queue.try_recv().ok()).flatten();
    }
    connection.control("COMMIT")
}

/// Runs a write so that it can be undone alone; fails if the whole transaction is gone.
fn run_alone(connection: &mut Connection, job: &mut dyn Job) -> Result<(), StoreError> {
    connection.control("SAVEPOINT one")?;
    let succeeded = job.run(connection);
    if !connection.is_in_transaction() {
        // A full or failing disk makes SQLite undo everything, also what others wrote.
        return Err(StoreError::Unavailable);
    }
    if !succeeded {
        connection.control("ROLLBACK TO one")?;
    }
    connection.control("RELEASE one")
}
