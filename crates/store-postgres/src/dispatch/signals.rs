use thaiyyal_model::{ExecutionId, SignalSeq, TenantId};
use thaiyyal_store::{
    Error,
    dispatch::Lease,
    signals::{Delivered, Inbox, Signal},
};
use uuid::Uuid;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn deliver(pool: &Pool, limit: u32) -> Result<Delivered, Error> {
    let rows = pool.write(include_str!("deliver.sql"), &[&i64::from(limit)]).await?;
    let mut delivered = Delivered::default();
    for row in &rows {
        let mut columns = Columns::of("signals", row);
        if let Some(signals) = columns.next::<Option<i64>>()? {
            delivered.signals = u32::try_from(signals).unwrap_or(u32::MAX);
        } else if let Some(tenant) = columns.next::<Option<Uuid>>()? {
            let concerned = (TenantId::from_uuid(tenant), ExecutionId::from_uuid(columns.next()?));
            let is_woken: bool = columns.next()?;
            if is_woken { &mut delivered.woken } else { &mut delivered.running }.push(concerned);
        } else {
            columns.skip(2);
            delivered.hints.extend(hints::hint(&mut columns)?);
        }
    }
    Ok(delivered)
}

/// In the order of the leases.
pub(super) async fn inboxes(pool: &Pool, leases: &[Lease]) -> Result<Vec<Inbox>, Error> {
    let mut inboxes = vec![Inbox::default(); leases.len()];
    if leases.is_empty() {
        return Ok(inboxes);
    }
    let tenants: Vec<_> = leases.iter().map(|lease| lease.tenant.uuid()).collect();
    let executions: Vec<_> = leases.iter().map(|lease| lease.execution.uuid()).collect();
    let rows = pool.read(include_str!("inboxes.sql"), &[&tenants, &executions]).await?;
    for row in &rows {
        let mut columns = Columns::of("signals", row);
        let ordinal: i64 = columns.next()?;
        let Some(inbox) = usize::try_from(ordinal - 1).ok().and_then(|place| inboxes.get_mut(place)) else { continue };
        inbox.seen = columns.next()?;
        if let Some(seq) = columns.next::<Option<i64>>()? {
            inbox.signals.push(Signal { seq: SignalSeq(seq), name: columns.next()?, payload: columns.next()? });
        }
    }
    Ok(inboxes)
}
