//! Rules of the repository that a machine can check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate lives two levels below the root").to_owned()
}

fn output(program: &str, args: &[&str]) -> String {
    let output =
        Command::new(program).args(args).current_dir(root()).output().unwrap_or_else(|error| panic!("{program} {args:?}: {error}"));
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Every file git knows or would add.
fn files() -> Vec<String> {
    output("git", &["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"])
        .lines()
        .filter(|file| root().join(file).is_file())
        .map(str::to_owned)
        .collect()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Package name → names of its direct dependencies that are not for tests.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value = serde_json::from_str(&output(env!("CARGO"), &["metadata", "--format-version=1", "--no-deps", "--offline"]))
        .expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            let names = dependencies
                .filter(|dependency| dependency["kind"].as_str() != Some("dev"))
                .map(|dependency| dependency["name"].as_str().expect("name").to_owned());
            (package["name"].as_str().expect("name").to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn crates_depend_only_on_what_the_architecture_allows() {
    let architecture = read("docs/architecture.md");
    let documented: BTreeMap<String, BTreeSet<String>> = architecture
        .lines()
        .skip_while(|line| !line.starts_with("| crate |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(str::trim);
            let name = cells.next().expect("a row has a crate").to_owned();
            (name, cells.next().unwrap_or("").split_whitespace().map(str::to_owned).collect())
        })
        .collect();
    let mut wrong = Vec::new();
    let actual = dependencies();
    for (package, needs) in &actual {
        let name = package.strip_prefix("thaiyyal-").unwrap_or(package);
        let Some(allowed) = documented.get(name) else {
            wrong.push(format!("crate {name} is missing from the table in docs/architecture.md"));
            continue;
        };
        let ours = needs.iter().filter_map(|need| need.strip_prefix("thaiyyal-"));
        wrong.extend(ours.filter(|need| !allowed.contains(*need)).map(|need| format!("{name} may not depend on {need}")));
    }
    let names: BTreeSet<&str> = actual.keys().map(|package| package.strip_prefix("thaiyyal-").unwrap_or(package)).collect();
    wrong.extend(
        documented
            .keys()
            .filter(|name| !names.contains(name.as_str()))
            .map(|name| format!("docs/architecture.md names a crate {name} that does not exist")),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Drivers, and the crates that may use each: the bans of deny.toml that have wrappers.
fn wrapped() -> BTreeMap<String, Vec<String>> {
    let deny: toml::Table = read("deny.toml").parse().expect("deny.toml is TOML");
    let text = |value: &toml::Value| value.as_str().expect("a crate's name").to_owned();
    let bans = deny["bans"]["deny"].as_array().expect("bans").iter();
    bans.filter_map(|ban| Some((text(&ban["crate"]), ban.get("wrappers")?.as_array()?.iter().map(text).collect()))).collect()
}

#[test]
fn drivers_are_used_by_their_own_crate_only() {
    let wrapped = wrapped();
    assert!(wrapped.contains_key("tokio-postgres"), "{wrapped:?}");
    let mut wrong = Vec::new();
    for (package, needs) in dependencies() {
        wrong.extend(
            wrapped
                .iter()
                .filter(|(driver, owners)| needs.contains(*driver) && !owners.contains(&package))
                .map(|(driver, owners)| format!("{package} uses {driver}, which belongs to {owners:?}")),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn paths_named_in_the_architecture_exist() {
    let architecture = read("docs/architecture.md");
    let missing: Vec<&str> = architecture
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| ["crates/", "docs/", "web/", "migrations/", "scripts/"].iter().any(|folder| quoted.starts_with(folder)))
        .filter(|path| !root().join(path).exists())
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_crate_says_what_it_owns() {
    let silent: Vec<String> = files()
        .into_iter()
        .filter(|file| file.starts_with("crates/") && file.ends_with("/src/lib.rs"))
        .filter(|file| !read(file).contains("//! Owns") && !read(file).contains("Owns"))
        .collect();
    assert!(silent.is_empty(), "lib.rs without an opening comment: {silent:#?}");
}

#[test]
fn modules_are_named_after_their_file() {
    let old_style: Vec<String> = files().into_iter().filter(|file| file.ends_with("/mod.rs") && !file.contains("/tests/")).collect();
    assert!(old_style.is_empty(), "use foo.rs beside foo/: {old_style:#?}");
}

#[test]
fn lock_files_hold_no_download_addresses() {
    for file in files().into_iter().filter(|file| file.ends_with("package-lock.json")) {
        assert!(
            !read(&file).contains("\"resolved\": \"http"),
            "{file} holds download addresses; set omit-lockfile-registry-resolved in .npmrc"
        );
    }
}

#[test]
fn lints_are_silenced_with_a_reason() {
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|file| file.ends_with(".rs") && !file.starts_with("crates/xtask/"))
        .filter(|file| read(file).lines().map(str::trim_start).any(|line| line.starts_with("#[allow(") || line.starts_with("#![allow(")))
        .collect();
    assert!(wrong.is_empty(), "use #[expect(lint, reason = \"…\")]: {wrong:#?}");
}

#[test]
fn no_test_is_switched_off() {
    let marks = ["#[ignore", "it.skip(", "test.skip(", "describe.skip(", "it.only(", "test.only(", "describe.only("];
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|file| [".rs", ".ts", ".tsx"].iter().any(|end| file.ends_with(end)) && !file.starts_with("crates/xtask/"))
        .filter(|file| marks.iter().any(|mark| read(file).contains(mark)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
