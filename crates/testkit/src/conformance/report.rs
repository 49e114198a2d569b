use std::collections::BTreeMap;
use std::fmt;

use super::{Actual, Vector, compare};

/// How many vectors ran and passed, in all and per node type.
#[derive(Debug, Default)]
pub struct Report {
    ran: usize,
    per_type: BTreeMap<String, (usize, usize)>,
    failures: Vec<String>,
}

impl Report {
    /// Judges what came out of a vector and notes it.
    pub fn judge(&mut self, vector: &Vector, actual: &Actual) {
        self.ran += 1;
        let verdict = compare(vector, actual);
        for name in &vector.node_types {
            let (ran, passed) = self.per_type.entry(name.clone()).or_default();
            *ran += 1;
            *passed += usize::from(verdict.is_ok());
        }
        if let Err(difference) = verdict {
            self.failures.push(format!("{}: {}: {difference}", vector.file, vector.name));
        }
    }

    /// Prints the counts, and fails the test when a vector did not pass.
    ///
    /// # Panics
    /// When a vector did not pass, or none ran.
    pub fn finish(self) {
        println!("{self}");
        assert!(self.ran > 0, "no vector ran");
        assert!(self.failures.is_empty(), "{} of {} vectors failed:\n{}", self.failures.len(), self.ran, self.failures.join("\n"));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<20} {:>5} {:>6}", "node type", "ran", "passed")?;
        for (name, (ran, passed)) in &self.per_type {
            writeln!(f, "{name:<20} {ran:>5} {passed:>6}")?;
        }
        let passed = self.ran - self.failures.len();
        write!(f, "{passed} of {} vectors passed", self.ran)
    }
}
