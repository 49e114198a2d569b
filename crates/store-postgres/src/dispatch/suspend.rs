use thaiyyal_store::{
    Error,
    dispatch::{Suspend, Written},
};

use super::items::{Leases, Ordered, Segments};
use crate::{at::At, columns::Columns, pool::Pool};

pub(super) async fn suspend(pool: &Pool, batch: &[Suspend]) -> Result<Vec<Written>, Error> {
    let mut answers = vec![Written::Fenced; batch.len()];
    if batch.is_empty() {
        return Ok(answers);
    }
    let items = Ordered::by(batch, |item| item.lease.execution).once(|item| item.lease.execution);
    let leases = Leases::of(&items, |item| item.lease);
    let segments = Segments::of(&items, |item| item.segment.as_ref());
    let reasons = items.array(|item| item.reason.as_str());
    let wakes = items.array(|item| item.wake_at.map(At));
    let seen = items.array(|item| item.seen);
    let rows = pool
        .write(
            include_str!("suspend.sql"),
            &[
                &leases.tenants,
                &leases.executions,
                &leases.epochs,
                &reasons,
                &wakes,
                &segments.first,
                &segments.last,
                &segments.bytes,
                &seen,
            ],
        )
        .await?;
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        let position = items.position(columns.next()?);
        let written = match (columns.next()?, columns.next()?) {
            (true, _) => Written::CancelRequested,
            (false, true) => Written::Yes,
            (false, false) => Written::Signalled,
        };
        if let Some(position) = position {
            answers[position] = written;
        }
    }
    Ok(answers)
}
