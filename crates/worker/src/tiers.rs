use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use thaiyyal_model::{LimitChanges, Limits};

/// The limits of executions by what the tiers of their tenants change, each computed once.
pub(crate) struct Tiers {
    /// Of whoever has no tier.
    configured: Arc<Limits>,
    has_objects: bool,
    changed: Mutex<HashMap<LimitChanges, Arc<Limits>>>,
}

/// There are few tiers. If somebody changes one again and again, what was computed is forgotten at some time.
const MOST: usize = 1_000;

impl Tiers {
    /// Without an object store nothing can be put into it, whatever a tier says.
    pub(crate) fn new(configured: Arc<Limits>, has_objects: bool) -> Self {
        let mut tiers = Self { configured, has_objects, changed: Mutex::new(HashMap::new()) };
        tiers.configured = tiers.recorded(Limits::clone(&tiers.configured));
        tiers
    }

    /// The limits of an execution that goes on with those its journal tells.
    pub(crate) fn recorded(&self, mut limits: Limits) -> Arc<Limits> {
        if !self.has_objects {
            limits.max_stored_bytes = 0;
        }
        Arc::new(limits)
    }

    /// The limits of an execution that begins.
    pub(crate) fn limits(&self, changes: Option<LimitChanges>) -> Arc<Limits> {
        let Some(changes) = changes else { return Arc::clone(&self.configured) };
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        if changed.len() >= MOST && !changed.contains_key(&changes) {
            changed.clear();
        }
        Arc::clone(changed.entry(changes).or_insert_with_key(|changes| self.recorded(changes.over(&self.configured))))
    }
}
