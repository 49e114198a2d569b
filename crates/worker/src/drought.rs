use std::time::Duration;

use tokio::time::Instant;

/// How soon to look again after a look that found nothing, while others found something a moment ago.
const SOON: Duration = Duration::from_millis(200);

/// When to claim without hints.
///
/// Whether hints flow shows in one place only: at the worker that waits for them. A broker may be away, take connections and answer
/// nothing, or have lost what it held; the database tells in each case whether something waits that should have come. So a worker that
/// waited long enough looks there. Finding nothing means that there is no work, and the next look can wait as long; finding something
/// means that there is a drought, in which it looks often and takes fresh work too, until a hint comes or there is no work for a while.
pub(crate) struct Drought {
    patience: Duration,
    next_look: Option<Instant>,
    last_find: Option<Instant>,
}

impl Drought {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, next_look: None, last_find: None }
    }

    /// Waits until it is time to look. Cancel-safe: waiting again goes on where it was.
    pub(crate) async fn lasts(&mut self) {
        let patience = self.patience;
        tokio::time::sleep_until(*self.next_look.get_or_insert_with(|| Instant::now() + patience)).await;
    }

    /// How old hints have to be that count as lost.
    pub(crate) fn lost_after(&self) -> Duration {
        if self.is_on() { Duration::ZERO } else { self.patience }
    }

    /// So many executions were found.
    pub(crate) fn looked(&mut self, found: usize) {
        let now = Instant::now();
        if found > 0 {
            if self.last_find.is_none() {
                tracing::warn!("No hints come from the message broker, claiming executions without");
            }
            self.last_find = Some(now);
            self.next_look = Some(now);
        } else if self.is_on() {
            self.next_look = Some(now + SOON);
        } else {
            self.last_find = None;
            self.next_look = None;
        }
    }

    /// A hint came.
    pub(crate) fn ends(&mut self) {
        if self.last_find.take().is_some() {
            tracing::info!("Hints come from the message broker again");
        }
        self.next_look = None;
    }

    fn is_on(&self) -> bool {
        self.last_find.is_some_and(|find| find.elapsed() < self.patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    async fn waited(drought: &mut Drought) -> Duration {
        let begun = Instant::now();
        drought.lasts().await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn without_lost_work_it_looks_seldom_and_leaves_fresh_hints_alone() {
        let mut drought = Drought::new(PATIENCE);
        for _ in 0..3 {
            assert_eq!((waited(&mut drought).await, drought.lost_after()), (PATIENCE, PATIENCE));
            drought.looked(0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn in_a_drought_it_looks_often_until_there_is_no_work_for_a_while() {
        let mut drought = Drought::new(PATIENCE);
        drought.lasts().await;
        drought.looked(7);
        assert_eq!((waited(&mut drought).await, drought.lost_after()), (Duration::ZERO, Duration::ZERO));
        let begun = Instant::now();
        drought.looked(0);
        while drought.lost_after() == Duration::ZERO {
            assert_eq!(waited(&mut drought).await, SOON);
            drought.looked(0);
        }
        assert_eq!(begun.elapsed(), PATIENCE);
        assert_eq!(waited(&mut drought).await, PATIENCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_ends_it() {
        let mut drought = Drought::new(PATIENCE);
        drought.lasts().await;
        drought.looked(7);
        drought.ends();
        assert_eq!((waited(&mut drought).await, drought.lost_after()), (PATIENCE, PATIENCE));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_that_is_interrupted_goes_on_where_it_was() {
        let mut drought = Drought::new(PATIENCE);
        drop(tokio::time::timeout(PATIENCE / 2, drought.lasts()).await);
        assert_eq!(waited(&mut drought).await, PATIENCE / 2);
    }
}
