//! Databases that go with their test.

use crate::database::{Database, server, stamp, template};

impl Database {
    /// A migrated database of the test's own, to do anything with.
    pub(crate) async fn create() -> Self {
        let server = server().await;
        let template = template(&server).await;
        let name = format!("thaiyyal_test_{}", stamp());
        server.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.expect("the server does it");
        Self { name, lease: None }
    }

    /// An empty database, with nothing of ours in it.
    pub(crate) async fn create_empty() -> Self {
        let name = format!("thaiyyal_test_{}", stamp());
        server().await.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("the server does it");
        Self { name, lease: None }
    }
}
