use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::Data;
use bytes::Bytes;
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::executions::Accepting;
use thaiyyal_commands::identity::Passwords;
use thaiyyal_commands::signals::Delivery;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_model::{Clock, ExecutionId, TenantScope};
use thaiyyal_objects::{Objects, Shelf};
use thaiyyal_store::Storage;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Settings;
use crate::auth::Credentials;
use crate::body::Room;
use crate::events::Feeds;
use crate::health::Health;
use crate::limits::TenantLimits;
use crate::live::Watchers;
use crate::openapi::Routes;
use crate::signals::Pace;

/// What every route may use; one for all threads.
pub(crate) struct State {
    pub storage: Storage,
    pub ephemeral: Arc<dyn Ephemeral>,
    pub catalog: Arc<Catalog>,
    pub objects: Option<Objects>,
    pub limits: TenantLimits,
    pub accepting: Accepting,
    pub delivery: Delivery,
    pub callbacks: Arc<Callbacks>,
    pub callback_pace: Pace,
    pub clock: Arc<dyn Clock>,
    pub settings: Settings,
    pub credentials: Credentials,
    pub passwords: Passwords,
    pub watchers: Arc<Watchers>,
    pub feeds: Feeds,
    pub health: Health,
    /// What `/api/openapi.json` answers.
    pub openapi: Bytes,
    /// Which methods each address takes.
    pub routes: Routes,
    /// What `/api/v1/node-types` answers.
    pub node_types: Bytes,
    /// For bodies.
    pub room: Room,
    /// What a request began and has to be finished, whether or not its client is still there.
    pub tasks: TaskTracker,
    pub metrics: Option<crate::RenderMetrics>,
    /// Readiness says no from here on.
    pub stopping: CancellationToken,
    /// Whoever waits for something long gives up from here on.
    pub closing: CancellationToken,
}

impl State {
    /// The large values of an execution, when there is a store for them.
    pub(crate) fn shelf(&self, scope: &TenantScope, execution: ExecutionId) -> Option<Shelf> {
        Some(self.objects.as_ref()?.of(scope, execution))
    }
}

/// The state, from inside an extractor.
pub(crate) fn of(request: &HttpRequest) -> Data<State> {
    request.app_data::<Data<State>>().cloned().expect("the server registers its state before any route")
}
