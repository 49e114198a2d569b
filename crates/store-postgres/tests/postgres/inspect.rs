//! Looking behind the scenes.

use tokio_postgres::Client;

use crate::database::{Database, client, url};

impl Database {
    /// A connection as the login itself.
    pub(crate) async fn client(&self) -> Client {
        let client = client(&url(&self.name)).await;
        client.batch_execute("SET search_path = thaiyyal").await.unwrap();
        client
    }

    /// A connection that acts as a role.
    pub(crate) async fn client_as(&self, role: &str) -> Client {
        let client = self.client().await;
        client.batch_execute(&format!("SET ROLE {role}")).await.unwrap();
        client
    }
}

/// The first column of all rows, as text.
pub(crate) async fn column(client: &Client, sql: &str) -> Vec<String> {
    client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The number that the query answers.
pub(crate) async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.unwrap().get(0)
}
