//! `thaiyyal dev` and its folder.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use thaiyyal_testkit::http::Client;
use thaiyyal_testkit::process::{Process, run};

const ARGS: [&str; 4] = ["dev", "--addr", "127.0.0.1:0", "--data-dir"];

struct Folder(tempfile::TempDir);

impl Folder {
    fn path(&self) -> String {
        self.0.path().join("data").display().to_string()
    }

    fn access(&self) -> Value {
        let text = std::fs::read(Path::new(&self.path()).join("dev.json")).expect("dev.json is there");
        serde_json::from_slice(&text).expect("dev.json is JSON")
    }

    async fn start(&self) -> (Process, Client) {
        let binary = Path::new(env!("CARGO_BIN_EXE_thaiyyal"));
        let path = self.path();
        let mut process = Process::start(binary, "dev", self.0.path(), &[&ARGS[..], &[&path]].concat(), &[]).expect("the binary was built");
        let base = process.ready(Duration::from_secs(60)).await.expect("it starts");
        let access = self.access();
        assert_eq!(access["url"], base.as_str());
        (process, Client::new(&base, access["api_key"].as_str()))
    }
}

async fn names(client: &Client) -> Vec<String> {
    let answer = client.get("/api/v1/workflows").await.expect("it answers").json().expect("it answers JSON");
    let list = answer["data"].as_array().unwrap_or_else(|| panic!("a list: {answer}"));
    list.iter().filter_map(|workflow| workflow["name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_folder_belongs_to_one_process_at_a_time() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (mut first, client) = folder.start().await;
    let before = folder.access();
    let path = folder.path();
    let (code, _, err) = run(Path::new(env!("CARGO_BIN_EXE_thaiyyal")), &[&ARGS[..], &[&path]].concat(), &[]).await.unwrap();
    assert_eq!(code, Some(1));
    assert!(err.contains("another `thaiyyal dev` runs on"), "{err}");
    assert_eq!(folder.access(), before, "what the first one wrote stays");
    assert!(!names(&client).await.is_empty());

    first.kill().await.unwrap();
    let (_second, client) = folder.start().await;
    assert!(!names(&client).await.is_empty(), "a killed process leaves no lock behind");
}

#[tokio::test]
async fn who_lost_the_access_to_a_folder_gets_another() {
    let folder = Folder(tempfile::tempdir().unwrap());
    let (mut first, client) = folder.start().await;
    let (known, lost) = (names(&client).await, folder.access());
    first.kill().await.unwrap();
    std::fs::remove_file(Path::new(&folder.path()).join("dev.json")).unwrap();

    let (mut second, client) = folder.start().await;
    assert_eq!(names(&client).await, known);
    let found = folder.access();
    assert_ne!(found["api_key"], lost["api_key"]);
    assert_eq!((&found["email"], &found["password"]), (&lost["email"], &Value::Null));
    second.kill().await.unwrap();
    let (_third, client) = folder.start().await;
    assert_eq!(names(&client).await, known);
    assert_eq!(folder.access()["api_key"], found["api_key"], "what was found once is kept");
}
