use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use lapin::types::ShortString;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::metrics;

const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(600);

/// Queues that did not confirm while others did: a quorum queue without a leader confirms nothing, and may stay so (as one does that
/// was declared a moment before its only node was killed). Their messages go to other queues; now and then one finds out how they are.
#[derive(Debug, Default)]
pub(super) struct Sickbay {
    patients: Mutex<HashMap<ShortString, Patient>>,
}

#[derive(Debug)]
struct Patient {
    next_visit: Instant,
    rest: Duration,
}

impl Sickbay {
    /// A message to this queue was not confirmed in time.
    pub(super) fn admit(&self, queue: &ShortString) {
        let mut patients = self.patients();
        let rest = patients.get(queue).map_or(FIRST_REST, |patient| LONGEST_REST.min(patient.rest * 2));
        warn!(queue = %queue, "A queue of the message broker confirms nothing; going around it");
        patients.insert(queue.clone(), Patient { next_visit: Instant::now() + rest, rest });
        metrics::silent_queues(patients.len());
    }

    /// A message to this queue was confirmed.
    pub(super) fn discharge(&self, queue: &ShortString) {
        let mut patients = self.patients();
        if !patients.is_empty() && patients.remove(queue).is_some() {
            info!(queue = %queue, "A queue of the message broker confirms again");
            metrics::silent_queues(patients.len());
        }
    }

    /// Whether a message should go elsewhere. When it is time for a visit, the one that asked makes it.
    pub(super) fn has(&self, queue: &ShortString) -> bool {
        let mut patients = self.patients();
        match patients.get_mut(queue) {
            None => false,
            Some(patient) if patient.next_visit > Instant::now() => true,
            Some(patient) => {
                patient.next_visit = Instant::now() + patient.rest;
                false
            }
        }
    }

    fn patients(&self) -> std::sync::MutexGuard<'_, HashMap<ShortString, Patient>> {
        self.patients.lock().expect("no holder of this lock can panic")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_queue_is_left_alone_but_for_one_visit_at_a_time() {
        let sickbay = Sickbay::default();
        let (sick, well) = ("sick".into(), "well".into());
        sickbay.admit(&sick);
        assert!(sickbay.has(&sick) && !sickbay.has(&well));
        tokio::time::advance(FIRST_REST).await;
        assert!(!sickbay.has(&sick), "the visit");
        assert!(sickbay.has(&sick), "one is enough");
        sickbay.discharge(&sick);
        assert!(!sickbay.has(&sick));
    }

    #[tokio::test(start_paused = true)]
    async fn visits_become_rarer() {
        let sickbay = Sickbay::default();
        let sick = "sick".into();
        sickbay.admit(&sick);
        sickbay.admit(&sick);
        tokio::time::advance(FIRST_REST).await;
        assert!(sickbay.has(&sick));
        tokio::time::advance(FIRST_REST).await;
        assert!(!sickbay.has(&sick));
    }
}
