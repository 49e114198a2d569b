//! The parts a process is put together from. The only place that names a back end.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use thaiyyal_connectors::Connectors;
use thaiyyal_engine::{Catalog, LIMITER};
use thaiyyal_ephemeral::{Ephemeral, MemoryEphemeral, MemorySettings, RedisEphemeral};
use thaiyyal_model::{Clock, SystemClock};
use thaiyyal_objects::Objects;
use thaiyyal_queue::{MemoryQueue, Queue, RabbitQueue};
use thaiyyal_store::Storage;
use thaiyyal_store_sqlite::SqliteStorage;
use thaiyyal_worker::Limiter;

use crate::config::Config;

/// The name of the database file of `thaiyyal dev`.
pub(crate) const DATABASE_FILE: &str = "thaiyyal.db";

/// The folder of large values of `thaiyyal dev`, unless the configuration names another place.
const OBJECTS_FOLDER: &str = "objects";

/// How many hints may wait in the memory of `thaiyyal dev`; the sweeper repeats what did not fit.
const MEMORY_QUEUE: usize = 65_536;

/// Back ends and what runs on them.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) storage: Storage,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) connectors: Connectors,
    pub(crate) objects: Option<Objects>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// PostgreSQL, RabbitMQ and Redis.
pub(crate) async fn cluster(config: &Config) -> anyhow::Result<Parts> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ephemeral: Arc<dyn Ephemeral> = Arc::new(RedisEphemeral::connect(config.ephemeral.clone()).await.context("ephemeral")?);
    let connectors = connectors(&config.connectors, &ephemeral, &clock)?;
    Ok(Parts {
        storage: postgres(config)?,
        queue: Arc::new(RabbitQueue::connect(config.queue.clone()).await.context("queue")?),
        ephemeral,
        catalog: Arc::new(catalog(&connectors)),
        connectors,
        objects: Objects::open(&config.objects).context("objects")?,
        clock,
    })
}

/// One SQLite file and a folder of objects, everything else in memory.
pub(crate) fn embedded(config: &Config, folder: &Path) -> anyhow::Result<Parts> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ephemeral: Arc<dyn Ephemeral> = Arc::new(MemoryEphemeral::new(&MemorySettings::default()));
    let connectors = connectors(&config.connectors, &ephemeral, &clock)?;
    let objects = match Objects::open(&config.objects).context("objects")? {
        Some(objects) => objects,
        None => Objects::folder(&folder.join(OBJECTS_FOLDER)).context("objects")?,
    };
    Ok(Parts {
        storage: SqliteStorage::open(folder.join(DATABASE_FILE), &config.sqlite, Arc::clone(&clock))?,
        queue: Arc::new(MemoryQueue::new(MEMORY_QUEUE)),
        ephemeral,
        catalog: Arc::new(catalog(&connectors)),
        connectors,
        objects: Some(objects),
        clock,
    })
}

/// The cluster's database alone.
pub(crate) fn postgres(config: &Config) -> anyhow::Result<Storage> {
    thaiyyal_store_postgres::connect(&config.store).context("store")
}

/// Every node type there is.
pub(crate) fn catalog(connectors: &Connectors) -> Catalog {
    Catalog::new(connectors.descriptions())
}

/// Everything that can touch the world.
pub(crate) fn connectors(
    settings: &thaiyyal_connectors::Settings,
    ephemeral: &Arc<dyn Ephemeral>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Connectors> {
    let limiter = Limiter { ephemeral: Arc::clone(ephemeral), clock: Arc::clone(clock) };
    Ok(Connectors::standard(settings).context("connectors")?.serving(LIMITER, Arc::new(limiter)))
}

/// The same for a process of its own, that shares nothing with others.
pub(crate) fn own_connectors(settings: &thaiyyal_connectors::Settings) -> anyhow::Result<Connectors> {
    connectors(settings, &(Arc::new(MemoryEphemeral::default()) as Arc<dyn Ephemeral>), &(Arc::new(SystemClock) as Arc<dyn Clock>))
}
