use std::{collections::hash_map::RandomState, hash::BuildHasher, time::Duration};

/// Growing pauses between tries, each a random share of its full length, so that many who failed together do not come back together.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
    random: u64,
}

impl Backoff {
    pub(crate) fn between(first: Duration, longest: Duration) -> Self {
        // Only how long someone pauses depends on this, never what is computed.
        Self { first, longest, next: first, random: RandomState::new().hash_one(longest) }
    }

    /// For a dependency that is away: 50 ms to 5 s.
    pub(crate) fn for_outage() -> Self {
        Self::between(Duration::from_millis(50), Duration::from_secs(5))
    }

    /// The next pause: half to all of a length that doubles every time.
    pub(crate) fn next(&mut self) -> Duration {
        let full = self.next;
        self.next = (full * 2).min(self.longest);
        self.spread(full)
    }

    /// Half to all of `length`.
    pub(crate) fn spread(&mut self, length: Duration) -> Duration {
        // Xorshift: enough to keep loops of different processes from marching in step.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let share = u32::try_from(self.random % 1_000).unwrap_or(0);
        length / 2 + length / 2_000 * share
    }

    /// All is well again: the next pause is the first.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_again() {
        let mut backoff = Backoff::between(Duration::from_millis(100), Duration::from_millis(350));
        for full in [100, 200, 350, 350] {
            let pause = backoff.next();
            assert!(pause >= Duration::from_millis(full / 2) && pause <= Duration::from_millis(full), "{pause:?} of {full} ms");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(100));
    }
}
