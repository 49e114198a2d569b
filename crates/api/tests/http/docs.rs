use serde_json::Value;

use crate::support::Server;

/// The committed document is the one the code makes: clients and the web page are generated from it.
#[test]
fn the_openapi_document_is_committed_as_it_is() {
    let document = format!("{}\n", serde_json::to_string_pretty(&thaiyyal_api::openapi_document()).unwrap());
    let path = thaiyyal_testkit::repository().join("docs/api/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    if committed != document {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &document).unwrap();
        panic!("docs/api/openapi.json was not what the code makes; it is written anew: commit it");
    }
}

#[test]
fn every_operation_is_described_whole() {
    let document = thaiyyal_api::openapi_document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name} shares its operation id");
            let parameters: Vec<_> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|one| one["in"] == "path")
                .map(|one| one["name"].clone())
                .collect();
            let expected: Vec<_> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .map(|name| Value::from(name.to_owned()))
                .collect();
            assert_eq!(parameters, expected, "{name}");
        }
    }
    let mut missing = Vec::new();
    references(&document, &mut |name| {
        if !schemas.contains_key(name) {
            missing.push(name.to_owned());
        }
    });
    assert!(missing.is_empty(), "{missing:?}");
}

/// Codes of failures, faults and problems, wherever the sources make one.
#[test]
fn every_code_in_the_sources_has_its_page() {
    let root = thaiyyal_testkit::repository();
    let mut missing = std::collections::BTreeSet::new();
    let mut seen = 0;
    for file in sources(&root.join("crates")) {
        let text = std::fs::read_to_string(&file).unwrap();
        for code in codes(text.split("#[cfg(test)]").next().unwrap()) {
            seen += 1;
            if !root.join(format!("docs/errors/{code}.md")).exists() {
                missing.insert(format!("{code} ({})", file.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(seen > 40, "{seen}");
    assert!(missing.is_empty(), "docs/errors has no page for: {missing:#?}");
}

fn codes(source: &str) -> Vec<&str> {
    const MAKERS: [&str; 8] = [
        "Failure::new(",
        "Fault::new(",
        "Fault::limit(",
        "Problem::error(",
        "Problem::warning(",
        "=> \"expression_",
        "(failure(",
        "=> retry(",
    ];
    let is_code = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let made = |maker: &'static str| {
        let quoted = maker.find('"').map_or(maker.len(), |quote| quote);
        source.match_indices(maker).filter_map(move |(at, _)| source[at + quoted..].trim_start().strip_prefix('"')?.split('"').next())
    };
    MAKERS.into_iter().flat_map(made).filter(is_code).collect()
}

/// Every source file below, without tests and benchmarks.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    entries
        .filter(|path| !["tests", "benches", "testkit", "xtask", "conformance"].iter().any(|name| path.ends_with(name)))
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => path.extension().is_some_and(|kind| kind == "rs").then_some(path).into_iter().collect(),
        })
        .filter(|path| !path.ends_with("tests.rs"))
        .collect()
}

fn references(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(|path| path.as_str()?.strip_prefix("#/components/schemas/")) {
                found(name);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn the_server_documents_itself() {
    let server = Server::start().await;
    let nobody = server.owner.with_key(None);
    let document = nobody.get("/api/openapi.json").await.unwrap().json().unwrap();
    assert_eq!(document, thaiyyal_api::openapi_document());
    for (path, kind) in [
        ("/api/docs", "text/html; charset=utf-8"),
        ("/api/docs/page.js", "text/javascript; charset=utf-8"),
        ("/api/docs/page.css", "text/css; charset=utf-8"),
    ] {
        let answer = nobody.get(path).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some(kind)), "{path}");
    }
    let page = nobody.get("/api/docs/errors/invalid_json").await.unwrap();
    assert!(String::from_utf8_lossy(&page.body).starts_with("# `invalid_json`"));
    assert_eq!(nobody.get("/api/docs/errors/nonsense").await.unwrap().status, 404);
}

#[tokio::test]
async fn the_functions_of_expressions_are_listed_as_they_are() {
    let server = Server::start().await;
    let answer = server.owner.get("/api/v1/expressions/functions").await.unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (hyper::StatusCode::OK, Some("application/json")));
    let items = answer.json().unwrap()["items"].as_array().unwrap().clone();
    let known = thaiyyal_expr::functions().chain(thaiyyal_expr::methods());
    assert!(known.map(|function| function.name).eq(items.iter().map(|item| item["name"].as_str().unwrap())));
    let split = items.iter().find(|item| item["name"] == "sortBy").unwrap();
    assert_eq!(split["signature"], "sortBy(array, key, [direction])");
    assert_eq!(split["params"][1]["role"], "per_element");
    for item in &items {
        for example in item["examples"].as_array().unwrap() {
            let body = serde_json::json!({"expression": example["expression"]});
            let answer = server.owner.post("/api/v1/expressions/evaluate", &body).await.unwrap().json().unwrap();
            let expected: Value = serde_json::from_str(example["result"].as_str().unwrap()).unwrap();
            assert_eq!(answer["value"], expected, "{example}");
        }
    }
}

#[tokio::test]
async fn places_in_expressions_are_told() {
    let server = Server::start().await;
    let definition = |expression: &str| {
        serde_json::json!({
            "nodes": [{"id": "a", "type": "number", "data": {"value": 1}}, {"id": "x", "type": "expression", "data": {"expression": expression}}],
            "edges": [{"source": "a", "target": "x"}]
        })
    };
    for (expression, list, code, place) in [
        ("'ñ' + execution.nmae", "warnings", "expression_unknown_member", [7, 1, 7]),
        ("1 +\n  lenn(2)", "errors", "expression_unknown_function", [6, 2, 3]),
    ] {
        let answer = server.owner.post("/api/v1/workflow/validate", &definition(expression)).await.unwrap().json().unwrap();
        let item = &answer[list][0];
        assert_eq!(item["code"], code, "{answer}");
        assert_eq!([&item["offset"], &item["line"], &item["column"]], place.map(|number| serde_json::json!(number)).each_ref(), "{answer}");
    }
}
