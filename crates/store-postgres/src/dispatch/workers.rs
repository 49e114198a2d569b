use thaiyyal_model::{Epoch, ExecutionId, TenantId, WorkerId};
use thaiyyal_store::{
    Error,
    dispatch::{Beat, Lease, Pulse},
};

use crate::{columns::Columns, pool::Pool};

pub(super) async fn heartbeat(pool: &Pool, beat: &Beat) -> Result<Pulse, Error> {
    let executions: Vec<_> = beat.leases.iter().map(|(execution, _)| execution.uuid()).collect();
    let epochs: Vec<_> = beat.leases.iter().map(|(_, epoch)| epoch.0).collect();
    let slots = i32::try_from(beat.slots).unwrap_or(i32::MAX);
    let listeners: Vec<_> = beat.listening.iter().map(|(tenant, ..)| tenant.uuid()).collect();
    let listening: Vec<_> = beat.listening.iter().map(|(_, execution, _)| execution.uuid()).collect();
    let seen: Vec<_> = beat.listening.iter().map(|(.., seen)| *seen).collect();
    let rows = pool
        .write(
            include_str!("heartbeat.sql"),
            &[&beat.worker.uuid(), &beat.version, &beat.host, &slots, &executions, &epochs, &listeners, &listening, &seen],
        )
        .await?;
    let mut pulse = Pulse::default();
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        let execution = ExecutionId::from_uuid(columns.next()?);
        match columns.next()? {
            Some(true) => pulse.lost.push(execution),
            Some(false) => pulse.cancel.push(execution),
            None => pulse.signalled.push(execution),
        }
    }
    Ok(pulse)
}

/// Reads the whole queue: an index by worker would have to be written with every claim, and this is asked once in a while.
pub(super) async fn leases(pool: &Pool, worker: WorkerId) -> Result<Vec<Lease>, Error> {
    let rows = pool
        .scan(
            "SELECT tenant_id, execution_id, epoch FROM run_queue WHERE worker_id = $1 AND state = 'leased' ORDER BY execution_id",
            &[&worker.uuid()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let mut columns = Columns::of("run_queue", row);
            Ok(Lease {
                tenant: TenantId::from_uuid(columns.next()?),
                execution: ExecutionId::from_uuid(columns.next()?),
                epoch: Epoch(columns.next()?),
            })
        })
        .collect()
}

/// The row stays until the reaper forgets it, so that leases left behind are found and freed at once.
pub(super) async fn retire(pool: &Pool, worker: WorkerId) -> Result<(), Error> {
    pool.write("UPDATE workers SET last_seen = '-infinity' WHERE id = $1", &[&worker.uuid()]).await?;
    Ok(())
}
