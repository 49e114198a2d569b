use std::sync::Arc;

use thaiyyal_ephemeral::{Live, Signal};
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::core::Core;

/// Acts at once on wishes to stop executions held here, and on signals for them. Those that are missed come with the answer to the next
/// sign of life.
pub(crate) async fn run(core: Arc<Core>, until: CancellationToken) {
    let mut signals = core.ephemeral.subscribe();
    while let Some(signal) = until.run_until_cancelled(signals.recv()).await {
        match signal {
            Ok(Signal::Live(Live::Cancel { tenant, execution })) => core.held.cancel_of(tenant, execution),
            Ok(Signal::Live(Live::Signalled { tenant, execution })) => core.held.signal_of(tenant, execution),
            Ok(Signal::Live(Live::Progress { .. } | Live::Status { .. }) | Signal::Gap) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
