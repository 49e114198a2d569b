use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

/// The prefix makes browsers refuse the cookie unless it is secure, for this host only and for all its paths.
fn name(https: bool) -> &'static str {
    if https { "__Host-thaiyyal_session" } else { "thaiyyal_session" }
}

/// The session token a request carries.
pub(crate) fn read(request: &HttpRequest, https: bool) -> Option<String> {
    let cookie = request.cookie(name(https))?;
    Some(cookie.value().to_owned()).filter(|token| !token.is_empty() && token.len() <= 256)
}

/// Hands a session token to the browser.
pub(crate) fn write(token: &str, lifetime: Duration, https: bool) -> Cookie<'static> {
    let max_age = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    Cookie::build(name(https), token.to_owned())
        .path("/")
        .http_only(true)
        .secure(https)
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::seconds(max_age))
        .finish()
}

/// Takes the session token away from the browser.
pub(crate) fn forget(https: bool) -> Cookie<'static> {
    write("", Duration::ZERO, https)
}
