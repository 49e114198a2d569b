//! Spans, continued from the request that caused the work.

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use thaiyyal_store::dispatch::Claimed;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The span of one slice, a child of the request that started the execution.
pub(crate) fn slice(claimed: &Claimed) -> Span {
    let span = tracing::info_span!(
        "worker.slice",
        tenant.id = %claimed.scope.tenant(),
        execution.id = %claimed.execution,
        execution.epoch = claimed.epoch.0,
    );
    if let Some(parent) = claimed.trace.as_deref().and_then(remote)
        && !span.is_disabled()
    {
        // Fails only where no traces are collected.
        drop(span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent)));
    }
    span
}

/// Reads a W3C `traceparent`.
fn remote(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let trace = TraceId::from_hex(trace).ok()?;
    let span = SpanId::from_hex(span).ok()?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    (version.len() == 2 && context.is_valid()).then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_the_request_is_read() {
        let context = remote("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert!(context.is_remote() && context.is_sampled());
    }

    #[test]
    fn what_is_no_context_is_ignored() {
        for text in ["", "00", "00-zz-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            assert!(remote(text).is_none(), "{text}");
        }
    }
}
