//! Signs of life, and what follows from their answers.

use std::{sync::Arc, time::Duration};

use thaiyyal_model::Chain;
use thaiyyal_store::dispatch::Beat;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{backoff::Backoff, core::Core};

/// Tells the database that this worker lives, until everything it held is given back. Runs beside all other work, so that load does
/// not make the worker look dead.
pub(crate) async fn run(core: Arc<Core>, until: CancellationToken) {
    let period = core.settings.heartbeat().max(Duration::from_millis(10));
    let mut backoff = Backoff::between((period / 10).min(Duration::from_millis(100)), period);
    loop {
        let sent = Instant::now();
        let pause = match beat(&core, sent, period).await {
            Ok(()) => {
                backoff.reset();
                period.saturating_sub(sent.elapsed())
            }
            Err(why) => {
                tracing::warn!(error = %why, "A sign of life was not answered, trying again");
                backoff.next()
            }
        };
        if until.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return;
        }
    }
}

async fn beat(core: &Core, sent: Instant, patience: Duration) -> Result<(), String> {
    let leases = core.held.worked_on();
    core.meters.held.set(leases.len() as f64);
    core.meters.free_slots.set(core.slots.count() as f64);
    let beat = Beat {
        worker: core.id,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: core.host.clone(),
        slots: core.settings.slots,
        leases,
        listening: core.held.listening(),
    };
    // An answer that does not come is a broken connection; asking again takes another.
    let pulse = match tokio::time::timeout(patience, core.dispatch.heartbeat(&beat)).await {
        Ok(Ok(pulse)) => pulse,
        Ok(Err(error)) => return Err(Chain(&error).to_string()),
        Err(_) => return Err(format!("no answer within {} ms", patience.as_millis())),
    };
    core.trust.renew(sent, core.settings.trust());
    if !pulse.lost.is_empty() {
        core.meters.lost.increment(pulse.lost.len() as u64);
        tracing::debug!(leases = pulse.lost.len(), "The database no longer knows of some leases held here");
        core.held.lose(&pulse.lost, &beat.leases);
    }
    pulse.signalled.iter().for_each(|execution| core.held.signal(*execution));
    pulse.cancel.iter().for_each(|execution| core.held.cancel(*execution));
    Ok(())
}

/// Ends all work when signs of life go unanswered for too long: others may run it by now.
pub(crate) async fn watch(core: Arc<Core>, until: CancellationToken) {
    let watch = async {
        loop {
            core.trust.good().await;
            while core.trust.is_good() {
                tokio::time::sleep_until(core.trust.until()).await;
            }
            core.trust.end();
            core.meters.lapses.increment(1);
            let dropped = core.held.lose_all();
            tracing::error!(
                leases = dropped,
                "The database did not hear from this worker in time: dropped {dropped} executions, others will run them"
            );
        }
    };
    until.run_until_cancelled(watch).await;
}
