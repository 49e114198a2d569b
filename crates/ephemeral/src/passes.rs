//! When something may pass that only so many may pass in a time.

use std::collections::VecDeque;
use std::time::Duration;

use thaiyyal_model::{TenantId, Timestamp};

/// What passes are counted for: every key begins with the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PassKey {
    /// The tenant.
    pub tenant: TenantId,
    /// What is limited.
    pub id: String,
}

/// How many may pass in which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How the time is measured.
    pub window: Window,
    /// How many; at least 1.
    pub most: u32,
    /// In this time.
    pub period: Duration,
}

/// How the time of a [`Rate`] is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Windows follow each other; the first begins with the first pass, and one after a pause with the pass that ends it.
    Fixed,
    /// Any time of that length.
    Sliding,
    /// A bucket that holds so many, and gets all of them back evenly in that time (GCRA, the algorithm of ATM Forum TM 4.1).
    Bucket,
}

/// A place among those that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// When its turn is; not before it was asked for.
    pub at: Timestamp,
    /// How many have passed in its window by then, this one included.
    pub count: u32,
}

/// The most places that are remembered by name, so that one who asks again gets his own.
const REMEMBERED: usize = 1_000;

/// The passes of one key, in the memory of a process. Times are microseconds since the epoch; some lie ahead.
#[derive(Debug, Default)]
pub(crate) struct Passes {
    /// Of a sliding window: the last so many, ascending.
    last: VecDeque<i64>,
    /// Of fixed windows: where the last begins, how many passed in it, and the last of them.
    fixed: Option<(i64, u32, i64)>,
    /// Of a bucket: when it will be full again.
    full_at: Option<i64>,
    named: VecDeque<(String, Pass)>,
}

impl Passes {
    /// A place for `name`, or the one it has.
    pub(crate) fn take(&mut self, name: &str, rate: Rate, now: Timestamp) -> Pass {
        if let Some((_, own)) = self.named.iter().find(|(own, _)| own == name) {
            return *own;
        }
        let (at, count) = self.next(rate, now.as_microsecond());
        let pass = Pass { at: Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX), count };
        if self.named.len() >= REMEMBERED {
            self.named.pop_front();
        }
        self.named.push_back((name.to_owned(), pass));
        pass
    }

    fn next(&mut self, rate: Rate, now: i64) -> (i64, u32) {
        let period = i64::try_from(rate.period.as_micros()).unwrap_or(i64::MAX);
        let most = rate.most.max(1);
        match rate.window {
            Window::Sliding => {
                let kept = most as usize;
                let after_last = self.last.back().copied().unwrap_or(now).max(now);
                let oldest = self.last.len().checked_sub(kept).and_then(|at| self.last.get(at));
                let at = oldest.map_or(after_last, |oldest| oldest.saturating_add(period).max(after_last));
                let before = self.last.iter().filter(|pass| pass.saturating_add(period) > at).count();
                self.last.push_back(at);
                while self.last.len() > kept {
                    self.last.pop_front();
                }
                (at, u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1))
            }
            Window::Fixed => {
                let (start, count, last) = self.fixed.unwrap_or((now, 0, now));
                let last = last.max(now);
                let (start, count) = if start.saturating_add(period) > last { (start, count) } else { (last, 0) };
                let (start, count, last) =
                    if count < most { (start, count + 1, last) } else { (start.saturating_add(period), 1, start.saturating_add(period)) };
                self.fixed = Some((start, count, last));
                (last, count)
            }
            Window::Bucket => {
                let gap = (period / i64::from(most)).max(1);
                let full_at = self.full_at.unwrap_or(now).max(now).saturating_add(gap);
                let at = full_at.saturating_sub(gap.saturating_mul(i64::from(most))).max(now);
                self.full_at = Some(full_at);
                (at, u32::try_from((full_at - at) / gap).unwrap_or(u32::MAX).max(1))
            }
        }
    }
}
