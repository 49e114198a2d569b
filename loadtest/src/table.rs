//! A table that is far larger than memory may be: fetched, read, filtered, mapped and summed in one execution.

use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::figures::peak_mib;
use crate::target::Target;

/// How long the execution may take before the scenario gives up.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// Runs it on a table of about so many megabytes, and fails unless the sum is right and no process needed more memory than allowed.
pub(crate) async fn measure(target: &Target, megabytes: u64, most_mib: u64) -> anyhow::Result<Value> {
    let rows = megabytes * 1_000_000 / ROW_BYTES;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/table.csv", listener.local_addr()?);
    #[expect(clippy::disallowed_methods, reason = "lives as long as the process; there is no shutdown to wait for")]
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Err(error) = serve(stream, rows).await {
                eprintln!("the table was not taken: {error}");
            }
        }
    });
    let client = target.client(0);
    let created = client.post("/api/v1/workflows", &json!({ "name": "Table", "definition": definition(&url) })).await?;
    anyhow::ensure!(created.status == 201, "the workflow was refused: {}", String::from_utf8_lossy(&created.body));
    let workflow = created.json()?["id"].as_str().context("a workflow has an id")?.to_owned();

    let before = target.pids().into_iter().map(|(name, pid)| (name, json!(peak_mib(pid)))).collect::<serde_json::Map<_, _>>();
    let began = Instant::now();
    let accepted = client.post(&format!("/api/v1/workflows/{workflow}/execute"), &json!({ "mode": "async" })).await?.json()?;
    let id = accepted["execution_id"].as_str().with_context(|| format!("an execution has an id: {accepted}"))?.to_owned();
    let execution = loop {
        let execution = client.get(&format!("/api/v1/executions/{id}")).await?.json()?;
        if execution["finished_at"].is_string() {
            break execution;
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "it did not end within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let took = began.elapsed();
    anyhow::ensure!(execution["status"] == "succeeded", "it ended as {}: {}", execution["status"], execution["error"]);
    let sum = execution["output"]["result"].as_f64();
    anyhow::ensure!(sum == Some(expected(rows)), "the sum is {sum:?} and not {}", expected(rows));
    let peaks = target.pids().into_iter().map(|(name, pid)| (name, peak_mib(pid))).collect::<Vec<_>>();
    for (name, peak) in &peaks {
        let peak = peak.with_context(|| format!("{name} is gone"))?;
        anyhow::ensure!(peak < most_mib, "{name} needed {peak} MiB, and {most_mib} are allowed");
    }
    Ok(json!({
        "rows": rows,
        "table_bytes": HEAD.len() as u64 + rows * ROW_BYTES,
        "took_ms": took.as_millis() as u64,
        "megabytes_per_s": (megabytes as f64 / took.as_secs_f64() * 10.0).round() / 10.0,
        "peak_mib_before": before,
        "peak_mib": peaks.into_iter().map(|(name, peak)| (name, json!(peak))).collect::<serde_json::Map<_, _>>(),
        "allowed_mib": most_mib,
    }))
}

const HEAD: &str = "id,region,amount,comment\n";
const ROW_BYTES: u64 = 48;

/// A row of 48 bytes.
fn row(number: u64, out: &mut String) {
    use std::fmt::Write;
    let region = ["north", "south"][(number % 2) as usize];
    writeln!(out, "{number:010},{region},{:04},\"some words, and more ..\"", number % 1_000).expect("text can be written");
}

/// The sum of the doubled amounts that are at least 500.
fn expected(rows: u64) -> f64 {
    (0..rows).map(|number| number % 1_000).filter(|amount| *amount >= 500).map(|amount| amount * 2).sum::<u64>() as f64
}

async fn serve(mut stream: TcpStream, rows: u64) -> anyhow::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        anyhow::ensure!(stream.read_buf(&mut request).await? > 0, "the request broke off");
    }
    let length = HEAD.len() as u64 + rows * ROW_BYTES;
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/csv; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{HEAD}");
    stream.write_all(head.as_bytes()).await?;
    let mut part = String::new();
    for number in 0..rows {
        row(number, &mut part);
        if part.len() > 64 << 10 || number + 1 == rows {
            stream.write_all(part.as_bytes()).await?;
            part.clear();
        }
    }
    Ok(())
}

fn definition(url: &str) -> Value {
    let chain = [
        json!({ "id": "get", "type": "http", "data": { "url": url, "timeout": "5m" } }),
        json!({ "id": "rows", "type": "parse", "data": { "input_type": "CSV" } }),
        json!({ "id": "large", "type": "filter", "data": { "condition": "item.amount >= 500" } }),
        json!({ "id": "kept", "type": "expression", "data": { "expression": "input.filtered" } }),
        json!({ "id": "doubled", "type": "map", "data": { "expression": "item.amount * 2" } }),
        json!({ "id": "amounts", "type": "expression", "data": { "expression": "input.results" } }),
        json!({ "id": "sum", "type": "reduce", "data": { "expression": "accumulator + item" } }),
    ];
    let edges: Vec<Value> = chain.windows(2).map(|pair| json!({ "source": pair[0]["id"], "target": pair[1]["id"] })).collect();
    json!({ "nodes": chain, "edges": edges })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_the_same_length() {
        let mut text = String::new();
        for number in [0, 1, 999, 4_000_000] {
            let before = text.len();
            row(number, &mut text);
            assert_eq!((text.len() - before) as u64, ROW_BYTES);
        }
    }
}
