use std::sync::Arc;

use thaiyyal_commands::signals::Delivery;
use thaiyyal_store::Error;
use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Delivers signals whose sender did not get to it: it crashed between commit and delivery, or could not reach the database again.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    let delivered = metrics::counter!("thaiyyal_worker_signals_delivered_total");
    let delivery = Delivery::new(Arc::clone(&deps.storage.dispatch), deps.publisher.clone(), Arc::clone(&deps.ephemeral));
    repeat("signals", millis(deps.settings.signals_ms), &stop, || turn(&delivery, &delivered)).await;
}

async fn turn(delivery: &Delivery, delivered: &metrics::Counter) -> Result<Again, Error> {
    delivered.increment(delivery.deliver().await?);
    Ok(Again::Later)
}
