//! A process with one or more roles: started, watched, shut down in two stages.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use thaiyyal_api::{ApiDeps, RenderMetrics};
use thaiyyal_commands::callbacks::Callbacks;
use thaiyyal_commands::executions::Accepting;
use thaiyyal_commands::publish::Publisher;
use thaiyyal_commands::signals::Delivery;
use thaiyyal_worker::scheduler::{self, SchedulerDeps};
use thaiyyal_worker::{Keeping, Worker, WorkerDeps};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use crate::cli::{Role, Serve};
use crate::config::Config;
use crate::parts::{self, Parts};

/// Upper bounds of the histograms, in seconds: from the cost of one batch to the longest call.
const BUCKETS: [f64; 15] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// A process of a cluster.
pub(crate) async fn cluster(config: Config, role: Role, serve: Serve) -> anyhow::Result<ExitCode> {
    let mut roles = serve.roles;
    roles.push(role);
    roles.sort_unstable();
    roles.dedup();
    let (listener, _) = bind(serve.addr.unwrap_or(config.process.addr))?;
    let metrics = serve.metrics_addr.or(config.process.metrics_addr).map(bind).transpose()?;
    let parts = parts::cluster(&config).await?;
    self::serve(&config, parts, &roles, listener, metrics.map(|(listener, _)| listener)).await
}

/// Opens a listening socket; the address it got.
pub(crate) fn bind(addr: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(addr).with_context(|| format!("cannot listen on {addr} (is something else using it?)"))?;
    let addr = listener.local_addr()?;
    Ok((listener, addr))
}

/// Runs the roles until a signal comes or one of them fails.
///
/// The first SIGTERM or SIGINT asks to stop: nothing new is taken, what runs may finish or is handed back. When the grace period is
/// over, or a second signal comes, the rest is dropped; leases and the outbox make good what that cuts off.
pub(crate) async fn serve(
    config: &Config,
    parts: Parts,
    roles: &[Role],
    listener: TcpListener,
    metrics: Option<TcpListener>,
) -> anyhow::Result<ExitCode> {
    let render = install_metrics()?;
    let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
    let tracker = TaskTracker::new();
    let publisher = Publisher::spawn(&tracker, Arc::clone(&parts.queue), Arc::clone(&parts.storage.dispatch), &config.publish);
    let mut tasks = tokio::task::JoinSet::new();
    let addr = listener.local_addr()?;
    let here = roles.contains(&Role::Api).then(|| format!("http://{addr}"));
    let public_url = config.http.public_url.as_ref().map(ToString::to_string).or(here);
    let callbacks = Arc::new(Callbacks::new(public_url.as_deref()));
    let delivery = Delivery::new(Arc::clone(&parts.storage.dispatch), publisher.clone(), Arc::clone(&parts.ephemeral));

    if roles.contains(&Role::Worker) {
        let worker = Worker::new(WorkerDeps {
            storage: parts.storage.clone(),
            queue: Arc::clone(&parts.queue),
            ephemeral: Arc::clone(&parts.ephemeral),
            catalog: Arc::clone(&parts.catalog),
            connectors: parts.connectors.clone(),
            keeping: parts.objects.clone().map(|objects| Keeping { objects, journal_bytes: config.objects.journal_bytes }),
            clock: Arc::clone(&parts.clock),
            limits: Arc::new(config.limits.clone()),
            settings: config.worker.clone(),
            publisher: publisher.clone(),
            callbacks: Arc::clone(&callbacks),
            host: host(),
        });
        let (stop, abort) = (stop.clone(), abort.clone());
        tasks.spawn(async move {
            worker.run(stop, abort).await;
            Ok(())
        });
    }
    if roles.contains(&Role::Scheduler) {
        let deps = SchedulerDeps {
            storage: parts.storage.clone(),
            queue: Arc::clone(&parts.queue),
            ephemeral: Arc::clone(&parts.ephemeral),
            publisher: publisher.clone(),
            settings: config.worker.scheduler.clone(),
        };
        let stop = stop.clone();
        tasks.spawn(async move {
            scheduler::run(deps, stop).await;
            Ok(())
        });
    }
    let mut api = ApiDeps {
        storage: parts.storage.clone(),
        queue: Arc::clone(&parts.queue),
        ephemeral: Arc::clone(&parts.ephemeral),
        catalog: Arc::clone(&parts.catalog),
        objects: parts.objects.clone(),
        limits: Arc::new(config.limits.clone()),
        accepting: Accepting::spawn(&tracker, &parts.storage, publisher, &config.accept),
        delivery,
        callbacks,
        clock: Arc::clone(&parts.clock),
        settings: config.http.clone(),
        metrics: Some(render),
    };
    if let Some(metrics) = metrics {
        // Metrics have an address of their own: tenants do not get to see them.
        let (deps, stop) = (api.clone(), stop.clone());
        api.metrics = None;
        tasks.spawn_local(async move { thaiyyal_api::serve_status(deps, metrics, stop).await.context("metrics") });
    }
    let is_api = roles.contains(&Role::Api);
    let api_stop = stop.clone();
    // The server's own threads do the work; the future that waits for them cannot change threads.
    tasks.spawn_local(async move {
        let served = if is_api {
            thaiyyal_api::serve(api, listener, api_stop).await
        } else {
            thaiyyal_api::serve_status(api, listener, api_stop).await
        };
        served.context("api")
    });
    if let Some(file) = &config.process.addr_file {
        write_addr(file, addr)?;
    }
    let names = roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect::<Vec<_>>().join(", ");
    info!(address = %addr, roles = names, "Serving {names} on {addr}");

    let failed = watch(&mut tasks, &stop, &abort, Duration::from_millis(config.process.grace_ms)).await;
    tracker.close();
    // What was accepted is recorded; hints that are still on their way are in the outbox.
    let _ = tokio::time::timeout(Duration::from_secs(5), tracker.wait()).await;
    info!("Stopped");
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Waits for a signal or a failure, then for the end of everything; whether something failed.
async fn watch(
    tasks: &mut tokio::task::JoinSet<anyhow::Result<()>>,
    stop: &CancellationToken,
    abort: &CancellationToken,
    grace: Duration,
) -> bool {
    let mut failed = false;
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    let mut interrupt = signal(SignalKind::interrupt()).expect("signals can be listened to");
    let mut deadline = None;
    while !tasks.is_empty() {
        let overdue = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(ended) = tasks.join_next() => {
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => { error!("A role failed: {error:#}"); failed = true; }
                    Err(error) => { error!(%error, "A role panicked"); failed = true; }
                }
                // A process with a role missing is of no use: let it be started again as a whole.
                stop.cancel();
                deadline.get_or_insert_with(|| tokio::time::Instant::now() + grace);
            }
            _ = async { tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} } } => {
                if stop.is_cancelled() { abort.cancel(); } else { info!("Stopping: finishing what runs"); }
                stop.cancel();
                deadline.get_or_insert_with(|| tokio::time::Instant::now() + grace);
            }
            () = overdue => {
                abort.cancel();
                // Whoever does not end even now is left behind.
                if tokio::time::timeout(Duration::from_secs(5), async { while tasks.join_next().await.is_some() {} }).await.is_err() {
                    tasks.abort_all();
                }
                return failed;
            }
        }
    }
    failed
}

/// The metrics of this process, as Prometheus text.
fn install_metrics() -> anyhow::Result<RenderMetrics> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let handle = match HANDLE.get() {
        Some(handle) => handle.clone(),
        None => {
            let handle = PrometheusBuilder::new().set_buckets(&BUCKETS)?.install_recorder().context("metrics cannot be collected")?;
            HANDLE.get_or_init(|| handle).clone()
        }
    };
    Ok(Arc::new(move || {
        handle.run_upkeep();
        handle.render()
    }))
}

/// Who this process is, for people: its machine or pod, and its process id.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", name.trim(), std::process::id())
}

/// Tells whoever started us with port 0 which port it became.
fn write_addr(file: &Path, addr: SocketAddr) -> anyhow::Result<()> {
    let draft = file.with_extension("new");
    std::fs::write(&draft, format!("{addr}\n"))
        .and_then(|()| std::fs::rename(&draft, file))
        .with_context(|| format!("{} cannot be written", file.display()))
}
