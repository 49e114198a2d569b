use thaiyyal_store::{
    Error,
    dispatch::{Append, Written},
};

use super::items::{Leases, Ordered, Segments};
use crate::{columns::Columns, pool::Pool};

pub(super) async fn append(pool: &Pool, batch: &[Append]) -> Result<Vec<Written>, Error> {
    let mut answers = vec![Written::Fenced; batch.len()];
    if batch.is_empty() {
        return Ok(answers);
    }
    let items = Ordered::by(batch, |item| item.lease.execution);
    let leases = Leases::of(&items, |item| item.lease);
    let segments = Segments::of(&items, |item| Some(&item.segment));
    let taken = items.array(|item| &item.taken);
    let taken = taken.into_iter().zip(1_i64..).flat_map(|(taken, ordinal)| taken.iter().map(move |signal| (ordinal, signal.0)));
    let (takers, signals): (Vec<_>, Vec<_>) = taken.unzip();
    let rows = pool
        .write(
            include_str!("append.sql"),
            &[&leases.tenants, &leases.executions, &leases.epochs, &segments.first, &segments.last, &segments.bytes, &takers, &signals],
        )
        .await?;
    for row in &rows {
        items.mark(&mut answers, &mut Columns::of("journal", row), Written::Yes)?;
    }
    Ok(answers)
}
