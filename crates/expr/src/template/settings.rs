use thaiyyal_model::{List, Map, Str, Value};

use super::Template;
use crate::error::{EvalCode, EvalError};
use crate::evaluate::Evaluator;
use crate::names::{Names, Read, References};
use crate::problem::Problem;
use crate::scope::Scope;

/// All templates in a node's settings, compiled. Parts without any are kept as they are and handed out without a copy.
#[derive(Debug)]
pub struct SettingTemplates {
    root: Tree,
}

#[derive(Debug)]
enum Tree {
    Fixed(Value),
    Text(Box<Template>),
    List(Vec<Tree>),
    Map(Vec<(Str, Tree)>),
}

/// A problem in one of the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {problem}")]
pub struct SettingProblem {
    /// The setting, as a JSON pointer (RFC 6901) below the settings; empty for the whole.
    pub pointer: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A setting whose template has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {error}")]
pub struct SettingError {
    /// The setting, as a JSON pointer (RFC 6901) below the settings; empty for the whole.
    pub pointer: String,
    /// What failed.
    pub error: EvalError,
}

impl SettingTemplates {
    /// Compiles every text in `settings`, at any depth, except in members with one of the `excluded` names: those hold expressions
    /// themselves, or text that must stay as it is. Keys are never templates. All problems at once.
    pub fn compile(settings: &Value, excluded: &[&str], names: &dyn Names) -> Result<Self, Vec<SettingProblem>> {
        let mut compiler = Compiler { excluded, names, pointer: String::new(), problems: Vec::new() };
        let root = compiler.tree(settings);
        if compiler.problems.is_empty() { Ok(Self { root }) } else { Err(compiler.problems) }
    }

    /// The settings with every template's value in its place. All templates together have the steps that the scope allows for one
    /// evaluation.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Value, SettingError> {
        if let Tree::Fixed(settings) = &self.root {
            return Ok(settings.clone());
        }
        let settings = self.root.render(&mut Evaluator::new(scope))?;
        if settings.size_bytes() > scope.bounds.value_bytes || settings.depth() > Value::MAX_DEPTH {
            let error = EvalError {
                code: EvalCode::TooLarge,
                message: "the settings become too large or nest too deeply".to_owned(),
                offset: 0,
                line: 1,
                column: 1,
                byte_offset: 0,
            };
            return Err(SettingError { pointer: String::new(), error });
        }
        Ok(settings)
    }

    /// Whether there is no template in the settings, so that they always render as themselves.
    pub fn is_fixed(&self) -> bool {
        matches!(self.root, Tree::Fixed(_))
    }

    /// What all templates read.
    pub fn references(&self) -> References {
        let mut references = References::default();
        self.root.visit(&mut String::new(), &mut |_, template| references.merge(&template.references()));
        references
    }

    /// What all templates read of the workflow, each with the setting as a JSON pointer.
    pub fn reads(&self) -> Vec<(String, Read)> {
        let mut reads = Vec::new();
        self.root.visit(&mut String::new(), &mut |pointer, template| {
            reads.extend(template.reads().into_iter().map(|read| (pointer.to_owned(), read.clone())));
        });
        reads
    }

    /// What is probably a mistake although it can run.
    pub fn warnings(&self) -> Vec<SettingProblem> {
        let mut warnings = Vec::new();
        self.root.visit(&mut String::new(), &mut |pointer, template| {
            let found = template.warnings().into_iter().cloned();
            warnings.extend(found.map(|problem| SettingProblem { pointer: pointer.to_owned(), problem }));
        });
        warnings
    }
}

struct Compiler<'c> {
    excluded: &'c [&'c str],
    names: &'c dyn Names,
    pointer: String,
    problems: Vec<SettingProblem>,
}

impl Compiler<'_> {
    fn tree(&mut self, value: &Value) -> Tree {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Large(_) => Tree::Fixed(value.clone()),
            Value::String(text) => match Template::compile(text, self.names) {
                Ok(template) if template.is_fixed() => Tree::Fixed(value.clone()),
                Ok(template) => Tree::Text(Box::new(template)),
                Err(problem) => {
                    self.problems.push(SettingProblem { pointer: self.pointer.clone(), problem });
                    Tree::Fixed(Value::Null)
                }
            },
            Value::List(list) => {
                let items: Vec<Tree> =
                    list.iter().enumerate().map(|(at, item)| self.below(&at.to_string(), |inside| inside.tree(item))).collect();
                if items.iter().all(Tree::is_fixed) { Tree::Fixed(value.clone()) } else { Tree::List(items) }
            }
            Value::Map(map) => {
                let members: Vec<(Str, Tree)> = map.iter().map(|(key, member)| (key.clone(), self.member(key, member))).collect();
                if members.iter().all(|(_, member)| member.is_fixed()) { Tree::Fixed(value.clone()) } else { Tree::Map(members) }
            }
        }
    }

    fn member(&mut self, key: &str, value: &Value) -> Tree {
        if self.excluded.contains(&key) {
            return Tree::Fixed(value.clone());
        }
        self.below(key, |inside| inside.tree(value))
    }

    fn below<T>(&mut self, key: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = push_key(&mut self.pointer, key);
        let result = run(self);
        self.pointer.truncate(length);
        result
    }
}

impl Tree {
    fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    fn render<'v>(&'v self, evaluator: &mut Evaluator<'v>) -> Result<Value, SettingError> {
        match self {
            Self::Fixed(value) => Ok(value.clone()),
            Self::Text(template) => template.render_with(evaluator).map_err(|error| SettingError { pointer: String::new(), error }),
            Self::List(items) => {
                let items = items.iter().enumerate().map(|(at, item)| item.render(evaluator).map_err(|error| error.below(&at.to_string())));
                Ok(items.collect::<Result<List, _>>()?.into())
            }
            Self::Map(members) => {
                let members = members.iter().map(|(key, member)| {
                    let value = member.render(evaluator).map_err(|error| error.below(key))?;
                    Ok((key.clone(), value))
                });
                Ok(members.collect::<Result<Map, SettingError>>()?.into())
            }
        }
    }

    fn visit(&self, pointer: &mut String, see: &mut impl FnMut(&str, &Template)) {
        match self {
            Self::Fixed(_) => {}
            Self::Text(template) => see(pointer, template),
            Self::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    let length = push_key(pointer, &at.to_string());
                    item.visit(pointer, see);
                    pointer.truncate(length);
                }
            }
            Self::Map(members) => {
                for (key, member) in members {
                    let length = push_key(pointer, key);
                    member.visit(pointer, see);
                    pointer.truncate(length);
                }
            }
        }
    }
}

impl SettingError {
    fn below(mut self, key: &str) -> Self {
        let mut pointer = String::new();
        push_key(&mut pointer, key);
        self.pointer.insert_str(0, &pointer);
        self
    }
}

/// Appends a key to a JSON pointer; returns how long it was.
fn push_key(pointer: &mut String, key: &str) -> usize {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
    length
}
