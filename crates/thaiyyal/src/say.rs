//! What commands write for whoever called them.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use anyhow::Context;

/// Writes a line of the answer to standard output. A reader that left early, as `head` does, has what it wanted.
///
/// `println!` would panic.
pub(crate) fn say(line: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("the answer cannot be written"),
    }
}

/// Writes a line beside the answer to standard error. Where even that is closed, nobody can be told.
pub(crate) fn remark(line: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
