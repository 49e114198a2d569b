use std::collections::HashMap;

use thaiyyal_model::{ExecutionId, Hint, Shard, TenantId, VersionNumber, WorkflowId};
use thaiyyal_store::{
    Error,
    dispatch::{Accept, Accepted, AcceptedBatch, Idempotency, NewExecution, Target},
};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{hints, items::Ordered};
use crate::{at::At, columns::Columns, pool::Pool};

/// One statement, unless idempotency keys that were used before make a second look necessary: then the requests concerned wait for a
/// second statement, or (two requests of the batch with one key, of which the first was refused) for another round.
pub(super) async fn accept(pool: &Pool, batch: &[NewExecution]) -> Result<AcceptedBatch, Error> {
    let mut outcomes: Vec<Option<Accept>> = vec![None; batch.len()];
    let mut hints = Vec::new();
    // One round settles all but ever rarer cases, and each settles at least the first request that is left, or meets a key that
    // another transaction gave up in between.
    for _ in 0..batch.len() + 3 {
        let (leaders, followers) = parts(batch, &outcomes);
        if leaders.is_empty() {
            break;
        }
        if let Err(error) = round(pool, batch, &leaders, &mut outcomes, &mut hints).await {
            return Err(if hints.is_empty() { error } else { Error::Unknown(error.into()) });
        }
        for (follower, leader) in followers {
            outcomes[follower] = followed(batch, leader, &outcomes[leader], follower);
        }
    }
    let outcomes = outcomes.into_iter().collect::<Option<Vec<_>>>();
    let outcomes = outcomes.ok_or_else(|| Error::Unavailable("an idempotency key changed hands again and again".into()))?;
    Ok(AcceptedBatch { outcomes, hints })
}

/// Which of the requests without an outcome go into the next round, and which wait for another one with the same key.
fn parts(batch: &[NewExecution], outcomes: &[Option<Accept>]) -> (Vec<usize>, Vec<(usize, usize)>) {
    let mut leaders = Vec::with_capacity(batch.len());
    let mut followers = Vec::new();
    let mut keys: HashMap<(TenantId, &str, &str), usize> = HashMap::new();
    let mut children: HashMap<ExecutionId, usize> = HashMap::new();
    for (place, item) in batch.iter().enumerate().filter(|(place, _)| outcomes[*place].is_none()) {
        let leader = match (&item.idempotency, &item.parent) {
            (Some(key), _) => *keys.entry(identity(item, key)).or_insert(place),
            (None, Some(_)) => *children.entry(item.id).or_insert(place),
            (None, None) => place,
        };
        if leader == place { leaders.push(place) } else { followers.push((place, leader)) }
    }
    (leaders, followers)
}

fn identity<'a>(item: &NewExecution, idempotency: &'a Idempotency) -> (TenantId, &'static str, &'a str) {
    (item.scope.tenant(), idempotency.route, idempotency.key.as_str())
}

/// What a request gets that has the key of another one in the same batch; `None` when it must be tried by itself.
fn followed(batch: &[NewExecution], leader: usize, outcome: &Option<Accept>, follower: usize) -> Option<Accept> {
    let request = |place: usize| batch[place].idempotency.as_ref().map(|idempotency| idempotency.request);
    match outcome {
        Some(Accept::New(accepted) | Accept::Replayed(accepted)) if request(leader) == request(follower) => {
            Some(Accept::Replayed(accepted.clone()))
        }
        Some(Accept::New(_) | Accept::Replayed(_)) => Some(Accept::Mismatch),
        Some(Accept::Mismatch | Accept::UnknownWorkflow | Accept::UnknownVersion | Accept::NotPublished | Accept::Fenced) | None => None,
    }
}

/// Runs the statement for some requests, and looks up what the keys stand for that were used before.
async fn round(
    pool: &Pool,
    batch: &[NewExecution],
    places: &[usize],
    outcomes: &mut [Option<Accept>],
    hints: &mut Vec<Hint>,
) -> Result<(), Error> {
    let chosen: Vec<&NewExecution> = places.iter().map(|place| &batch[*place]).collect();
    let items = Ordered::by(&chosen, |item| item.id);
    let rows = insert(pool, &items).await?;
    let mut used = Vec::new();
    for row in &rows {
        let mut columns = Columns::of("executions", row);
        let Some(ordinal) = columns.next::<Option<i64>>()? else {
            // The columns of the requests: outcome and version.
            columns.skip(2);
            hints.extend(hints::hint(&mut columns)?);
            continue;
        };
        let Some(place) = items.position(ordinal).map(|position| places[position]) else { continue };
        let outcome: &str = columns.next()?;
        let version = columns.next::<Option<i32>>()?.map(VersionNumber);
        let item = &batch[place];
        outcomes[place] = match outcome {
            "new" => Some(Accept::New(Accepted { execution: item.id, workflow: workflow(&item.target), version })),
            "there" => Some(Accept::Replayed(Accepted { execution: item.id, workflow: workflow(&item.target), version })),
            "fenced" => Some(Accept::Fenced),
            "used" => None,
            "unknown_version" => Some(Accept::UnknownVersion),
            "not_published" => Some(Accept::NotPublished),
            _ => Some(Accept::UnknownWorkflow),
        };
        if outcome != "new" && item.idempotency.is_some() {
            used.push(place);
        }
    }
    replay(pool, batch, &used, outcomes).await
}

/// Answers requests whose key was used before, also when what they ask for has become impossible since.
async fn replay(pool: &Pool, batch: &[NewExecution], used: &[usize], outcomes: &mut [Option<Accept>]) -> Result<(), Error> {
    let keys: Vec<_> =
        used.iter().filter_map(|place| batch[*place].idempotency.as_ref().map(|key| (*place, &batch[*place], key))).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let tenants: Vec<_> = keys.iter().map(|(_, item, _)| item.scope.tenant().uuid()).collect();
    let routes: Vec<_> = keys.iter().map(|(_, _, key)| key.route).collect();
    let names: Vec<_> = keys.iter().map(|(_, _, key)| key.key.as_str()).collect();
    let times: Vec<_> = keys.iter().map(|(_, item, _)| At(item.created_at)).collect();
    let rows = pool.read(include_str!("replays.sql"), &[&tenants, &routes, &names, &times]).await?;
    for row in &rows {
        let mut columns = Columns::of("idempotency_keys", row);
        let ordinal: i64 = columns.next()?;
        let Some((place, _, key)) = usize::try_from(ordinal - 1).ok().and_then(|index| keys.get(index)) else { continue };
        outcomes[*place] = Some(if columns.digest()? == key.request.0 { earlier(&mut columns)? } else { Accept::Mismatch });
    }
    Ok(())
}

/// The execution that an earlier request got.
fn earlier(columns: &mut Columns<'_>) -> Result<Accept, Error> {
    Ok(columns
        .next::<Option<Uuid>>()?
        .map_or(Ok(None), |execution| {
            Ok(Some(Accepted {
                execution: ExecutionId::from_uuid(execution),
                workflow: columns.next::<Option<Uuid>>()?.map(WorkflowId::from_uuid),
                version: columns.next::<Option<i32>>()?.map(VersionNumber),
            }))
        })?
        // The key belongs to a request of another kind.
        .map_or(Accept::Mismatch, Accept::Replayed))
}

fn workflow(target: &Target) -> Option<WorkflowId> {
    match target {
        Target::Published(id) | Target::Version(id, _) | Target::Draft(id) => Some(*id),
        Target::Inline { .. } => None,
    }
}

async fn insert(pool: &Pool, items: &Ordered<'_, &NewExecution>) -> Result<Vec<Row>, Error> {
    let shards = items.array(|item| Shard::of(item.scope.tenant(), item.id).0.cast_signed());
    let inline = |item: &&NewExecution| match &item.target {
        Target::Inline { hash, .. } => Some(hash.0.to_vec()),
        Target::Published(_) | Target::Version(..) | Target::Draft(_) => None,
    };
    pool.write(
        include_str!("accept.sql"),
        &[
            &items.array(|item| item.id.uuid()),
            &items.array(|item| item.scope.tenant().uuid()),
            &items.array(|item| match item.target {
                Target::Published(_) => "published",
                Target::Version(..) => "version",
                Target::Draft(_) => "draft",
                Target::Inline { .. } => "inline",
            }),
            &items.array(|item| workflow(&item.target).map(WorkflowId::uuid)),
            &items.array(|item| match item.target {
                Target::Version(_, version) => Some(version.0),
                Target::Published(_) | Target::Draft(_) | Target::Inline { .. } => None,
            }),
            &items.array(inline),
            &items.array(|item| match &item.target {
                Target::Inline { text, .. } => Some(text.as_slice()),
                Target::Published(_) | Target::Version(..) | Target::Draft(_) => None,
            }),
            &items.array(|item| item.trigger.as_str()),
            &items.array(|item| item.priority.as_str()),
            &shards,
            &items.array(|item| item.input.as_slice()),
            &items.array(|item| item.labels.as_deref()),
            &items.array(|item| item.concurrency_key.as_deref()),
            &items.array(|item| At(item.created_at)),
            &items.array(|item| item.start_at.map(At)),
            &items.array(|item| item.deadline.map(At)),
            &items.array(|item| item.trace.as_deref()),
            &items.array(|item| item.idempotency.as_ref().map(|key| key.route)),
            &items.array(|item| item.idempotency.as_ref().map(|key| key.key.as_str())),
            &items.array(|item| item.idempotency.as_ref().map(|key| key.request.0.to_vec())),
            &items.array(|item| item.parent.as_ref().map(|parent| parent.lease.execution.uuid())),
            &items.array(|item| item.parent.as_ref().map(|parent| parent.lease.epoch.0)),
            &items.array(|item| item.parent.as_ref().map(|parent| parent.step.as_str())),
            &items.array(|item| item.parent.as_ref().map(|parent| i16::try_from(parent.depth).unwrap_or(i16::MAX))),
            &items.array(|item| item.parent.as_ref().is_some_and(|parent| parent.waits)),
        ],
    )
    .await
}
