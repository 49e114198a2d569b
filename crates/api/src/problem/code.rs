use actix_web::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// What kind of problem it is. Stable: programs decide by it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[$doc])* $variant,)+ }

        impl Code {
            /// Every code, for the documentation.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in the answer.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The page about it; a code without one does not compile.
            pub(crate) const fn page(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/", $code, ".md")),)+ }
            }
        }
    };
}

codes! {
    InvalidJson = "invalid_json", BAD_REQUEST, "The body is not valid JSON";
    InvalidParameter = "invalid_parameter", BAD_REQUEST, "A query parameter cannot be used";
    InvalidCursor = "invalid_cursor", BAD_REQUEST, "The cursor is not one this list gave out";
    InvalidHeader = "invalid_header", BAD_REQUEST, "A header cannot be used";
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "The request names no one who may make it";
    InvalidCredentials = "invalid_credentials", UNAUTHORIZED, "The address or the password is wrong";
    InvalidLink = "invalid_link", UNAUTHORIZED, "The sign-in link does not work any more";
    Forbidden = "forbidden", FORBIDDEN, "The caller may not do this";
    CsrfFailed = "csrf_failed", FORBIDDEN, "The request may come from another site";
    NotFound = "not_found", NOT_FOUND, "There is no such thing";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take this method";
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The body did not arrive in time";
    AlreadyExists = "already_exists", CONFLICT, "It exists already";
    NotPublished = "not_published", CONFLICT, "The workflow has no published version";
    ExecutionEnded = "execution_ended", CONFLICT, "The execution has ended";
    ApprovalDecided = "approval_decided", CONFLICT, "Somebody decided before";
    ApprovalOver = "approval_over", CONFLICT, "Nobody waits for this decision any more";
    RevisionMismatch = "revision_mismatch", PRECONDITION_FAILED, "Someone changed it since you read it";
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The body is not sent as JSON";
    UnknownField = "unknown_field", UNPROCESSABLE_ENTITY, "The body has a field that means nothing here";
    InvalidField = "invalid_field", UNPROCESSABLE_ENTITY, "A field of the body cannot be used";
    InvalidDefinition = "invalid_definition", UNPROCESSABLE_ENTITY, "The workflow definition cannot run";
    InvalidExpression = "invalid_expression", UNPROCESSABLE_ENTITY, "The expression cannot be evaluated";
    IdempotencyMismatch = "idempotency_mismatch", UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request";
    TooManyLogins = "too_many_logins", TOO_MANY_REQUESTS, "Too many sign-ins at the same time";
    TooManySignals = "too_many_signals", TOO_MANY_REQUESTS, "Too many signals wait for this execution";
    RateLimited = "rate_limited", TOO_MANY_REQUESTS, "Too many calls";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on our side";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service cannot do this now";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "The server has as much to hold as it can";
    OutcomeUnknown = "outcome_unknown", SERVICE_UNAVAILABLE, "Whether it was done is not known";
}
