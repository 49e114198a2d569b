//! The command line without a server: `run` and `validate`.

use std::path::Path;

use serde_json::{Value, json};
use thaiyyal_testkit::process::run;
use thaiyyal_testkit::repository;

fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_thaiyyal"))
}

fn file(dir: &tempfile::TempDir, name: &str, content: &[u8]) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, content).expect("a file in a folder of our own can be written");
    path.display().to_string()
}

fn example(name: &str) -> String {
    repository().join("examples").join(name).display().to_string()
}

#[tokio::test]
async fn a_workflow_file_runs_without_a_server() {
    let (code, out, err) = run(binary(), &["run", &example("first-steps/sum.json")], &[]).await.unwrap();
    assert_eq!(code, Some(0), "{err}");
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["success"], json!(true));
    assert_eq!(result["final_output"], json!(15));
    assert_eq!(result["results"], json!({ "1": 10, "2": 5, "3": 15 }));
}

#[tokio::test]
async fn the_input_comes_as_text_or_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let at = format!("@{}", file(&dir, "input.json", b"{\"score\": 95}"));
    for input in ["{\"score\": 95}", at.as_str()] {
        let (code, out, err) = run(binary(), &["run", &example("branching/grade.json"), "--input", input], &[]).await.unwrap();
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["final_output"], json!("Excellent work"));
    }
}

#[tokio::test]
async fn a_failed_run_keeps_what_succeeded_and_ends_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "fails.json", br#"{"nodes":[{"id":"a","type":"number","data":{"value":1}},{"id":"b","type":"expression","data":{"expression":"input / 0"}}],"edges":[{"source":"a","target":"b"}]}"#);
    let (code, out, _) = run(binary(), &["run", &path], &[]).await.unwrap();
    assert_eq!(code, Some(1));
    let result: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(result["success"], json!(false));
    assert_eq!(result["error"]["node_id"], json!("b"));
    assert_eq!(result["results"], json!({ "a": 1 }));
}

fn calls(settings: &Value) -> String {
    json!({"name": "Caller", "nodes": [{"id": "n", "type": "number", "data": {"value": 4}}, {"id": "c", "type": "sub_workflow", "data": settings}],
        "edges": [{"source": "n", "target": "c"}]})
    .to_string()
}

#[tokio::test]
async fn a_file_may_call_those_of_its_folder_or_of_another_one() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let square = r#"{"name":"Square it","workflow_id":"sq","nodes":[{"id":"n","type":"number","data":{"value":2}},
        {"id":"e","type":"expression","data":{"expression":"pow(trigger.input, input)"}}],"edges":[{"source":"n","target":"e"}]}"#;
    file(&dir, "square.json", square.as_bytes());
    for name in ["square", "Square it", "sq"] {
        let path = file(&dir, "caller.json", calls(&json!({"workflow": name, "output": "input + 1"})).as_bytes());
        let (code, out, err) = run(binary(), &["run", &path], &[]).await.unwrap();
        assert_eq!(code, Some(0), "{out}{err}");
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["final_output"], json!(17), "{name}");
    }
    let path = file(&other, "caller.json", calls(&json!({"workflow": "sq"})).as_bytes());
    let (code, out, _) = run(binary(), &["run", &path], &[]).await.unwrap();
    assert_eq!((code, &serde_json::from_str::<Value>(&out).unwrap()["error"]["code"]), (Some(1), &json!("unknown_workflow")));
    let folder = dir.path().display().to_string();
    let (code, out, _) = run(binary(), &["run", &path, "--workflows", &folder], &[]).await.unwrap();
    assert_eq!((code, &serde_json::from_str::<Value>(&out).unwrap()["final_output"]), (Some(0), &json!(16)));
    file(&dir, "sq.json", square.as_bytes());
    let (_, out, _) = run(binary(), &["run", &path, "--workflows", &folder], &[]).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["error"]["code"], json!("ambiguous_workflow"));
}

#[tokio::test]
async fn a_called_file_that_fails_takes_too_long_or_calls_itself_fails_its_caller() {
    let dir = tempfile::tempdir().unwrap();
    let broken = r#"{"nodes":[{"id":"s","type":"stop_and_error","data":{"message":"no lines","code":"empty"}}]}"#;
    let slow = r#"{"nodes":[{"id":"d","type":"delay","data":{"duration":"1h"}}]}"#;
    file(&dir, "broken.json", broken.as_bytes());
    file(&dir, "slow.json", slow.as_bytes());
    file(&dir, "again.json", calls(&json!({"workflow": "again"})).as_bytes());
    let error = async |settings: Value| {
        let path = file(&dir, "caller.json", calls(&settings).as_bytes());
        let (code, out, err) = run(binary(), &["run", &path], &[]).await.unwrap();
        assert_eq!(code, Some(1), "{out}{err}");
        serde_json::from_str::<Value>(&out).unwrap()["error"].take()
    };
    let failed = error(json!({"workflow": "broken"})).await;
    assert_eq!((&failed["code"], &failed["node_id"], &failed["details"]["code"]), (&json!("child_failed"), &json!("c"), &json!("empty")));
    assert_eq!(error(json!({"workflow": "slow", "timeout": "50ms"})).await["code"], json!("timeout"));
    assert!(error(json!({"workflow": "again"})).await.to_string().contains("max_workflow_depth"));
}

/// Name of the case, file content, the code and pointer that must be among the problems.
const MALFORMED: [(&str, &str, &str, &str); 12] = [
    ("not JSON", "{\"nodes\": [}", "invalid_json", ""),
    ("not an object", "[1, 2]", "wrong_kind", ""),
    ("unknown type", r#"{"nodes":[{"id":"a","type":"nmber","data":{"value":1}}]}"#, "unknown_type", "/nodes/0/type"),
    ("missing field", r#"{"nodes":[{"id":"a","type":"number","data":{}}]}"#, "missing_field", "/nodes/0/data/value"),
    ("wrong kind", r#"{"nodes":[{"id":"a","type":"number","data":{"value":"x"}}]}"#, "wrong_kind", "/nodes/0/data/value"),
    (
        "duplicate id",
        r#"{"nodes":[{"id":"a","type":"number","data":{"value":1}},{"id":"a","type":"number","data":{"value":1}}]}"#,
        "duplicate_id",
        "/nodes/1/id",
    ),
    (
        "dangling edge",
        r#"{"nodes":[{"id":"a","type":"number","data":{"value":1}}],"edges":[{"source":"a","target":"b"}]}"#,
        "unknown_target",
        "/edges/0/target",
    ),
    (
        "cycle",
        r#"{"nodes":[{"id":"a","type":"visualization"},{"id":"b","type":"visualization"}],"edges":[{"source":"a","target":"b"},{"source":"b","target":"a"}]}"#,
        "cycle",
        "/edges/1",
    ),
    (
        "bad expression",
        r#"{"nodes":[{"id":"n","type":"number","data":{"value":1}},{"id":"a","type":"expression","data":{"expression":"1 + + * 2"}}],"edges":[{"source":"n","target":"a"}]}"#,
        "expression_syntax",
        "/nodes/1/data/expression",
    ),
    ("NUL", r#"{"nodes":[{"id":"a","type":"text_input","data":{"text":"x\u0000y"}}]}"#, "invalid_json", ""),
    ("huge number", r#"{"nodes":[{"id":"a","type":"number","data":{"value":1e999}}]}"#, "invalid_json", ""),
    ("empty id", r#"{"nodes":[{"id":"","type":"number","data":{"value":1}}]}"#, "empty_id", "/nodes/0/id"),
];

#[tokio::test]
async fn malformed_files_are_told_what_is_wrong_and_end_with_2() {
    let dir = tempfile::tempdir().unwrap();
    let deep = format!("{{\"nodes\":[],\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let cases = MALFORMED.iter().map(|case| (case.0, case.1, Some((case.2, case.3)))).chain([(
        "too deep",
        deep.as_str(),
        Some(("invalid_json", "")),
    )]);
    let mut wrong = Vec::new();
    for (name, content, expected) in cases {
        let path = file(&dir, "case.json", content.as_bytes());
        for command in ["validate", "run"] {
            let mut args = vec![command, path.as_str()];
            if command == "validate" {
                args.push("--json");
            }
            let (code, out, err) = run(binary(), &args, &[]).await.unwrap();
            let printed = format!("{out}{err}");
            if code != Some(2) || printed.contains("panicked") {
                wrong.push(format!("{command} {name}: exit code {code:?}: {printed}"));
            }
            if command == "validate" {
                let report: Value = serde_json::from_str(&out).unwrap_or_default();
                let problems = report[0]["errors"].as_array().cloned().unwrap_or_default();
                let found = expected
                    .is_none_or(|(code, pointer)| problems.iter().any(|problem| problem["code"] == code && problem["pointer"] == pointer));
                if !found {
                    wrong.push(format!("validate {name}: wanted {expected:?}, got {problems:?} {err}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_missing_file_is_named() {
    let (code, _, err) = run(binary(), &["run", "no-such-file.json"], &[]).await.unwrap();
    assert_eq!(code, Some(2));
    assert!(err.contains("no-such-file.json"), "{err}");
}

#[tokio::test]
async fn a_reader_that_left_is_no_failure_and_a_full_disk_is_told() {
    let run = |stdout: std::process::Stdio| {
        let mut command = std::process::Command::new(binary());
        command.args(["run", &example("first-steps/sum.json")]).stdout(stdout).stderr(std::process::Stdio::piped());
        let ended = command.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run(writer.into()), (Some(0), String::new()));

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, err) = run(full.into());
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("the answer cannot be written") && !err.contains("panicked"), "{err}");
}

#[tokio::test]
async fn a_tenant_without_a_name_or_address_is_refused_before_anything_is_done() {
    let long = "x".repeat(201);
    let nowhere = [("DATABASE_URL", "postgres://127.0.0.1:1/none")];
    for (args, problem) in [
        (["admin", "tenant", "create", " ", "--email", "a@example.test"], "must not be empty"),
        (["admin", "tenant", "create", long.as_str(), "--email", "a@example.test"], "at most 200 characters"),
        (["admin", "tenant", "create", "a\u{7}", "--email", "a@example.test"], "control characters"),
        (["admin", "tenant", "create", "Second", "--email", "nonsense"], "e-mail address"),
        (["admin", "tenant", "create", "Second", "--email", "a@b@example.test"], "e-mail address"),
        (["admin", "bootstrap", "--tenant", "", "--email", "a@example.test"], "must not be empty"),
        (["admin", "bootstrap", "--email", "@example.test", "--name", "Owner"], "e-mail address"),
    ] {
        let (code, out, err) = run(binary(), &args, &nowhere).await.unwrap();
        assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}: {err}");
        assert!(err.contains(problem), "{args:?}: {err}");
    }
}

#[tokio::test]
async fn settings_that_do_not_fit_together_are_refused() {
    let env = [("THAIYYAL__WORKER__LEASE_TTL_MS", "2000"), ("DATABASE_URL", "postgres://127.0.0.1:1/none")];
    let (code, _, err) = run(binary(), &["worker", "--addr", "127.0.0.1:0"], &env).await.unwrap();
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("worker.lease_ttl_ms must be longer"), "{err}");
}

#[tokio::test]
async fn what_a_run_waits_for_is_given_on_the_command_line_or_missed_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let definition = json!({
        "nodes": [
            {"id": "w", "type": "wait", "data": {"for": "signal", "name": "paid", "timeout": "1h"}},
            {"id": "ask", "type": "approval", "data": {"title": "Go on?"}},
            {"id": "end", "type": "expression", "data": {"expression": "node.w.payload.amount"}}
        ],
        "edges": [{"source": "w", "target": "ask", "sourceHandle": "received"}, {"source": "ask", "target": "end", "sourceHandle": "approved"}]
    });
    let path = file(&dir, "waits.json", definition.to_string().as_bytes());
    let given = ["--signal", "paid={\"amount\": 12}", "--signal", "approval:ask={\"decision\": \"approved\"}"];
    let (code, out, err) = run(binary(), &[&["run", &path], &given[..]].concat(), &[]).await.unwrap();
    assert_eq!((code, serde_json::from_str::<Value>(&out).unwrap()["final_output"].clone()), (Some(0), json!(12)), "{err}");

    let (code, out, _) = run(binary(), &[&["run", &path], &given[..2]].concat(), &[]).await.unwrap();
    let error = serde_json::from_str::<Value>(&out).unwrap()["error"].clone();
    assert_eq!((code, &error["code"], &error["node_id"]), (Some(1), &json!("no_signal"), &json!("ask")));

    let (code, _, err) = run(binary(), &["run", &path, "--signal", "paid"], &[]).await.unwrap();
    assert_eq!(code, Some(2));
    assert!(err.contains("NAME=JSON"), "{err}");
}
