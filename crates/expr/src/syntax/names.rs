use thaiyyal_model::{Str, Value};

use super::lexer::{Symbol, Token, text_at};
use super::parser::{MOST_WARNINGS, Parser, Result};
use super::postfix::Segment;
use super::suggest::closest;
use super::tree::{Base, Bound, Expr, Head, Path, Span};
use crate::catalogue;
use crate::problem::{Problem, ProblemCode};

/// What is looked up by a name that must follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Variables,
    Context,
    Node,
}

impl Space {
    fn named(name: &str) -> Option<Self> {
        match name {
            "variables" => Some(Self::Variables),
            "context" => Some(Self::Context),
            "node" => Some(Self::Node),
            _ => None,
        }
    }
}

impl Parser<'_> {
    /// A word that is a constant, a call or a reference; what follows it is read by the caller.
    pub(super) fn name(&mut self) -> Result<Expr> {
        let span = Span::new(self.start, self.lexer.at);
        let word = &self.source[self.start..self.lexer.at];
        self.advance();
        if self.token == Token::Symbol(Symbol::OpenParen) {
            return self.function(word, span);
        }
        Ok(self.word(word, span))
    }

    /// A word by itself.
    pub(super) fn word(&mut self, word: &str, span: Span) -> Expr {
        match word {
            "true" => Expr::Const(Value::Bool(true)),
            "false" => Expr::Const(Value::Bool(false)),
            "null" => Expr::Const(Value::Null),
            _ => match self.base(word) {
                Base::Bound(bound) => Expr::Bound(bound, span),
                base => Expr::Path(Box::new(Path { base, keys: Box::default(), span })),
            },
        }
    }

    /// Whether `word` can stand by itself with anything behind it.
    pub(super) fn is_operand(word: &str) -> bool {
        Space::named(word).is_none()
    }

    /// The element or input that `input` means here.
    pub(super) fn subject(&mut self) -> Base {
        match self.subject {
            Some(slot) => Base::Local(slot),
            None => {
                self.references.input = true;
                Base::Bound(Bound::Input)
            }
        }
    }

    fn base(&mut self, word: &str) -> Base {
        if let Some((_, slot)) = self.params.iter().rev().find(|(name, _)| *name == word) {
            return Base::Local(*slot);
        }
        match (word, Bound::named(word)) {
            (_, Some(Bound::Input)) => self.subject(),
            (_, Some(Bound::Item)) if self.subject.is_some() => self.subject(),
            (_, Some(bound)) => {
                self.references.input = true;
                Base::Bound(bound)
            }
            ("trigger", _) => self.surroundings(Base::Trigger),
            ("execution", _) => self.surroundings(Base::Execution),
            ("env", _) => self.surroundings(Base::Env),
            _ => self.bare(word),
        }
    }

    fn surroundings(&mut self, base: Base) -> Base {
        self.references.surroundings = true;
        base
    }

    fn bare(&mut self, word: &str) -> Base {
        self.references.add_variable(word);
        match self.subject {
            Some(slot) => Base::BareLocal(slot, word.into()),
            None => {
                self.references.input = true;
                Base::Bare(word.into())
            }
        }
    }

    fn function(&mut self, word: &str, span: Span) -> Result<Expr> {
        match catalogue::function(word) {
            Some(function) => Ok(Expr::Call(Box::new(self.call(function, span)?))),
            None => Err(self.unknown_function(word, span)),
        }
    }

    fn unknown_function(&self, word: &str, span: Span) -> Box<Problem> {
        let problem = self.problem_at(ProblemCode::UnknownFunction, span.start as usize, format!("there is no function `{word}`"));
        Box::new(match catalogue::method(word) {
            Some(method) => problem.suggesting(Some(&method.signature())),
            None => problem.suggesting(closest(word, catalogue::functions().map(|function| function.name))),
        })
    }

    /// The space that the next word opens, when a name follows it. Nothing is read.
    pub(super) fn space(&self) -> Option<Space> {
        if self.token != Token::Name {
            return None;
        }
        let space = Space::named(&self.source[self.start..self.lexer.at])?;
        let rest = self.lexer.rest().trim_start();
        (rest.starts_with(['.', '[']) || rest.starts_with("?.")).then_some(space)
    }

    /// `variables.NAME`, `context.NAME`, `node.ID`, also with `["NAME"]` or `?.`. The word is next. The second part is a dashed name that
    /// still has to be read as the first link, when it can only be told apart later; the third tells whether there was a `?.`.
    pub(super) fn spaced(&mut self, space: Space) -> Result<(Head, Option<Segment>, bool)> {
        let start = self.start;
        self.advance();
        let guarded = self.token == Token::Symbol(Symbol::SafeDot);
        if guarded && self.lexer.rest().trim_start().starts_with('[') {
            self.advance();
        }
        let (head, dashed) = self.spaced_name(space, start)?;
        Ok((head, dashed, guarded))
    }

    fn spaced_name(&mut self, space: Space, start: usize) -> Result<(Head, Option<Segment>)> {
        if self.take(Symbol::OpenBracket) {
            if self.token != Token::Text {
                return Err(self.unexpected("a name in quotes"));
            }
            let at = self.start;
            let name = text_at(self.source, at);
            self.advance();
            self.expect(Symbol::CloseBracket)?;
            let base = self.member(space, &name, at);
            return Ok((self.path(base, start), None));
        }
        let segment = self.segment()?;
        match space {
            Space::Node => {
                let base = self.node(&segment);
                Ok((self.path(base, start), None))
            }
            Space::Variables | Space::Context if segment.is_plain() => {
                let base = self.member(space, segment.longest(self.source), segment.start);
                Ok((self.path(base, start), None))
            }
            Space::Variables => {
                segment.names(self.source).for_each(|name| self.references.add_variable(name));
                Ok((Head::Variables, Some(segment)))
            }
            Space::Context => {
                segment.names(self.source).for_each(|name| self.references.add_context(name));
                Ok((Head::Context, Some(segment)))
            }
        }
    }

    fn path(&self, base: Base, start: usize) -> Head {
        Head::Expr(Expr::Path(Box::new(Path { base, keys: Box::default(), span: Span::new(start, self.end) })))
    }

    fn member(&mut self, space: Space, name: &str, at: usize) -> Base {
        match space {
            Space::Variables => {
                self.references.add_variable(name);
                match Bound::named(name) {
                    Some(bound) => {
                        self.references.input = true;
                        Base::BoundVariable(bound)
                    }
                    None => Base::Variable(name.into()),
                }
            }
            Space::Context => {
                self.references.add_context(name);
                Base::Context(name.into())
            }
            Space::Node => self.known_node(name).unwrap_or_else(|| self.unknown_node(name, at)),
        }
    }

    /// The longest dashed name that is a node; what is left is read again, as a subtraction.
    fn node(&mut self, segment: &Segment) -> Base {
        let known = segment.names(self.source).enumerate().filter_map(|(at, name)| Some((at, self.names.node(name)?))).last();
        match known {
            Some((at, index)) => {
                if at + 1 < segment.ends.len() {
                    self.resume_at(segment.ends[at]);
                }
                self.references.add_node(index);
                Base::Node(index)
            }
            None => self.unknown_node(segment.longest(self.source), segment.start),
        }
    }

    fn known_node(&mut self, name: &str) -> Option<Base> {
        let index = self.names.node(name)?;
        self.references.add_node(index);
        Some(Base::Node(index))
    }

    fn unknown_node(&mut self, name: &str, at: usize) -> Base {
        if self.findings.as_deref().is_some_and(|findings| findings.warnings.len() >= MOST_WARNINGS) {
            return Base::NoNode;
        }
        let problem = self.problem_at(ProblemCode::UnknownNode, at, format!("the workflow has no node `{name}`"));
        let warning = problem.suggesting(closest(name, self.names.node_ids()));
        self.findings.get_or_insert_default().warnings.push(warning);
        Base::NoNode
    }
}

impl Segment {
    /// From the shortest to the longest.
    pub(super) fn names<'s>(&self, source: &'s str) -> impl Iterator<Item = &'s str> + use<'s, '_> {
        self.ends.iter().map(move |end| &source[self.start..*end])
    }

    pub(super) fn longest<'s>(&self, source: &'s str) -> &'s str {
        self.names(source).last().unwrap_or_default()
    }

    pub(super) fn is_plain(&self) -> bool {
        self.ends.len() == 1
    }

    pub(super) fn joined(&self, source: &str) -> Box<[Str]> {
        self.names(source).map(Str::from).collect()
    }
}
