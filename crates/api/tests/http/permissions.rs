//! Every route, from the document that the code makes: as no one, without the permission, and as another tenant.

use hyper::Method;
use serde_json::{Value, json};
use thaiyyal_testkit::http::Answer;

use crate::support::{Server, adding, problem};

struct Operation {
    method: Method,
    path: String,
    public: bool,
}

/// Routes that anyone may call. A new one has to be added here on purpose.
const PUBLIC: &[&str] = &[
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/link",
    "POST /api/v1/callbacks/{token}",
    "POST /api/v1/callbacks/{token}/{name}",
    "GET /health",
    "GET /health/live",
    "GET /health/ready",
    "GET /ready",
    "GET /metrics",
    "GET /api/openapi.json",
    "GET /api/docs",
    "GET /api/docs/{file}",
    "GET /api/docs/errors/{code}",
];

/// Routes that only ask who is calling.
const SIGNED_IN: &[&str] = &["GET /api/v1/auth/me", "GET /api/v1/tenant", "POST /api/v1/auth/logout"];

fn operations() -> Vec<Operation> {
    let document = thaiyyal_api::openapi_document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, described) in methods.as_object().unwrap() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            operations.push(Operation { method, path: path.clone(), public: described["security"] == json!([{}]) });
        }
    }
    assert!(operations.len() > 30, "{}", operations.len());
    operations
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The address with ids that could exist.
    fn address(&self, id: &str, execution: &str) -> String {
        let path =
            if self.path.starts_with("/api/v1/executions") { self.path.replace("{id}", execution) } else { self.path.replace("{id}", id) };
        path.replace("{execution_id}", execution)
            .replace("{version}", "1")
            .replace("{other}", "1")
            .replace("{type}", "number")
            .replace("{name}", "paid")
    }

    async fn call(&self, client: &thaiyyal_testkit::http::Client, address: &str) -> Answer {
        let body = (self.method != Method::GET).then(|| bytes::Bytes::from(self.body().to_string()));
        client.send(self.method.clone(), address, &[], body).await.unwrap()
    }

    /// A body that would work.
    fn body(&self) -> Value {
        match self.path.as_str() {
            "/api/v1/workflows" | "/api/v1/workflows/{id}" => json!({"name": "x", "definition": adding()}),
            "/api/v1/workflow/execute" | "/api/v1/workflow/validate" => adding(),
            "/api/v1/approvals/{id}/decide" => json!({"decision": "approved"}),
            "/api/v1/expressions/evaluate" => json!({"expression": "1"}),
            "/api/v1/api-keys" => json!({"name": "x", "permissions": ["catalog:read"]}),
            _ => json!({}),
        }
    }
}

#[tokio::test]
async fn only_routes_that_say_so_answer_to_no_one() {
    let server = Server::start().await;
    let id = server.workflow(&adding()).await;
    let nobody = server.owner.with_key(None);
    let forged = server.owner.with_key(Some("thy_0198f2d8c4b27a60a8e5b8d3c7e1f024_0000"));
    for operation in operations() {
        let name = operation.name();
        assert_eq!(operation.public, PUBLIC.contains(&name.as_str()), "{name} is not what the list of public routes says");
        if !operation.public {
            for client in [&nobody, &forged] {
                let answer = operation.call(client, &operation.address(&id, &id)).await;
                assert_eq!(problem(&answer), (401, "unauthenticated".into()), "{name}");
                assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn every_route_needs_its_permission() {
    let server = Server::start().await;
    let id = server.workflow(&adding()).await;
    let all = [
        "workflows:read",
        "workflows:write",
        "workflows:execute",
        "executions:read",
        "executions:cancel",
        "executions:signal",
        "approvals:read",
        "approvals:decide",
        "api_keys:read",
        "api_keys:write",
        "catalog:read",
    ];
    for operation in operations() {
        let name = operation.name();
        if operation.public || SIGNED_IN.contains(&name.as_str()) {
            continue;
        }
        // The key of somebody who may do everything else is refused, and told what is missing.
        let weak =
            server.limited(if name.contains("node-types") || name.contains("expressions") { &all[..1] } else { &["catalog:read"] }).await;
        let answer = operation.call(&weak, &operation.address(&id, &id)).await;
        assert_eq!(problem(&answer), (403, "forbidden".into()), "{name}");
        let body = answer.json().unwrap();
        let needed = *all
            .iter()
            .find(|permission| body["detail"].as_str().unwrap().contains(&format!("`{permission}`")))
            .unwrap_or_else(|| panic!("{name}: {body}"));
        let others: Vec<_> = all.iter().copied().filter(|permission| *permission != needed).collect();
        let answer = operation.call(&server.limited(&others).await, &operation.address(&id, &id)).await;
        assert_eq!(problem(&answer), (403, "forbidden".into()), "{name} with everything but {needed}");
    }
}

#[tokio::test]
async fn what_belongs_to_another_tenant_does_not_exist() {
    let server = Server::start().await;
    let id = server.workflow(&adding()).await;
    let run = server.owner.post(&format!("/api/v1/workflows/{id}/execute"), &json!({})).await.unwrap().json().unwrap();
    let execution = run["execution_id"].as_str().unwrap();
    let keys = server.owner.get("/api/v1/api-keys").await.unwrap().json().unwrap();
    let key = keys["items"][0]["id"].as_str().unwrap();
    let stranger = server.another_tenant().await;
    let unknown = "01980000-0000-7000-8000-000000000000";
    let mut tried = 0;
    for operation in operations().into_iter().filter(|operation| operation.path.contains("id}")) {
        let name = operation.name();
        let own = if operation.path.contains("api-keys") { key } else { &id };
        let theirs = operation.call(&stranger, &operation.address(own, execution)).await;
        let nothing = operation.call(&stranger, &operation.address(unknown, unknown)).await;
        assert_eq!(problem(&theirs), (404, "not_found".into()), "{name}");
        let shown = |answer: &Answer| {
            let mut body = answer.json().unwrap();
            body["request_id"] = Value::Null;
            (answer.status, body)
        };
        assert_eq!(shown(&theirs), shown(&nothing), "{name} tells that something is there");
        tried += 1;
    }
    assert!(tried > 10);
    for list in ["/api/v1/workflows", "/api/v1/executions"] {
        assert_eq!(stranger.get(list).await.unwrap().json().unwrap()["items"], json!([]), "{list}");
    }
    assert_eq!(server.owner.get(&format!("/api/v1/workflows/{id}")).await.unwrap().status, 200, "the owner still has it");
}
