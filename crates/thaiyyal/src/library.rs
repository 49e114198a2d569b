//! The workflow files of a folder, as those that a workflow run from a file may call.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use thaiyyal_engine::{Catalog, Plan};
use thaiyyal_model::{Failure, Limits};

/// Finds workflows by the name of their file (without `.json`), their `name` or their `workflow_id`.
pub(crate) struct Library {
    folder: PathBuf,
    catalog: Catalog,
    limits: Arc<Limits>,
    plans: Mutex<HashMap<String, Result<Arc<Plan>, Failure>>>,
}

impl Library {
    pub(crate) fn new(folder: PathBuf, catalog: Catalog, limits: Arc<Limits>) -> Self {
        Self { folder, catalog, limits, plans: Mutex::default() }
    }

    /// The plan of a workflow; each file is compiled once.
    pub(crate) fn find(&self, workflow: &str) -> Result<Arc<Plan>, Failure> {
        let mut plans = self.plans.lock().expect("no holder of this lock can panic");
        plans.entry(workflow.to_owned()).or_insert_with(|| self.read(workflow)).clone()
    }

    fn read(&self, workflow: &str) -> Result<Arc<Plan>, Failure> {
        let folder = self.folder.display();
        let unreadable = |error: std::io::Error| Failure::new("unreadable_file", format!("the folder {folder} cannot be read: {error}"));
        let mut paths = std::fs::read_dir(&self.folder)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
            .map_err(unreadable)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        let mut found = paths.iter().filter_map(|path| Some((path, content_of(path, workflow)?)));
        match (found.next(), found.next()) {
            (None, _) => Err(Failure::new(
                "unknown_workflow",
                format!(
                    "no file in {folder} has the name {workflow:?}, or that as its `name` or `workflow_id`; --workflows names another folder"
                ),
            )),
            (Some((first, _)), Some((second, _))) => {
                Err(Failure::new("ambiguous_workflow", format!("{workflow:?} may mean {} or {}", first.display(), second.display())))
            }
            (Some((path, content)), None) => match Plan::read(&content, &self.catalog, &self.limits) {
                Ok((_, compiled)) => Ok(Arc::new(compiled.plan)),
                Err(invalid) => {
                    let first = invalid.problems.first().map_or("", |problem| problem.detail.as_str());
                    Err(Failure::new("definition_invalid", format!("{} cannot run: {first}", path.display())))
                }
            },
        }
    }
}

/// The content of a file, if it is that of the workflow.
fn content_of(path: &Path, workflow: &str) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Names {
        name: Option<String>,
        workflow_id: Option<String>,
    }
    let content = std::fs::read(path).ok()?;
    let names: Names = serde_json::from_slice(&content).ok()?;
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let is_meant = [stem, names.name.as_deref(), names.workflow_id.as_deref()].contains(&Some(workflow));
    is_meant.then_some(content)
}
