use std::time::Duration;

use thaiyyal_model::{ExecutionId, Hint, SHARDS};
use thaiyyal_store::Error;

use super::hints;
use crate::{columns::Columns, pool::Pool};

pub(super) async fn sweep(pool: &Pool, unclaimed_for: Duration, limit: u32) -> Result<Vec<Hint>, Error> {
    let rows = pool.write(include_str!("sweep.sql"), &[&unclaimed_for.as_secs_f64(), &i64::from(limit), &i32::from(SHARDS)]).await?;
    let mut unclaimed = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut columns = Columns::of("run_queue", row);
        let execution = ExecutionId::from_uuid(columns.next()?);
        unclaimed.push((hints::shard(&mut columns)?, columns.word()?, execution));
    }
    Ok(hints::repeats(unclaimed))
}
