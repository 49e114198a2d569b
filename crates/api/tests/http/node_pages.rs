//! `docs/nodes/`: a page per node type, made from the descriptions that validation and forms come from too.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use thaiyyal_connectors::{Connectors, Settings};
use thaiyyal_engine::{ARRAY_MEMBERS, ARRAY_TITLE, Catalog};
use thaiyyal_model::{Category, NodeDescription, Purity};

#[test]
fn the_pages_about_nodes_are_committed_as_they_are() {
    let connectors = Connectors::standard(&Settings::default()).unwrap();
    let catalog = Catalog::new(connectors.descriptions());
    let mut pages: BTreeMap<String, String> =
        catalog.descriptions().iter().map(|description| (format!("{}.md", description.node_type), page(description))).collect();
    pages.insert("README.md".to_owned(), index(catalog.descriptions()));

    let folder = thaiyyal_testkit::repository().join("docs/nodes");
    std::fs::create_dir_all(&folder).unwrap();
    let mut changed = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !pages.contains_key(&name) {
            std::fs::remove_file(entry.path()).unwrap();
            changed.push(name);
        }
    }
    for (name, text) in pages {
        let path = folder.join(&name);
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            std::fs::write(path, text).unwrap();
            changed.push(name);
        }
    }
    assert!(changed.is_empty(), "docs/nodes was not what the descriptions make; it is written anew: commit {changed:?}");
}

const CATEGORIES: [(Category, &str); 8] = [
    (Category::Input, "Input"),
    (Category::Display, "Display"),
    (Category::Data, "Data"),
    (Category::Array, "Arrays"),
    (Category::Control, "Control"),
    (Category::State, "State"),
    (Category::Connect, "Connections"),
    (Category::Resilience, "Resilience"),
];

fn index(descriptions: &[NodeDescription]) -> String {
    let mut out = String::from(
        "# Nodes\n\nMade from the descriptions of the node types; `cargo test -p thaiyyal-api node_pages` writes them anew.\nIn any setting `{{ }}` may hold an [expression](../expressions.md), unless its page says that it is taken as written.\n",
    );
    for (category, title) in CATEGORIES {
        let mut of_category: Vec<&NodeDescription> = descriptions.iter().filter(|own| own.category == category).collect();
        of_category.sort_by_key(|description| description.node_type);
        if of_category.is_empty() {
            continue;
        }
        write!(out, "\n## {title}\n\n| node | type | what it does |\n|---|---|---|\n").unwrap();
        for own in &of_category {
            writeln!(out, "| [{}]({}.md) | `{}` | {} |", own.title, own.node_type, own.node_type, cell(own.summary)).unwrap();
        }
        if category == Category::Array {
            write!(out, "\n{}", array_rule()).unwrap();
        }
    }
    out
}

fn takes_array(description: &NodeDescription) -> bool {
    description.ports.inputs.iter().any(|port| port.title == ARRAY_TITLE)
}

/// Where a node finds the array that it works on.
fn array_rule() -> String {
    format!(
        "A node that takes an array takes an object too that has one: the first of its members {} that is an array.\n\
         So it can follow directly behind a node that gives an array in such a member.\n",
        ARRAY_MEMBERS.map(|name| format!("`{name}`")).join(", ")
    )
}

fn page(description: &NodeDescription) -> String {
    let NodeDescription { node_type, title, summary, schema, ports, purity, example, .. } = description;
    let category = CATEGORIES.iter().find(|(own, _)| *own == description.category).map_or("", |(_, title)| title);
    let mut out = format!("# {title}\n\n{summary}\n\nType `{node_type}`, in the group {category}.\n");
    out += match purity {
        Purity::Pure => "Pure: it only computes, and may be computed again when an execution goes on after a crash.\n",
        Purity::Stateful => "Stateful: it reads or changes the execution's own state, in the order of the definition.\n",
        Purity::Effect => "Effect: it touches the world, and its result is recorded in the journal.\n",
    };
    let mut rows = Vec::new();
    settings(schema, "", &mut rows);
    out += "\n## Settings\n\n";
    if rows.is_empty() {
        out += "None.\n";
    } else {
        out += "| setting | kind | default | meaning |\n|---|---|---|---|\n";
        rows.iter().for_each(|row| writeln!(out, "{row}").unwrap());
    }
    if let Some(groups) = schema["anyOf"].as_array() {
        let names = groups.iter().map(|group| quoted(&group["required"]));
        writeln!(out, "\nAt least one of these must be given: {}.", names.collect::<Vec<_>>().join("; ")).unwrap();
    }
    out += "\n## Ports\n\n";
    for (kind, ports) in [("Input", &ports.inputs), ("Output", &ports.outputs)] {
        for port in ports {
            match (port.name, port.title) {
                ("", title) => writeln!(out, "- {kind}: {title}").unwrap(),
                (name, title) => writeln!(out, "- {kind} `{name}`: {title}").unwrap(),
            }
        }
    }
    if ports.inputs.is_empty() && ports.outputs.is_empty() {
        out += "None.\n";
    }
    if takes_array(description) {
        write!(out, "\n{}", array_rule()).unwrap();
    }
    let example = serde_json::json!({"id": node_type, "type": node_type, "data": example});
    write!(out, "\n## Example\n\n```json\n{}\n```\n", serde_json::to_string_pretty(&example).unwrap()).unwrap();
    out
}

/// A row for every property, those of objects and of elements below it.
fn settings(schema: &Value, before: &str, rows: &mut Vec<String>) {
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["x-ui"]["hidden"] == true {
            continue;
        }
        let path = format!("{before}{name}");
        let default = property.get("default").map_or_else(String::new, |default| format!("`{default}`"));
        rows.push(format!(
            "| `{path}` | {} | {} | {} |",
            kind(property),
            cell(&default),
            cell(&meaning(property, required.contains(&name.as_str())))
        ));
        settings(property, &format!("{path}."), rows);
        settings(&property["items"], &format!("{path}[]."), rows);
    }
}

fn kind(property: &Value) -> String {
    let own = match &property["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    };
    match property["items"]["type"].as_str() {
        Some(items) => format!("{own} of {items}"),
        None => own,
    }
}

fn meaning(property: &Value, required: bool) -> String {
    let mut parts = Vec::new();
    parts.extend(property["title"].as_str().map(|title| format!("{title}.")));
    parts.extend(property["description"].as_str().map(str::to_owned));
    if required {
        parts.push("Required.".to_owned());
    }
    parts.extend(property.get("enum").map(|choices| format!("One of {}.", quoted(choices))));
    for (key, word) in [("minimum", "At least"), ("exclusiveMinimum", "More than"), ("maximum", "At most")] {
        parts.extend(property.get(key).map(|bound| format!("{word} {bound}.")));
    }
    match property["x-ui"]["widget"].as_str() {
        Some("expression") => parts.push("An expression, taken as written.".to_owned()),
        _ if property["x-template"] == false => parts.push("Taken as written.".to_owned()),
        _ => {}
    }
    parts.join(" ")
}

fn quoted(list: &Value) -> String {
    list.as_array()
        .into_iter()
        .flatten()
        .map(|item| format!("`{}`", item.as_str().map_or_else(|| item.to_string(), str::to_owned)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
