use std::sync::Arc;

use thaiyyal_expr::{Expression, Names, Read};
use thaiyyal_model::{List, Map, Place, Problem, Str, Value};

use crate::duration;
use crate::expression::{Formula, SharedFormula};

/// The settings of one node while it is compiled. They fit the schema of the node's type, so a getter gives `None` only for what is
/// absent (or null); what does not compile is reported.
pub(crate) struct Settings<'a> {
    pub(crate) data: &'a Map,
    pub(crate) names: &'a dyn Names,
    reports: Reports<'a>,
}

/// Where problems of one node go.
pub(crate) struct Reports<'a> {
    pub(crate) node_id: &'a Str,
    /// The node's position in the definition; `None` when its settings are not those of the definition.
    pub(crate) position: Option<usize>,
    pub(crate) problems: &'a mut Vec<Problem>,
    pub(crate) warnings: &'a mut Vec<Problem>,
    pub(crate) reads: &'a mut Vec<Seen>,
}

/// Something that an expression in a setting reads of the workflow, to be checked once all of that is known.
pub(crate) struct Seen {
    /// The node's position in the definition.
    pub(crate) node: usize,
    /// The setting.
    pub(crate) pointer: String,
    pub(crate) read: Read,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(data: &'a Map, names: &'a dyn Names, reports: Reports<'a>) -> Self {
        Self { data, names, reports }
    }

    /// The setting, if it is there.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.data.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a Str> {
        match self.get(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// A text that the schema requires.
    pub(crate) fn required_text(&self, name: &str) -> &'a str {
        self.text(name).map_or("", Str::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(Value::as_f64)
    }

    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    pub(crate) fn list(&self, name: &str) -> Option<&'a [Value]> {
        self.get(name).and_then(Value::as_list).map(List::as_slice)
    }

    /// A duration; reports text that is none.
    pub(crate) fn duration(&mut self, name: &str) -> Option<jiff::SignedDuration> {
        let text = self.text(name)?;
        let duration = duration::parse(text);
        if duration.is_none() {
            let detail = format!("`{name}` is {text:?}, which is no duration; write for example \"500ms\", \"10s\" or \"1h30m\"");
            self.problem(name, "invalid_value", detail);
        }
        duration
    }

    /// An expression; `None` when it is absent, or does not compile, which is reported.
    pub(crate) fn expression(&mut self, name: &str) -> Option<Formula> {
        let source = self.text(name)?;
        self.expression_at(name, source)
    }

    /// The same, for a node that shares it with its tasks.
    pub(crate) fn shared_expression(&mut self, name: &str) -> Option<SharedFormula> {
        self.expression(name).map(Arc::new)
    }

    /// An expression somewhere below the settings; `path` is a JSON pointer without its first slash.
    pub(crate) fn expression_at(&mut self, path: &str, source: &str) -> Option<Formula> {
        match Expression::compile(source, self.names) {
            Ok(expression) => {
                for warning in expression.warnings() {
                    self.warning_at(path, warning.code.as_str(), format!("in `{path}`: {warning}"), warning.place());
                }
                expression.reads().iter().for_each(|read| self.reports.reads(&format!("/{path}"), read));
                Some(Formula::new(expression))
            }
            Err(problem) => {
                self.problem_at(path, problem.code.as_str(), format!("in `{path}`: {problem}"), problem.place());
                None
            }
        }
    }

    /// Reports a mistake in a setting.
    pub(crate) fn problem(&mut self, path: &str, code: &'static str, detail: String) {
        self.reports.problem(&format!("/{path}"), code, detail);
    }

    /// Reports a mistake at a place in a setting that is text.
    pub(crate) fn problem_at(&mut self, path: &str, code: &'static str, detail: String, place: Place) {
        let pointer = self.reports.pointer(&format!("/{path}"));
        self.reports.problems.push(Problem::error(code, pointer, detail).at_node(self.reports.node_id.clone()).at_place(place));
    }

    /// Reports what is probably a mistake.
    pub(crate) fn warning(&mut self, path: &str, code: &'static str, detail: String) {
        let pointer = self.reports.pointer(&format!("/{path}"));
        self.reports.warnings.push(Problem::warning(code, pointer, detail).at_node(self.reports.node_id.clone()));
    }

    /// Reports what is probably a mistake, at a place in a setting that is text.
    pub(crate) fn warning_at(&mut self, path: &str, code: &'static str, detail: String, place: Place) {
        let pointer = self.reports.pointer(&format!("/{path}"));
        self.reports.warnings.push(Problem::warning(code, pointer, detail).at_node(self.reports.node_id.clone()).at_place(place));
    }

    pub(crate) fn reports(&mut self) -> &mut Reports<'a> {
        &mut self.reports
    }
}

impl Reports<'_> {
    /// Reports a mistake; `below` is a JSON pointer below the settings.
    pub(crate) fn problem(&mut self, below: &str, code: &str, detail: String) {
        let pointer = self.pointer(below);
        self.problems.push(Problem::error(code, pointer, detail).at_node(self.node_id.clone()));
    }

    /// Keeps in mind what an expression reads; `below` is a JSON pointer below the settings.
    pub(crate) fn reads(&mut self, below: &str, read: &Read) {
        if let Some(node) = self.position {
            self.reads.push(Seen { node, pointer: self.pointer(below), read: read.clone() });
        }
    }

    fn pointer(&self, below: &str) -> String {
        self.position.map_or_else(|| below.to_owned(), |at| format!("/nodes/{at}/data{below}"))
    }
}
