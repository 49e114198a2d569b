pub mod running;

use std::sync::atomic::{AtomicU32, Ordering};

use thaiyyal_model::{ApiKeyId, Clock, DefinitionHash, SystemClock, TenantId, TenantScope, Timestamp, UserId, WorkflowId};

use crate::{
    Storage,
    directory::Bootstrap,
    tenant::{NewWorkflow, Workflow},
};

/// An empty store and what cases build in it.
///
/// Time: `now` is the system's, as the database's is. Cases make things due by giving times in the past, and never wait.
pub struct Fixture {
    /// The back end under test.
    pub storage: Storage,
    /// For minting ids.
    pub clock: SystemClock,
    tenants: AtomicU32,
}

/// A tenant with its owner.
#[derive(Debug, Clone, Copy)]
pub struct Tenant {
    /// Acts for the tenant.
    pub scope: TenantScope,
    /// Its owner.
    pub owner: UserId,
    /// Its API key; the secret is all ones.
    pub api_key: ApiKeyId,
}

/// The definition of workflows made by [`Fixture::workflow`]. The store does not look inside.
pub const DEFINITION: &[u8] = br#"{"nodes":[{"id":"1","type":"number","data":{"value":7}}],"edges":[]}"#;

impl Fixture {
    /// Over an empty, migrated store.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        Self { storage, clock: SystemClock, tenants: AtomicU32::new(0) }
    }

    /// The current instant, cut to microseconds, the precision stores keep.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.now().as_microsecond()).expect("the present is a valid timestamp")
    }

    /// Another tenant.
    pub async fn tenant(&self) -> Tenant {
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        let new = Bootstrap {
            tenant: TenantId::mint(&self.clock),
            tenant_name: format!("Tenant {number}"),
            user: UserId::mint(&self.clock),
            email: format!("owner{number}@example.test"),
            name: format!("Owner {number}"),
            password: "$argon2id$none".to_owned(),
            api_key: ApiKeyId::mint(&self.clock),
            api_key_secret: [1; 32],
            created_at: self.now(),
        };
        self.storage.directory.create_tenant(&new).await.expect("creating a tenant");
        Tenant { scope: scope(new.tenant), owner: new.user, api_key: new.api_key }
    }

    /// A workflow of `tenant` with version 1 published, made of [`DEFINITION`].
    pub async fn workflow(&self, tenant: &Tenant) -> Workflow {
        let new = self.new_workflow(tenant, DEFINITION, true);
        self.create(tenant, &new).await
    }

    /// What creating a workflow takes.
    #[must_use]
    pub fn new_workflow(&self, tenant: &Tenant, definition: &[u8], publish: bool) -> NewWorkflow {
        NewWorkflow {
            id: WorkflowId::mint(&self.clock),
            name: "A workflow".to_owned(),
            description: String::new(),
            tags: Vec::new(),
            definition: definition.to_vec(),
            hash: DefinitionHash::of(definition),
            publish,
            by: tenant.owner,
            now: self.now(),
        }
    }

    /// Creates a workflow in a transaction of its own.
    pub async fn create(&self, tenant: &Tenant, new: &NewWorkflow) -> Workflow {
        let mut tx = self.storage.store.begin(&tenant.scope).await.expect("beginning");
        let workflow = tx.create_workflow(new).await.expect("creating a workflow");
        tx.commit().await.expect("committing");
        workflow
    }
}

#[expect(clippy::disallowed_methods, reason = "the suite stands in for the authentication extractor")]
fn scope(tenant: TenantId) -> TenantScope {
    TenantScope::assume(tenant)
}
