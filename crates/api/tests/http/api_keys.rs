use hyper::Method;
use serde_json::json;

use crate::support::{Server, problem, send};

#[tokio::test]
async fn a_key_is_shown_once_works_and_can_be_revoked() {
    let server = Server::start().await;
    let made = server.owner.post("/api/v1/api-keys", &json!({"name": "CI", "permissions": ["workflows:read"]})).await.unwrap();
    assert_eq!(made.status, 201);
    let made = made.json().unwrap();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert!(key.starts_with("thy_"));
    let client = server.owner.with_key(Some(key));
    assert_eq!(client.get("/api/v1/workflows").await.unwrap().status, 200);
    let listed = server.owner.get("/api/v1/api-keys").await.unwrap();
    assert!(!String::from_utf8_lossy(&listed.body).contains(&key[40..]));
    assert_eq!(listed.json().unwrap()["items"][0]["name"], "CI");

    let path = format!("/api/v1/api-keys/{id}");
    assert_eq!(server.owner.send(Method::DELETE, &path, &[], None).await.unwrap().status, 204);
    assert_eq!(problem(&client.get("/api/v1/workflows").await.unwrap()), (401, "unauthenticated".into()));
    assert_eq!(problem(&server.owner.send(Method::DELETE, &path, &[], None).await.unwrap()), (404, "not_found".into()));
}

#[tokio::test]
async fn a_key_may_do_no_more_than_whoever_made_it() {
    let server = Server::start().await;
    let weak = server.limited(&["api_keys:write", "workflows:read"]).await;
    for permissions in [json!(["workflows:write"]), json!(["*"]), json!(["workflows:read", "executions:read"])] {
        let answer = weak.post("/api/v1/api-keys", &json!({"name": "more", "permissions": permissions})).await.unwrap();
        assert_eq!(problem(&answer), (403, "forbidden".into()), "{permissions}");
    }
    let same = weak.post("/api/v1/api-keys", &json!({"name": "same", "permissions": ["workflows:read"]})).await.unwrap();
    assert_eq!(same.status, 201);
}

#[tokio::test]
async fn a_key_is_made_of_what_exists() {
    let server = Server::start().await;
    for (body, pointer) in [
        (json!({"name": "", "permissions": ["*"]}), "/name"),
        (json!({"name": "x", "permissions": []}), "/permissions"),
        (json!({"name": "x", "permissions": ["*", "everything"]}), "/permissions/1"),
        (json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}), "/expires_at"),
        (json!({"name": "x", "expires_at": "soon"}), "/expires_at"),
    ] {
        let answer = server.owner.post("/api/v1/api-keys", &body).await.unwrap();
        assert_eq!(problem(&answer), (422, "invalid_field".into()), "{body}");
        assert_eq!(answer.json().unwrap()["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[tokio::test]
async fn repeating_the_request_makes_one_key_and_does_not_show_it_again() {
    let server = Server::start().await;
    let body = json!({"name": "once"}).to_string();
    let header = [("idempotency-key", "k")];
    let first = send(&server.owner, "POST", "/api/v1/api-keys", &header, body.clone()).await.json().unwrap();
    let again = send(&server.owner, "POST", "/api/v1/api-keys", &header, body).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let again = again.json().unwrap();
    assert_eq!(again["id"], first["id"]);
    assert!(first["key"].is_string() && again.get("key").is_none());
}
