//! Signals for executions: the limits on what may be sent, and their delivery after the commit.

use std::sync::Arc;

use thaiyyal_ephemeral::{Ephemeral, Live};
use thaiyyal_model::ExecutionStatus;
use thaiyyal_store::{Dispatch, signals::Delivered};

use crate::publish::Publisher;

/// How many signals one delivery takes.
const AT_ONCE: u32 = 500;

/// Tells executions of the signals that were posted for them.
#[derive(Clone)]
pub struct Delivery {
    dispatch: Arc<dyn Dispatch>,
    publisher: Publisher,
    ephemeral: Arc<dyn Ephemeral>,
}

impl Delivery {
    /// Delivers by way of these.
    #[must_use]
    pub fn new(dispatch: Arc<dyn Dispatch>, publisher: Publisher, ephemeral: Arc<dyn Ephemeral>) -> Self {
        Self { dispatch, publisher, ephemeral }
    }

    /// Delivers what has been posted by anyone; returns how many signals that were. To be called after the commit of whoever posted. What
    /// cannot be delivered now, the scheduler delivers.
    ///
    /// # Errors
    /// The database could not do it; what was posted stays so.
    pub async fn deliver(&self) -> Result<u64, thaiyyal_store::Error> {
        let mut signals = 0;
        loop {
            let delivered = self.dispatch.deliver(AT_ONCE).await?;
            signals += u64::from(delivered.signals);
            let may_be_more = delivered.signals >= AT_ONCE;
            self.tell(delivered).await;
            if !may_be_more {
                return Ok(signals);
            }
        }
    }

    async fn tell(&self, delivered: Delivered) {
        let Delivered { hints, woken, running, signals: _ } = delivered;
        let queued = |(tenant, execution)| Live::Status { tenant, execution, status: ExecutionStatus::Queued };
        let signalled = |(tenant, execution)| Live::Signalled { tenant, execution };
        let news: Vec<_> = woken.into_iter().map(queued).chain(running.into_iter().map(signalled)).collect();
        self.publisher.publish(hints);
        if !news.is_empty() {
            self.ephemeral.publish(&news).await;
        }
    }
}
