use thaiyyal_model::Hint;
use thaiyyal_store::Error;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn wake_due(pool: &Pool, limit: u32) -> Result<Vec<Hint>, Error> {
    let rows = pool.write(include_str!("wake.sql"), &[&i64::from(limit)]).await?;
    rows.iter().filter_map(|row| hints::hint(&mut Columns::of("outbox", row)).transpose()).collect()
}
