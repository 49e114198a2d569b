//! The check that every definition passes before it is stored.

use thaiyyal_engine::{Call, Catalog, Plan};
use thaiyyal_model::{DefinitionHash, Limits, Problem};

use crate::Error;

/// A definition that can run. There is no other way to one, so whoever holds it need not check again.
#[derive(Debug, Clone)]
pub struct Checked {
    text: Vec<u8>,
    hash: DefinitionHash,
    warnings: Vec<Problem>,
    calls: Vec<Call>,
}

impl Checked {
    /// Compiles `text` to see whether it can run; fails with every reason why not.
    pub fn check(text: Vec<u8>, catalog: &Catalog, limits: &Limits) -> Result<Self, Error> {
        let (_, compiled) = Plan::read(&text, catalog, limits).map_err(|reasons| Error::InvalidDefinition(Box::new(reasons)))?;
        Ok(Self { hash: DefinitionHash::of(&text), text, warnings: compiled.warnings, calls: compiled.calls })
    }

    /// The same, as the definition of a workflow with these names: calling one of them is calling itself.
    #[must_use]
    pub fn of_workflow(mut self, names: &[&str]) -> Self {
        let own = self.calls.iter().filter(|call| names.contains(&call.workflow.as_str())).map(Call::of_itself);
        for warning in own {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
        self
    }

    /// The JSON text, as it came.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The name it is stored under.
    #[must_use]
    pub fn hash(&self) -> DefinitionHash {
        self.hash
    }

    /// What its author may not have meant.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The text, without a copy.
    #[must_use]
    pub fn into_text(self) -> Vec<u8> {
        self.text
    }
}
