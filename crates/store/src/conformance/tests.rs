use std::{fs, path::Path};

/// Cases are found by text, since a function that no list names is no error to the compiler.
#[test]
fn every_case_is_in_the_list_of_its_part() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let mut missing = Vec::new();
    for part in ["dispatch", "tenant"] {
        let list = fs::read_to_string(cases.join(part).with_extension("rs")).unwrap();
        let words: Vec<&str> = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        for file in fs::read_dir(cases.join(part)).unwrap() {
            let path = file.unwrap().path();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let Some(case) = line.strip_prefix("pub async fn ").and_then(|rest| rest.split('(').next()) else { continue };
                if !words.contains(&case) {
                    missing.push(format!("{}: {case}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "cases that no list names: {missing:#?}");
}

/// Methods are found by text too: each `async fn` of the traits that make up a transaction, but the commit.
#[test]
fn every_method_of_a_transaction_is_tried_as_another_tenant() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let traits = fs::read_to_string(source.join("tenant.rs")).unwrap();
    let cases = fs::read_to_string(source.join("conformance/tenant/tenancy.rs")).unwrap();
    let methods: Vec<&str> = traits
        .lines()
        .filter_map(|line| line.strip_prefix("    async fn ")?.split(['(', '<']).next())
        .filter(|name| *name != "commit")
        .collect();
    assert!(methods.contains(&"find_workflow"), "the methods were not found: {methods:?}");
    let missing: Vec<_> = methods.iter().filter(|name| !cases.contains(&format!("pub async fn {name}_as_another_tenant"))).collect();
    assert!(missing.is_empty(), "methods without a case in tenancy.rs: {missing:?}");
}
