//! A PostgreSQL database of one's own, dropped when it is no longer needed.

use anyhow::Context;
use tokio_postgres::NoTls;

use crate::server_url;

/// A fresh, empty database on the server of `DATABASE_URL`.
pub struct Database {
    name: String,
    url: String,
}

impl Database {
    /// Creates it; `label` is part of its name.
    pub async fn create(label: &str) -> anyhow::Result<Self> {
        let server = server_url("DATABASE_URL");
        let name = format!("thaiyyal_{label}_{}_{}", std::process::id(), crate::free_port());
        execute(&server, &format!("CREATE DATABASE {name}")).await?;
        let (address, parameters) =
            server.split_once('?').map_or((server.as_str(), None), |(address, parameters)| (address, Some(parameters)));
        let (base, _) = address.rsplit_once('/').context("DATABASE_URL names no database")?;
        let url = parameters.map_or_else(|| format!("{base}/{name}"), |parameters| format!("{base}/{name}?{parameters}"));
        Ok(Self { name, url })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The rows of a query over the product's tables.
    pub async fn query(&self, sql: &str) -> anyhow::Result<Vec<tokio_postgres::Row>> {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
        let (rows, _) = tokio::join!(
            async {
                client.batch_execute("SET search_path = thaiyyal, public").await?;
                let rows = client.query(sql, &[]).await;
                drop(client);
                rows
            },
            connection
        );
        Ok(rows?)
    }

    /// One number out of it.
    pub async fn count(&self, sql: &str) -> anyhow::Result<i64> {
        let rows = self.query(sql).await?;
        Ok(rows.first().context("the query gave no row")?.try_get(0)?)
    }
}

/// Dropped with it, also while processes are connected and when a test fails.
impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        crate::clean_up(async move { execute(&server_url("DATABASE_URL"), &sql).await });
    }
}

async fn execute(url: &str, sql: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.with_context(|| format!("cannot connect to {url}"))?;
    let (result, _) = tokio::join!(
        async {
            let result = client.batch_execute(sql).await;
            drop(client);
            result
        },
        connection
    );
    result.with_context(|| sql.to_owned())
}
