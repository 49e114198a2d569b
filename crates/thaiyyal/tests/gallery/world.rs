//! The services that examples call, on this machine.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use thaiyyal_testkit::server::{Asked, Reply, Server};

/// What is answered to whom: exactly these questions have an answer.
const ANSWERS: [(&str, &str); 12] = [
    ("GET /repos/rust-lang/rust", include_str!("world/repository.json")),
    ("GET /repos/rust-lang/cargo", include_str!("world/repository-cargo.json")),
    ("GET /repos/rust-lang/cargo/issues?per_page=20&state=open", include_str!("world/issues.json")),
    ("GET /repos/rust-lang/rust/releases?page=1&per_page=2", include_str!("world/releases-1.json")),
    ("GET /repos/rust-lang/rust/releases?page=2&per_page=2", include_str!("world/releases-2.json")),
    ("GET /repos/rust-lang/rust/releases?page=3&per_page=2", "[]"),
    ("GET /products/1?select=price", r#"{"id": 1, "price": 9.99}"#),
    ("GET /products/1?select=stock", r#"{"id": 1, "stock": 99}"#),
    ("GET /v1/latest?base=EUR&symbols=GBP%2CUSD", include_str!("world/rates.json")),
    ("GET /v1/forecast?daily=temperature_2m_min&latitude=47.07&longitude=15.44&timezone=UTC", include_str!("world/forecast.json")),
    (BUSY, include_str!("world/status.json")),
    (FEED, include_str!("world/feed.xml")),
];

/// Too busy at first.
const BUSY: &str = "GET /api/v2/status.json";
const FEED: &str = "GET /feed.xml";

/// Running services that have not been asked anything yet.
pub(crate) struct World {
    server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl World {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&asked);
        let server = Server::start(move |question| {
            let name = name(&question);
            let mut asked = notes.lock().unwrap();
            let is_first = !asked.contains(&name);
            asked.push(name.clone());
            answer(&name, &question, is_first)
        })
        .await?;
        Ok(Self { server, asked })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn name(asked: &Asked) -> String {
    let mark = if asked.query.is_empty() { "" } else { "?" };
    format!("{} {}{mark}{}", asked.method, asked.path, asked.query)
}

fn answer(name: &str, asked: &Asked, is_first: bool) -> Reply {
    match name {
        BUSY if is_first => Reply::status(503),
        "GET /" => Reply::text("text/html", "<!doctype html><title>Home</title>"),
        "POST /post" => {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            Reply::json(json!({ "json": body }).to_string())
        }
        _ => match ANSWERS.iter().find(|(question, _)| *question == name) {
            Some((FEED, feed)) => Reply::text("application/atom+xml", *feed),
            Some((_, document)) => Reply::json(*document),
            None => Reply::status(404),
        },
    }
}
