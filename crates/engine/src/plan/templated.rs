use std::cell::RefCell;
use std::sync::Arc;

use thaiyyal_expr::{Names, NodeIndex, Pattern, SettingTemplates};
use thaiyyal_model::{Map, Purity, Str, Value};

use super::Plan;
use crate::catalog::{Build, NodeType};
use crate::expression::{Binding, scope};
use crate::fault::Fault;
use crate::node::{Flow, Guard, Node, Port, Run, Uses, WithLarge};
use crate::settings::{Reports, Settings};
use crate::state::Parts;

/// Settings with templates, filled in before each run.
pub(crate) struct Rendered {
    templates: SettingTemplates,
}

impl Rendered {
    /// Compiles the templates; `None` when one does not compile, which is reported.
    pub(crate) fn compile(settings: &mut Settings<'_>, node_type: &NodeType) -> Option<Self> {
        let literal: Vec<&str> = node_type.schema.literal_names().collect();
        let data = Value::Map(settings.data.clone());
        match SettingTemplates::compile(&data, &literal, settings.names) {
            Ok(templates) => {
                for warning in templates.warnings() {
                    let path = warning.pointer.trim_start_matches('/').to_owned();
                    let place = warning.problem.place();
                    settings.warning_at(&path, warning.problem.code.as_str(), format!("in `{path}`: {}", warning.problem), place);
                }
                templates.reads().iter().for_each(|(pointer, read)| settings.reports().reads(pointer, read));
                Some(Self { templates })
            }
            Err(problems) => {
                for found in problems {
                    let path = found.pointer.trim_start_matches('/').to_owned();
                    let place = found.problem.place();
                    settings.problem_at(&path, found.problem.code.as_str(), format!("in `{path}`: {}", found.problem), place);
                }
                None
            }
        }
    }

    /// The settings with every template's value in its place, checked against the schema.
    pub(crate) fn fill(&self, node_type: &NodeType, run: &Run<'_>) -> Result<Map, Fault> {
        let binding = Binding { input: run.input(), ..Binding::default() };
        let filled = match self.templates.render(&scope(&run.view(), run, binding)) {
            Ok(Value::Map(filled)) => filled,
            Ok(_) => Map::new(),
            Err(failed) => {
                let setting = failed.pointer.trim_start_matches('/');
                return Err(Fault::new(failed.error.code.as_str(), format!("in the setting `{setting}`: {}", failed.error)));
            }
        };
        if self.templates.is_fixed() {
            return Ok(filled);
        }
        let filled: Map = filled.iter().map(|(name, value)| (name.clone(), node_type.schema.convert(name, value.clone()))).collect();
        let mut issues = Vec::new();
        node_type.schema.check(&filled, &mut issues);
        match issues.into_iter().next() {
            None => Ok(filled),
            Some(issue) => Err(Fault::new(issue.code, format!("after its templates were filled in: {}", issue.detail))),
        }
    }

    pub(crate) fn uses(&self) -> Uses {
        Uses { references: self.templates.references(), ..Uses::default() }
    }
}

/// A node whose settings hold templates: it is compiled anew whenever it runs, except for the regular expressions written out in it.
struct Templated {
    node_type: Arc<NodeType>,
    build: Build,
    rendered: Rendered,
    /// The node as its settings are written, where that compiles; tells outputs and uses.
    written: Option<Box<dyn Node>>,
    patterns: Patterns,
}

/// Regular expressions with their sources.
type Patterns = Vec<(Str, Arc<Pattern>)>;

/// The names of a workflow, taking note of the regular expressions that are compiled.
struct Noting<'a> {
    names: &'a dyn Names,
    patterns: RefCell<Patterns>,
}

impl Names for Noting<'_> {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        self.names.node(id)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.names.node_ids()
    }

    fn admits_pattern(&self) -> bool {
        self.names.admits_pattern()
    }

    fn note_pattern(&self, source: &str, pattern: &Arc<Pattern>) {
        self.patterns.borrow_mut().push((source.into(), Arc::clone(pattern)));
    }
}

/// The names of a plan, and the regular expressions that were noted when it was made.
struct Noted<'a> {
    plan: &'a Plan,
    patterns: &'a Patterns,
}

impl Names for Noted<'_> {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        Names::node(self.plan, id)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.plan.node_ids()
    }

    fn pattern(&self, source: &str) -> Option<Arc<Pattern>> {
        self.patterns.iter().find(|(own, _)| own == source).map(|(_, pattern)| Arc::clone(pattern))
    }
}

pub(super) fn build(settings: &mut Settings<'_>, node_type: &Arc<NodeType>, build: Build) -> Option<Box<dyn Node>> {
    let rendered = Rendered::compile(settings, node_type)?;
    let noting = Noting { names: settings.names, patterns: RefCell::default() };
    let written = build_quietly(settings, &noting, build);
    let patterns = noting.patterns.into_inner();
    Some(Box::new(Templated { node_type: Arc::clone(node_type), build, rendered, written, patterns }))
}

fn build_quietly(settings: &mut Settings<'_>, names: &dyn Names, build: Build) -> Option<Box<dyn Node>> {
    let node_id = settings.reports().node_id;
    let (mut problems, mut warnings, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    let reports = Reports { node_id, position: None, problems: &mut problems, warnings: &mut warnings, reads: &mut reads };
    build(&mut Settings::new(settings.data, names, reports))
}

impl Node for Templated {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let filled = self.rendered.fill(&self.node_type, run)?;
        let (mut problems, mut warnings, mut reads) = (Vec::new(), Vec::new(), Vec::new());
        let node_id = Str::new();
        let reports = Reports { node_id: &node_id, position: None, problems: &mut problems, warnings: &mut warnings, reads: &mut reads };
        let names = Noted { plan: run.world.plan, patterns: &self.patterns };
        match (self.build)(&mut Settings::new(&filled, &names, reports)) {
            Some(node) => node.run(run),
            None => {
                let why = problems.into_iter().next().map_or_else(String::new, |problem| problem.detail);
                Err(Fault::new("invalid_value", format!("after its templates were filled in: {why}")))
            }
        }
    }

    fn uses(&self) -> Uses {
        let own = self.rendered.uses();
        match &self.written {
            Some(written) => {
                let mut uses = written.uses();
                uses.references.merge(&own.references);
                // A name that is a template is known only when the node runs.
                if uses.sets.iter().any(|name| name.contains("{{")) {
                    uses.sets.clear();
                }
                uses
            }
            None => {
                let asks = self.node_type.purity == Purity::Effect;
                let parts = if self.node_type.purity == Purity::Stateful { Parts::ALL } else { Parts::NONE };
                Uses { reads: parts, writes: parts, asks, ..own }
            }
        }
    }

    fn races(&self) -> bool {
        self.written.as_ref().is_some_and(|written| written.races())
    }

    fn guard(&self) -> Guard {
        self.written.as_ref().map(|written| written.guard()).unwrap_or_default()
    }

    fn port(&self, handle: &str) -> Option<Port> {
        self.written.as_ref()?.port(handle)
    }

    fn members(&self) -> Option<&'static [&'static str]> {
        self.written.as_ref()?.members()
    }

    fn with_large(&self) -> WithLarge {
        self.written.as_ref().map_or(WithLarge::Loads, |written| written.with_large())
    }
}
