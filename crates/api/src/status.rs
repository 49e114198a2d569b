use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;

use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use tokio_util::sync::CancellationToken;

use crate::health::Health;
use crate::server::ApiDeps;
use crate::{Error, RenderMetrics};

struct Status {
    health: Health,
    metrics: Option<RenderMetrics>,
    stopping: CancellationToken,
}

/// Serves `/health…`, `/ready` and `/metrics` and nothing else: for processes without the API, and for an address that tenants cannot
/// reach. Goes on until everything else has been told to stop by `stop`, and says that it is not ready from then on.
///
/// # Errors
/// When the listener cannot be used or the server ends by itself.
pub async fn serve_status(deps: ApiDeps, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
    let health = Health::new(Arc::clone(&deps.storage.admin), deps.queue, deps.ephemeral);
    let status = Data::new(Status { health, metrics: deps.metrics, stopping: stop.clone() });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(status.clone())
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/ready", web::get().to(ready))
            .route("/health", web::get().to(report))
            .route("/metrics", web::get().to(metrics))
    })
    .workers(1)
    .shutdown_timeout(1)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    let mut server = pin!(server);
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = stop.cancelled() => {}
    }
    let (ended, ()) = tokio::join!(server, handle.stop(true));
    Ok(ended?)
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().finish()
}

async fn ready(status: Data<Status>) -> HttpResponse {
    let usable = !status.stopping.is_cancelled() && status.health.report().await.status != "unavailable";
    if usable { HttpResponse::Ok().finish() } else { HttpResponse::ServiceUnavailable().finish() }
}

async fn report(status: Data<Status>) -> HttpResponse {
    let report = status.health.report().await;
    if report.status == "unavailable" { HttpResponse::ServiceUnavailable().json(report) } else { HttpResponse::Ok().json(report) }
}

async fn metrics(status: Data<Status>) -> HttpResponse {
    match &status.metrics {
        Some(render) => HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(render()),
        None => HttpResponse::NotFound().finish(),
    }
}
