use super::stage::{Stage, row};

#[tokio::test]
async fn a_definition_this_version_cannot_run_fails_its_executions_once() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    for definition in [r#"{"nodes":[{"id":"a","type":"no_such_type","data":{}}],"edges":[]}"#, r#"{"nodes":[],"edges":3}"#, "no JSON"] {
        let executions = stage.accept(definition, 3).await;
        for execution in executions {
            assert_eq!(stage.failure(execution).await, "definition_invalid");
        }
    }
    stage.is_clean().await;
    assert_eq!(stage.spy.count("release"), 0);
}

#[tokio::test]
async fn a_definition_is_read_once_for_many_executions() {
    let stage = Stage::new().await;
    let _worker = stage.worker();
    let executions = stage.accept(&row(&["n:number{\"value\":1}"]), 50).await;
    for execution in executions {
        stage.output(execution).await;
    }
}

#[tokio::test]
async fn a_cached_text_that_is_not_the_definition_is_not_believed() {
    use bytes::Bytes;
    use std::time::Duration;
    use thaiyyal_ephemeral::{CacheKey, Ephemeral};
    use thaiyyal_model::DefinitionHash;

    let stage = Stage::new().await;
    let definition = row(&["n:number{\"value\":1}"]);
    let key = CacheKey { tenant: stage.scope.tenant(), kind: "definition", id: DefinitionHash::of(definition.as_bytes()).to_string() };
    let forged = row(&["n:number{\"value\":2}"]);
    stage.ephemeral.put(&key, Bytes::from(forged), Duration::from_secs(60)).await;
    let _worker = stage.worker();
    let execution = stage.accept_one(&definition).await;
    assert_eq!(stage.output(execution).await, "1");
}
