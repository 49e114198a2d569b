use super::lexer::{Lexer, Symbol, Token};
use super::parser::{Parser, Result};
use super::tree::Expr;
use crate::problem::ProblemCode;

/// The most parameters of a lambda: an element and its index.
const MOST_PARAMS: usize = 2;

/// Words that always mean something else.
const RESERVED: &[&str] = &["true", "false", "null", "in", "node", "variables", "context", "trigger", "execution", "env"];

impl<'s> Parser<'s> {
    /// An argument that is evaluated once per element, and how many values it binds. As an expression it calls the element `item` (or
    /// `input`, or just names its fields); as a lambda it names it itself, and `input` and `item` stay what they are around it.
    pub(super) fn per_element(&mut self) -> Result<(Expr, usize)> {
        match self.lambda() {
            Some((names, body)) => self.with_params(&names, body),
            None => self.with_item(),
        }
    }

    fn with_item(&mut self) -> Result<(Expr, usize)> {
        let outer = self.subject.replace(self.locals);
        self.locals += 1;
        let expr = self.nested(Self::expression)?;
        self.locals -= 1;
        self.subject = outer;
        Ok((expr, 1))
    }

    fn with_params(&mut self, names: &[(&'s str, usize)], body: usize) -> Result<(Expr, usize)> {
        let (known, first) = (self.params.len(), self.locals);
        for (at, (name, start)) in names.iter().enumerate() {
            if RESERVED.contains(name) {
                return Err(self.problem_at(ProblemCode::Syntax, *start, format!("`{name}` cannot be the name of a parameter")));
            }
            if names[..at].iter().any(|(other, _)| other == name) {
                return Err(self.problem_at(ProblemCode::Syntax, *start, format!("two parameters are called `{name}`")));
            }
            if at >= MOST_PARAMS {
                let message = "a lambda takes an element and, if wanted, its index: `x => ...` or `(x, i) => ...`";
                return Err(self.problem_at(ProblemCode::Syntax, *start, message));
            }
            self.params.push((name, first + at));
        }
        self.resume_at(body);
        self.locals += names.len();
        let expr = self.nested(Self::expression)?;
        self.locals -= names.len();
        self.params.truncate(known);
        Ok((expr, names.len()))
    }

    /// The parameters of a lambda that begins here, each with its place, and where its body begins. Nothing is read.
    fn lambda(&self) -> Option<(Vec<(&'s str, usize)>, usize)> {
        let mut lexer = Lexer::new(self.source, self.start);
        let mut names = Vec::new();
        match lexer.next() {
            Token::Name => names.push((&self.source[lexer.start..lexer.at], lexer.start)),
            Token::Symbol(Symbol::OpenParen) => loop {
                let Token::Name = lexer.next() else { return None };
                names.push((&self.source[lexer.start..lexer.at], lexer.start));
                match lexer.next() {
                    Token::Symbol(Symbol::Comma) => {}
                    Token::Symbol(Symbol::CloseParen) => break,
                    _ => return None,
                }
            },
            _ => return None,
        }
        (lexer.next() == Token::Symbol(Symbol::Arrow)).then_some((names, lexer.at))
    }
}
