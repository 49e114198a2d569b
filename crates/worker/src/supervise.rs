//! The one place where loops are kept alive.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::backoff::Backoff;

/// Runs a loop until it ends by itself; one that panics is begun again after a while, unless `stop` came.
pub(crate) async fn alive<F>(name: &'static str, stop: &CancellationToken, mut begin: impl FnMut() -> F)
where
    F: Future<Output = ()>,
{
    let mut backoff = Backoff::for_outage();
    while AssertUnwindSafe(begin()).catch_unwind().await.is_err() {
        tracing::error!(r#loop = name, "The loop {name} panicked, this is a bug; it begins again");
        if stop.run_until_cancelled(tokio::time::sleep(backoff.next())).await.is_none() {
            return;
        }
    }
}

/// When a repeated turn comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// There was as much to do as one turn may do.
    Now,
    /// After the usual pause.
    Later,
}

/// Takes turns until `stop`. A turn is never interrupted. One that fails (or panics) comes again after a growing pause; the pauses of
/// many processes do not fall together.
pub(crate) async fn repeat<F, E>(name: &'static str, every: Duration, stop: &CancellationToken, mut turn: impl FnMut() -> F)
where
    F: Future<Output = Result<Again, E>>,
    E: std::error::Error + 'static,
{
    let mut backoff = Backoff::between(Duration::from_millis(100), Duration::from_secs(15));
    let mut is_failing = false;
    while !stop.is_cancelled() {
        let pause = match AssertUnwindSafe(turn()).catch_unwind().await {
            Ok(Ok(again)) => {
                if is_failing {
                    tracing::info!(r#loop = name, "The loop {name} works again");
                }
                is_failing = false;
                backoff.reset();
                if again == Again::Now {
                    tokio::task::yield_now().await;
                    continue;
                }
                backoff.spread(every)
            }
            Ok(Err(error)) => {
                if !is_failing {
                    tracing::warn!(
                        r#loop = name,
                        error = &error as &dyn std::error::Error,
                        "The loop {name} cannot work now, trying again"
                    );
                }
                is_failing = true;
                backoff.next()
            }
            Err(_panic) => {
                tracing::error!(r#loop = name, "A turn of the loop {name} panicked, this is a bug");
                backoff.next()
            }
        };
        stop.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_at_once_while_there_is_more_to_do_and_after_failures() {
        let stop = CancellationToken::new();
        let count = Cell::new(0);
        repeat("test", Duration::from_secs(60), &stop, || {
            count.set(count.get() + 1);
            let count = count.get();
            let stop = stop.clone();
            async move {
                match count {
                    1 | 2 => Ok(Again::Now),
                    3 => Ok(Again::Later),
                    4 => Err(std::fmt::Error),
                    5 => panic!("this panic is part of the test"),
                    _ => {
                        stop.cancel();
                        Ok(Again::Later)
                    }
                }
            }
        })
        .await;
        assert_eq!(count.get(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_panics_begins_again() {
        let stop = CancellationToken::new();
        let count = Cell::new(0);
        alive("test", &stop, || {
            count.set(count.get() + 1);
            let count = count.get();
            async move { assert!(count > 2, "this panic is part of the test") }
        })
        .await;
        assert_eq!(count.get(), 3);
    }
}
