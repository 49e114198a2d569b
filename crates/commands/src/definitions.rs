//! The check that every definition passes before it is stored.

use thaiyyal_engine::{Catalog, Invalid, Plan, Stage};
use thaiyyal_model::{Definition, DefinitionHash, Limits, Problem};

use crate::Error;

/// A definition that can run. There is no other way to one, so whoever holds it need not check again.
#[derive(Debug, Clone)]
pub struct Checked {
    text: Vec<u8>,
    hash: DefinitionHash,
    warnings: Vec<Problem>,
}

impl Checked {
    /// Compiles `text` to see whether it can run; fails with every reason why not.
    pub fn check(text: Vec<u8>, catalog: &Catalog, limits: &Limits) -> Result<Self, Error> {
        let invalid = |stage, problems| Error::InvalidDefinition(Box::new(Invalid { stage, problems }));
        let definition = Definition::from_json(&text).map_err(|problems| invalid(Stage::Parse, problems))?;
        let compiled = Plan::compile(&definition, catalog, limits).map_err(|reasons| invalid(reasons.stage, reasons.problems))?;
        Ok(Self { hash: DefinitionHash::of(&text), text, warnings: compiled.warnings })
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
