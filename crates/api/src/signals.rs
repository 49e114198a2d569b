//! What all routes share that send something to an execution.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use thaiyyal_model::ExecutionId;
use thaiyyal_store::signals::Posted;
use tokio::time::Instant;

use crate::problem::{Code, Problem};
use crate::state::State;

/// The longest name of a signal.
const LONGEST_NAME: usize = 100;

/// Names that callers may use; those with a colon are the product's own.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    let fits = (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if fits {
        return Ok(());
    }
    Err(Problem::parameter("name", format!("must have 1 to {LONGEST_NAME} letters, digits, `-`, `_` and `.`")))
}

/// Why a signal was not posted.
pub(crate) fn posted(posted: Posted, most_pending: u32) -> Result<(), Problem> {
    match posted {
        Posted::Yes => Ok(()),
        Posted::Missing => Err(Problem::not_found("execution")),
        Posted::Ended(status) => Err(Problem::new(Code::ExecutionEnded, format!("the execution has ended as `{status}`"))),
        Posted::Full => Err(Problem::new(
            Code::TooManySignals,
            format!("{most_pending} signals lie there for this execution already, and it has taken none of them yet"),
        )),
    }
}

/// Delivers what was posted and committed. What cannot be delivered now, the scheduler delivers.
pub(crate) async fn deliver(state: &State) {
    if let Err(error) = state.delivery.deliver().await {
        tracing::warn!(error = &error as &dyn std::error::Error, "Could not deliver signals, the scheduler will");
    }
}

/// How many calls one execution's address takes: a window of time, counted in this process.
pub(crate) struct Pace {
    most: u32,
    window: Mutex<(Instant, HashMap<ExecutionId, u32>)>,
}

const WINDOW: Duration = Duration::from_secs(60);

impl Pace {
    /// At most `most` calls a minute.
    pub(crate) fn new(most: u32) -> Self {
        Self { most, window: Mutex::new((Instant::now(), HashMap::new())) }
    }

    /// Counts a call; says when to come back if it is one too many. Only executions that exist are counted, so the list is no longer than
    /// the calls of a minute.
    pub(crate) fn admit(&self, execution: ExecutionId) -> Result<(), Problem> {
        let mut window = self.window.lock().expect("no holder of this lock can panic");
        if window.0.elapsed() >= WINDOW {
            *window = (Instant::now(), HashMap::new());
        }
        let left = WINDOW.saturating_sub(window.0.elapsed());
        let calls = window.1.entry(execution).or_default();
        *calls += 1;
        if *calls <= self.most {
            return Ok(());
        }
        let detail = format!("this address takes {} calls a minute", self.most);
        Err(Problem::new(Code::RateLimited, detail).retry_after(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use thaiyyal_model::SystemClock;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_execution_has_its_own_pace_and_a_new_minute_is_a_new_start() {
        let (pace, one, other) = (Pace::new(2), ExecutionId::mint(&SystemClock), ExecutionId::mint(&SystemClock));
        assert!(pace.admit(one).is_ok() && pace.admit(one).is_ok() && pace.admit(other).is_ok());
        assert_eq!(pace.admit(one).unwrap_err().code(), Code::RateLimited);
        tokio::time::advance(WINDOW).await;
        assert!(pace.admit(one).is_ok());
    }

    #[test]
    fn names_with_a_colon_are_nobodys() {
        assert!(check_name("paid-2.x_y").is_ok());
        for wrong in ["", "child:1", "a b", "ä", &"x".repeat(101)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }
}
