//! Workflow files: read, parsed, told what is wrong with them.

use std::io::Read;
use std::path::Path;

use anyhow::Context;

/// The content of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut content = Vec::new();
        std::io::stdin().lock().read_to_end(&mut content).context("standard input cannot be read")?;
        return Ok(content);
    }
    std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}
