//! Logs and traces of the process.

use std::io::IsTerminal;

use anyhow::Context;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::cli::LogFormat;

/// What is logged, how, and where traces go.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Which events are logged, in the syntax of `RUST_LOG`.
    pub(crate) filter: String,
    /// How they are written; unset means `pretty` on a terminal and `json` otherwise.
    pub(crate) format: Option<LogFormat>,
    /// Base address of an OTLP/HTTP collector, such as `http://127.0.0.1:4318`; unset exports no traces.
    pub(crate) otlp_endpoint: Option<String>,
    /// Share of traces that are exported, 0 to 1; a caller's decision wins.
    pub(crate) trace_ratio: f64,
}

impl Default for Settings {
    fn default() -> Self {
        // Whoever can connect can make the framework find fault with what they send, as an error each time.
        let filter = "info,lapin=warn,actix_server=warn,actix_http::h1::dispatcher=off,actix_http::h1::decoder=off".to_owned();
        Self { filter, format: None, otlp_endpoint: None, trace_ratio: 1.0 }
    }
}

/// Keeps the trace exporter alive.
#[must_use]
pub(crate) struct Guard(Option<SdkTracerProvider>);

impl Guard {
    /// Exports what is left.
    pub(crate) async fn flush(self) {
        let Some(provider) = self.0 else { return };
        // Flushing waits for a task of this runtime, so it must not hold one of its threads.
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || provider.shutdown()).await {
            tracing::warn!(%error, "Could not export the last traces");
        }
    }
}

/// Installs the process-wide subscriber. Logs go to standard error, so that standard output stays for answers.
pub(crate) fn start(settings: &Settings, flag: Option<LogFormat>, role: &str) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(&settings.filter).with_context(|| format!("log.filter {:?} is not a filter", settings.filter))?;
    let pretty = match flag.or(settings.format) {
        Some(format) => format == LogFormat::Pretty,
        None => std::io::stderr().is_terminal(),
    };
    let logs = if pretty {
        fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed()
    } else {
        fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).with_current_span(true).with_span_list(false).boxed()
    };
    let provider = settings.otlp_endpoint.as_deref().map(|endpoint| exporter(endpoint, settings.trace_ratio, role)).transpose()?;
    let traces = provider.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("thaiyyal")));
    tracing_subscriber::registry().with(filter).with(logs).with(traces).try_init().context("a subscriber is installed already")?;
    Ok(Guard(provider))
}

fn exporter(endpoint: &str, ratio: f64, role: &str) -> anyhow::Result<SdkTracerProvider> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .with_context(|| format!("cannot export traces to {endpoint}"))?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
    Ok(SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, opentelemetry_sdk::runtime::Tokio).build())
        .with_sampler(sampler)
        .with_resource(Resource::builder().with_service_name(format!("thaiyyal-{role}")).build())
        .build())
}
