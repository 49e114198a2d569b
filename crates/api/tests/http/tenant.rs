//! What a tenant may use.

use serde_json::json;
use thaiyyal_model::LimitChanges;
use thaiyyal_store::directory::{Assigned, Tier};

use crate::support::{Server, adding, problem};

#[tokio::test]
async fn definitions_must_fit_into_the_tier_of_the_tenant() {
    let server = Server::start().await;
    let directory = &server.storage.directory;
    let before = server.owner.get("/api/v1/tenant").await.unwrap().json().unwrap();
    assert_eq!((&before["id"], &before["tier"]), (&json!(server.tenant.id), &json!(null)));
    assert_eq!((&before["limits"]["max_nodes"], &before["limits"]["max_calls"]), (&json!(1_000), &json!(100)));

    let limits = LimitChanges::from_json(r#"{"max_nodes":2,"max_calls":null}"#).unwrap();
    directory.set_tier(&Tier { name: "small".to_owned(), limits }).await.unwrap();
    assert_eq!(directory.assign_tier(server.tenant.id, Some("small")).await.unwrap(), Assigned::Yes);
    let after = server.owner.get("/api/v1/tenant").await.unwrap().json().unwrap();
    assert_eq!((&after["tier"], &after["limits"]["max_nodes"], &after["limits"]["max_calls"]), (&json!("small"), &json!(2), &json!(null)));

    for (path, body) in [
        ("/api/v1/workflows", json!({"name": "Adding", "definition": adding()})),
        ("/api/v1/workflow/execute", json!({"definition": adding()})),
    ] {
        let refused = server.owner.post(path, &body).await.unwrap();
        assert_eq!(problem(&refused), (422, "invalid_definition".into()), "{path}");
        let error = refused.json().unwrap()["errors"][0].clone();
        assert_eq!((&error["code"], &error["pointer"]), (&json!("too_many_nodes"), &json!("/definition/nodes")));
        assert_eq!(error["detail"], "a definition may have 2 nodes, and this one has 3");
    }
    let verdict = server.owner.post("/api/v1/workflow/validate", &adding()).await.unwrap().json().unwrap();
    assert_eq!(verdict["valid"], false);
}
