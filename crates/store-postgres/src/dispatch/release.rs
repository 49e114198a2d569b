use thaiyyal_model::Hint;
use thaiyyal_store::{
    Error,
    dispatch::{Release, Written},
};

use super::{
    hints,
    items::{Leases, Ordered, Segments},
};
use crate::{columns::Columns, pool::Pool};

pub(super) async fn release(pool: &Pool, batch: &[Release]) -> Result<(Vec<Written>, Vec<Hint>), Error> {
    let mut answers = vec![Written::Fenced; batch.len()];
    let mut hints = Vec::new();
    if batch.is_empty() {
        return Ok((answers, hints));
    }
    let items = Ordered::by(batch, |item| item.lease.execution).once(|item| item.lease.execution);
    let leases = Leases::of(&items, |item| item.lease);
    let segments = Segments::of(&items, |item| item.segment.as_ref());
    let rows = pool
        .write(
            include_str!("release.sql"),
            &[&leases.tenants, &leases.executions, &leases.epochs, &segments.first, &segments.last, &segments.bytes],
        )
        .await?;
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        if let Some(ordinal) = columns.next::<Option<i64>>()? {
            if let Some(position) = items.position(ordinal) {
                answers[position] = Written::Yes;
            }
        } else {
            hints.extend(hints::hint(&mut columns)?);
        }
    }
    Ok((answers, hints))
}
