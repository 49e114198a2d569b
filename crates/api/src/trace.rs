//! One trace from whoever called, through the request, into the worker (W3C trace context).

use actix_web::http::header::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Makes a request's span a part of its caller's trace, if the caller has one.
pub(crate) fn join(span: &Span, headers: &HeaderMap) {
    if let Some(parent) = given(headers)
        && !span.is_disabled()
    {
        // Fails only where no traces are collected.
        drop(span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent)));
    }
}

/// The context to store with what the request started: the request's own span where traces are collected, its caller's otherwise.
pub(crate) fn current(headers: &HeaderMap) -> Option<String> {
    let context = Span::current().context();
    let own = context.span().span_context().clone();
    let context = if own.is_valid() { own } else { given(headers)? };
    Some(format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8()))
}

fn given(headers: &HeaderMap) -> Option<SpanContext> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version.len() != 2 || trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(traceparent: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("traceparent"), HeaderValue::from_str(traceparent).unwrap());
        headers
    }

    #[test]
    fn the_context_of_the_caller_is_handed_on() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(current(&headers(text)).as_deref(), Some(text));
        assert_eq!(current(&HeaderMap::new()), None);
    }

    #[test]
    fn what_is_no_context_is_ignored() {
        for text in ["", "00", "00-zz-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-1-2-3"] {
            assert_eq!(current(&headers(text)), None, "{text}");
        }
    }
}
