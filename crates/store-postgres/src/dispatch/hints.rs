use std::collections::BTreeMap;

use thaiyyal_model::{ExecutionId, Hint, OutboxId, Priority, Shard};
use thaiyyal_store::Error;
use uuid::Uuid;

use crate::columns::Columns;

/// Reads the columns `id, shard, priority, executions` of an outbox row; `None` when the id is null, in a row about something else.
pub(super) fn hint(columns: &mut Columns<'_>) -> Result<Option<Hint>, Error> {
    let Some(id) = columns.next::<Option<Uuid>>()? else { return Ok(None) };
    Ok(Some(Hint {
        outbox: Some(OutboxId::from_uuid(id)),
        shard: shard(columns)?,
        priority: columns.word()?,
        executions: columns.next::<Vec<Uuid>>()?.into_iter().map(ExecutionId::from_uuid).collect(),
    }))
}

/// Reads a shard.
pub(super) fn shard(columns: &mut Columns<'_>) -> Result<Shard, Error> {
    Ok(Shard(columns.next::<i16>()?.unsigned_abs()))
}

/// Messages that name the given executions and have no outbox row.
pub(super) fn repeats(executions: impl IntoIterator<Item = (Shard, Priority, ExecutionId)>) -> Vec<Hint> {
    let mut queues: BTreeMap<(Shard, Priority), Vec<ExecutionId>> = BTreeMap::new();
    for (shard, priority, execution) in executions {
        queues.entry((shard, priority)).or_default().push(execution);
    }
    queues
        .into_iter()
        .flat_map(|((shard, priority), executions)| {
            let messages: Vec<_> = executions.chunks(Hint::MAX_EXECUTIONS).map(<[_]>::to_vec).collect();
            messages.into_iter().map(move |executions| Hint { outbox: None, shard, priority, executions })
        })
        .collect()
}
