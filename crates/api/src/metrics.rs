use std::time::Duration;

use actix_web::http::StatusCode;

/// Counts a request and its time, by the pattern of its route, never its path.
pub(crate) fn request(method: &'static str, route: &str, status: StatusCode, took: Duration) {
    let class = match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    metrics::histogram!("thaiyyal_api_request_duration_seconds", "method" => method, "route" => route.to_owned(), "status" => class)
        .record(took.as_secs_f64());
}

/// Counts the time from a request's arrival to its execution being durable.
pub(crate) fn accepted(took: Duration) {
    metrics::histogram!("thaiyyal_api_accept_duration_seconds").record(took.as_secs_f64());
}

/// Counts a body that was refused because large ones had taken all the room.
pub(crate) fn body_without_room() {
    metrics::counter!("thaiyyal_api_bodies_refused_total").increment(1);
}

/// Counts the event streams that are open.
pub(crate) fn streams(change: f64) {
    metrics::gauge!("thaiyyal_api_event_streams").increment(change);
}
