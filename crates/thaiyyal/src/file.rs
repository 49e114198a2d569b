//! Workflow files: read, parsed, told what is wrong with them.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use thaiyyal_engine::{Catalog, Compiled, Invalid, Plan, Stage};
use thaiyyal_model::{Definition, Limits};

/// The content of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut content = Vec::new();
        std::io::stdin().lock().read_to_end(&mut content).context("standard input cannot be read")?;
        return Ok(content);
    }
    std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Compiles the content of a workflow file.
pub(crate) fn compile(content: &[u8], catalog: &Catalog, limits: &Limits) -> Result<(Definition, Compiled), Invalid> {
    let definition = Definition::from_json(content).map_err(|problems| Invalid { stage: Stage::Parse, problems })?;
    let compiled = Plan::compile(&definition, catalog, limits)?;
    Ok((definition, compiled))
}
