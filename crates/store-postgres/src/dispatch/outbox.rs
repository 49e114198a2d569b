use std::time::Duration;

use thaiyyal_model::{Hint, OutboxId};
use thaiyyal_store::Error;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn confirm(pool: &Pool, published: &[OutboxId]) -> Result<(), Error> {
    if published.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<_> = published.iter().map(|id| id.uuid()).collect();
    ids.sort_unstable();
    pool.write(include_str!("confirm.sql"), &[&ids]).await?;
    Ok(())
}

pub(super) async fn unpublished(pool: &Pool, older_than: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
    let rows = pool.write(include_str!("unpublished.sql"), &[&older_than.as_secs_f64(), &i64::from(limit)]).await?;
    rows.iter().filter_map(|row| hints::hint(&mut Columns::of("outbox", row)).transpose()).collect()
}
