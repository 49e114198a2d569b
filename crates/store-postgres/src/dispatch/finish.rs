use thaiyyal_store::{
    Error,
    dispatch::{Finish, Written},
};

use super::items::{Leases, Ordered, Segments};
use crate::{at::At, columns::Columns, pool::Pool};

pub(super) async fn finish(pool: &Pool, batch: &[Finish]) -> Result<Vec<Written>, Error> {
    let mut answers = vec![Written::Fenced; batch.len()];
    if batch.is_empty() {
        return Ok(answers);
    }
    let items = Ordered::by(batch, |item| item.lease.execution).once(|item| item.lease.execution);
    let leases = Leases::of(&items, |item| item.lease);
    let segments = Segments::of(&items, |item| item.segment.as_ref());
    let statuses = items.array(|item| item.status.as_str());
    let outputs = items.array(|item| item.output.as_deref());
    let errors = items.array(|item| item.error.as_deref());
    let ends = items.array(|item| At(item.finished_at));
    let rows = pool
        .write(
            include_str!("finish.sql"),
            &[
                &leases.tenants,
                &leases.executions,
                &leases.epochs,
                &statuses,
                &outputs,
                &errors,
                &ends,
                &segments.first,
                &segments.last,
                &segments.bytes,
            ],
        )
        .await?;
    for row in &rows {
        items.mark(&mut answers, &mut Columns::of("executions", row), Written::Yes)?;
    }
    Ok(answers)
}
