use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{SchedulerDeps, millis};
use crate::supervise::{Again, repeat};

/// Prepares the database for the coming weeks.
pub(super) async fn run(deps: Arc<SchedulerDeps>, stop: CancellationToken) {
    repeat("maintain", millis(deps.settings.maintain_ms), &stop, || async { deps.storage.admin.maintain().await.map(|()| Again::Later) })
        .await;
}
