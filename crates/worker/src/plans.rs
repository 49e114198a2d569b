use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use moka::future::Cache;
use thaiyyal_engine::{Catalog, Plan};
use thaiyyal_ephemeral::{CacheKey, Ephemeral};
use thaiyyal_model::{Definition, DefinitionHash, Failure, Limits, Problem, TenantId, TenantScope};
use thaiyyal_store::{Error, Store};

/// Compiled definitions, each fetched and compiled once by this process, however many executions ask for it at the same time.
pub(crate) struct PlanCache {
    /// A definition never changes, so that one cannot be compiled is as worth remembering as a plan.
    plans: Cache<(TenantId, DefinitionHash), Entry>,
    store: Arc<dyn Store>,
    ephemeral: Arc<dyn Ephemeral>,
    catalog: Arc<Catalog>,
    limits: Limits,
    text_ttl: Duration,
}

#[derive(Clone)]
struct Entry {
    planned: Planned,
    /// Length of the definition's text, which plans grow with.
    text_bytes: u32,
}

/// What an entry costs besides what grows with the text.
const ENTRY_BYTES: u32 = 1_024;

/// A plan, or why the execution fails at once.
pub(crate) type Planned = Result<Arc<Plan>, Failure>;

/// What plans are made from.
pub(crate) struct Sources {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ephemeral: Arc<dyn Ephemeral>,
    pub(crate) catalog: Arc<Catalog>,
}

impl PlanCache {
    /// Keeps plans of definitions with about `capacity_bytes` of text together; the least used go first.
    pub(crate) fn new(sources: Sources, capacity_bytes: u64, text_ttl: Duration) -> Self {
        let Sources { store, ephemeral, catalog } = sources;
        // What is stored was small enough for its tenant when it was stored.
        let limits = Limits { max_nodes: u32::MAX, max_edges: u32::MAX, ..Limits::default() };
        let weigh = |_: &_, entry: &Entry| entry.text_bytes.saturating_add(ENTRY_BYTES);
        let plans = Cache::builder().max_capacity(capacity_bytes).weigher(weigh).build();
        Self { plans, store, ephemeral, catalog, limits, text_ttl }
    }

    /// The plan, if it is here.
    pub(crate) async fn find(&self, scope: TenantScope, hash: DefinitionHash) -> Option<Planned> {
        Some(self.plans.get(&(scope.tenant(), hash)).await?.planned)
    }

    /// The plan, made if need be. Fails only when the database cannot be asked.
    pub(crate) async fn get(&self, scope: TenantScope, hash: DefinitionHash) -> Result<Planned, Arc<Error>> {
        Ok(self.plans.try_get_with((scope.tenant(), hash), self.make(scope, hash)).await?.planned)
    }

    async fn make(&self, scope: TenantScope, hash: DefinitionHash) -> Result<Entry, Error> {
        let Some(text) = self.text(scope, hash).await? else {
            let failure = Failure::new("definition_missing", format!("the definition {hash} is not stored"));
            return Ok(Entry { planned: Err(failure), text_bytes: 0 });
        };
        Ok(Entry { planned: self.compile(&text), text_bytes: u32::try_from(text.len()).unwrap_or(u32::MAX) })
    }

    async fn text(&self, scope: TenantScope, hash: DefinitionHash) -> Result<Option<Bytes>, Error> {
        let key = CacheKey { tenant: scope.tenant(), kind: "definition", id: hash.to_string() };
        // Whatever the cache holds is believed only if it is what was asked for.
        if let Some(text) = self.ephemeral.get(&key).await.filter(|text| DefinitionHash::of(text) == hash) {
            return Ok(Some(text));
        }
        let mut tx = self.store.begin(&scope).await?;
        let text = tx.find_definition(hash).await?.map(Bytes::from);
        drop(tx);
        if let Some(text) = &text {
            self.ephemeral.put(&key, text.clone(), self.text_ttl).await;
        }
        Ok(text)
    }

    fn compile(&self, text: &[u8]) -> Planned {
        let definition = Definition::from_json(text).map_err(|problems| invalid(&problems))?;
        let compiled = Plan::compile(&definition, &self.catalog, &self.limits).map_err(|refused| invalid(&refused.problems))?;
        Ok(Arc::new(compiled.plan))
    }
}

/// It was valid when it was stored; this version of the program refuses it.
fn invalid(problems: &[Problem]) -> Failure {
    let first = problems.first().map_or("", |problem| problem.detail.as_str());
    let failure = Failure::new("definition_invalid", format!("the definition cannot be run by this version: {first}"));
    match problems.iter().find_map(|problem| problem.node_id.clone()) {
        Some(node_id) => failure.at(node_id),
        None => failure,
    }
}
