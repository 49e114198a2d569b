use std::collections::HashMap;

use actix_web::App;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

use crate::{events, problem, routes};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Thaiyyal",
        description = "Draw or post workflows, and run them durably. Times are RFC 3339 in UTC with milliseconds, ids are UUIDs, durations are whole \
                       milliseconds. Errors are `application/problem+json`; their codes are explained under /api/docs/errors/{code}.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "auth", description = "Signing in and out"),
        (name = "workflows", description = "Definitions, drafts and versions"),
        (name = "executions", description = "Starting, watching and stopping runs"),
        (name = "approvals", description = "What executions ask people"),
        (name = "callbacks", description = "Calling executions back without signing in"),
        (name = "inline", description = "Definitions that belong to no workflow"),
        (name = "catalog", description = "Node types and expressions"),
        (name = "api keys", description = "Keys for programs"),
        (name = "tenant", description = "The tenant and what it may use"),
        (name = "health", description = "For operators"),
        (name = "docs", description = "About this interface")
    ),
    components(schemas(problem::Body, events::Data<'_>, events::Name))
)]
struct Base;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The OpenAPI document of every route, generated from the code.
#[must_use]
pub fn document() -> Value {
    let app = App::new().into_utoipa_app().openapi(Base::openapi()).configure(routes::configure);
    let (_, document) = app.split_for_parts();
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "api_key": { "type": "http", "scheme": "bearer", "description": "An API key, `thy_<id>_<secret>`." },
        "session": {
            "type": "apiKey", "in": "cookie", "name": "thaiyyal_session",
            "description": "Set by signing in. Requests that change something also send the header X-CSRF-Token."
        }
    });
    for operation in operations(&mut document) {
        let public = operation.get("security").is_some_and(|security| security == &json!([{}]));
        if !public {
            operation["security"] = json!([{ "api_key": [] }, { "session": [] }]);
        }
        operation["responses"]["default"] = json!({
            "description": "What went wrong",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
        });
    }
    document
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    paths
        .filter_map(Value::as_object_mut)
        .flat_map(|path| path.iter_mut().filter(|(method, _)| METHODS.contains(&method.as_str())).map(|(_, operation)| operation))
}

/// Which methods each address takes.
pub(crate) struct Routes(HashMap<String, String>);

impl Routes {
    /// Those of the document.
    pub(crate) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(
            paths
                .map(|(pattern, path)| {
                    let methods = METHODS.iter().filter(|method| path.get(method).is_some());
                    // Whatever can be read can be asked after.
                    let methods = methods.map(|method| if *method == "get" { "GET, HEAD".to_owned() } else { method.to_uppercase() });
                    (pattern.clone(), methods.collect::<Vec<_>>().join(", "))
                })
                .collect(),
        )
    }

    /// Those of one pattern, as the header `Allow` has them.
    pub(crate) fn methods(&self, pattern: &str) -> Option<&str> {
        self.0.get(pattern).map(String::as_str)
    }
}
