//! The gallery as it lies in the folder: groups in the order of `groups.json`, workflows from the smallest to the largest.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thaiyyal_testkit::repository;

pub(crate) struct Gallery {
    pub(crate) groups: Vec<(Group, Vec<Example>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) folder: String,
    pub(crate) title: String,
    pub(crate) description: String,
}

pub(crate) struct Example {
    pub(crate) path: PathBuf,
    pub(crate) document: Document,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) workflow_id: String,
    pub(crate) example: About,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    pub(crate) teaches: String,
    pub(crate) runs: Vec<Run>,
}

/// What must come out when this goes in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) input: Value,
    /// What is sent to the nodes that wait, by the name of the signal.
    #[serde(default)]
    pub(crate) signals: Map<String, Value>,
    pub(crate) output: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) node_type: String,
    pub(crate) position: Position,
    pub(crate) data: Map<String, Value>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Edge {
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) target: String,
    #[serde(rename = "sourceHandle")]
    _source_handle: Option<String>,
}

impl Gallery {
    pub(crate) fn folder() -> PathBuf {
        repository().join("examples")
    }

    pub(crate) fn read() -> Self {
        let folder = Self::folder();
        let groups: Vec<Group> = read(&folder.join("groups.json"));
        let groups =
            groups.into_iter().map(|group| (examples(&folder.join(&group.folder)), group)).map(|(examples, group)| (group, examples));
        Self { groups: groups.collect() }
    }

    pub(crate) fn examples(&self) -> impl Iterator<Item = &Example> {
        self.groups.iter().flat_map(|(_, examples)| examples)
    }
}

impl Example {
    /// Its path below the folder of the gallery, without the ending.
    pub(crate) fn name(&self) -> String {
        let path = self.path.with_extension("");
        path.strip_prefix(Gallery::folder()).unwrap_or(&path).display().to_string()
    }

    pub(crate) fn calls_an_api(&self) -> bool {
        self.document.nodes.iter().any(|node| matches!(node.node_type.as_str(), "http" | "paginator"))
    }
}

fn examples(folder: &Path) -> Vec<Example> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut examples: Vec<Example> = paths.map(|path| Example { document: read(&path), path }).collect();
    examples.sort_by_key(|example| (example.document.nodes.len(), example.document.name.clone()));
    examples
}

fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
