use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use serde_json::json;
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::executions::Accepting;
use thaiyyal_commands::identity::Passwords;
use thaiyyal_commands::signals::Delivery;
use thaiyyal_engine::Catalog;
use thaiyyal_ephemeral::Ephemeral;
use thaiyyal_model::{Clock, Limits};
use thaiyyal_objects::Objects;
use thaiyyal_queue::Queue;
use thaiyyal_store::Storage;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::AppExt;

use crate::auth::Credentials;
use crate::body::Room;
use crate::events::Feeds;
use crate::front::{Spans, front};
use crate::health::Health;
use crate::limits::TenantLimits;
use crate::list;
use crate::live::Watchers;
use crate::openapi::{self, Routes};
use crate::problem::Problem;
use crate::signals::Pace;
use crate::state::State;
use crate::{Error, Settings, routes};

/// Renders the process's metrics as Prometheus text.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What the server needs.
#[derive(Clone)]
pub struct ApiDeps {
    /// The database.
    pub storage: Storage,
    /// The broker, for health only: publishing is the business of `accepting`.
    pub queue: Arc<dyn Queue>,
    /// Live hints and caches.
    pub ephemeral: Arc<dyn Ephemeral>,
    /// Node types.
    pub catalog: Arc<Catalog>,
    /// Large values, when there is a store for them.
    pub objects: Option<Objects>,
    /// What one execution may use.
    pub limits: Arc<Limits>,
    /// Accepts executions.
    pub accepting: Accepting,
    /// Tells executions of signals.
    pub delivery: Delivery,
    /// Where executions are called back.
    pub callbacks: Arc<Callbacks>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How the server behaves.
    pub settings: Settings,
    /// What `GET /metrics` answers; `None` where metrics have a port of their own.
    pub metrics: Option<RenderMetrics>,
}

/// Serves until `stop`, then in two stages: readiness says no while everything goes on; after that no connection is taken, whoever waits
/// for an execution is told to come back, and running requests get time to finish.
///
/// # Errors
/// When the listener cannot be used or the server ends by itself.
pub async fn serve(deps: ApiDeps, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
    let settings = deps.settings.clone();
    let closing = CancellationToken::new();
    let tracker = TaskTracker::new();
    let state = Data::new(state(deps, &stop, &closing, &tracker));
    tracker.spawn(Arc::clone(&state.watchers).listen(Arc::clone(&state.ephemeral), closing.clone()));

    let server = start(state, &settings, listener)?;
    let handle = server.handle();
    let mut server = pin!(server);

    let drained = async {
        stop.cancelled().await;
        tokio::time::sleep(Duration::from_millis(settings.drain_ms)).await;
    };
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = drained => closing.cancel(),
    }
    let (ended, ()) = tokio::join!(server, handle.stop(true));
    tracker.close();
    tracker.wait().await;
    Ok(ended?)
}

/// Starts the threads that serve.
fn start(state: Data<State>, settings: &Settings, listener: TcpListener) -> std::io::Result<Server> {
    // Events go out one by one: held back for company, each would wait for the acknowledgement of the one before, 40 ms.
    let mut server = HttpServer::new(move || app(state.clone()))
        .tcp_nodelay(true)
        .keep_alive(Duration::from_millis(settings.keep_alive_ms))
        .client_request_timeout(Duration::from_millis(settings.request_head_timeout_ms))
        .shutdown_timeout(settings.grace_ms.div_ceil(1000))
        .disable_signals();
    if settings.threads > 0 {
        server = server.workers(settings.threads);
    }
    Ok(server.listen(listener)?.run())
}

fn state(deps: ApiDeps, stop: &CancellationToken, closing: &CancellationToken, tracker: &TaskTracker) -> State {
    let ApiDeps { storage, queue, ephemeral, catalog, objects, limits, accepting, delivery, callbacks, clock, settings, metrics } = deps;
    let watchers = Arc::new(Watchers::default());
    let document = openapi::document();
    State {
        credentials: Credentials::new(Arc::clone(&storage.directory), Arc::clone(&clock), &settings),
        passwords: Passwords::new(settings.password_hashes_at_once),
        feeds: Feeds::new(Arc::clone(&storage.store), Arc::clone(&watchers), tracker.clone()),
        health: Health::new(Arc::clone(&storage.admin), Arc::clone(&queue), Arc::clone(&ephemeral)),
        room: Room::new(settings.max_body_bytes_in_flight),
        tasks: tracker.clone(),
        routes: Routes::of(&document),
        openapi: document.to_string().into(),
        node_types: json!({ "items": catalog.descriptions() }).to_string().into(),
        stopping: stop.clone(),
        closing: closing.clone(),
        limits: TenantLimits::new(limits, Arc::clone(&storage.store)),
        storage,
        ephemeral,
        catalog,
        objects,
        accepting,
        delivery,
        callbacks,
        callback_pace: Pace::new(settings.callbacks_per_minute),
        clock,
        settings,
        watchers,
        metrics,
    }
}

fn app(
    state: Data<State>,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<impl MessageBody>, Error = actix_web::Error, InitError = ()>,
> {
    let paths = web::PathConfig::default().error_handler(|_, _| Problem::not_found("resource").into());
    let queries = web::QueryConfig::default().error_handler(|error, _| list::refused(&error).into());
    App::new()
        .app_data(state)
        .app_data(paths)
        .app_data(queries)
        .wrap(TracingLogger::<Spans>::new())
        .wrap(from_fn(front))
        .into_utoipa_app()
        .configure(routes::configure)
        .into_app()
        .default_service(web::to(routes::fallback))
}
