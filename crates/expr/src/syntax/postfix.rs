use smallvec::SmallVec;
use thaiyyal_model::{Place, Value};

use super::lexer::{Lexer, Symbol, Token, continues_name, number_length, starts_name};
use super::names::Space;
use super::parser::{MOST_READS, Parser, Result};
use super::suggest::closest;
use super::tree::{Base, DashedName, Expr, Head, Key, Link, Path, Postfix, Range, Span};
use crate::catalogue;
use crate::names::{Read, Source};
use crate::problem::{Problem, ProblemCode, position};

/// A name after a dot: `a`, or the cuts of `a-b-c`.
pub(super) struct Segment {
    pub(super) start: usize,
    /// Where `a`, `a-b`, `a-b-c` end.
    pub(super) ends: SmallVec<[usize; 4]>,
}

impl Parser<'_> {
    /// A primary and all that is attached to it; also whether a dash in it may be part of a name.
    pub(super) fn postfix(&mut self) -> Result<(Expr, bool)> {
        let start = self.start;
        if let Some(space) = self.space() {
            let mut chain = Chain::new(start);
            let head = self.space_and_name(space, &mut chain)?;
            return self.attached(head, chain);
        }
        let primary = self.primary()?;
        let is_attached = matches!(self.token, Token::Symbol(Symbol::Dot | Symbol::SafeDot | Symbol::OpenBracket));
        if !is_attached && !is_execution(&primary) {
            return Ok((primary, false));
        }
        self.attached(Head::Expr(primary), Chain::new(start))
    }

    /// All that is attached to a head. By itself, because most operands have nothing attached, and need not make room for it.
    #[inline(never)]
    fn attached(&mut self, head: Head, mut chain: Chain) -> Result<(Expr, bool)> {
        while self.link(&mut chain)? {}
        self.note(&head, &chain);
        Ok(chain.finish(head))
    }

    /// Keeps in mind what of the workflow is read here.
    fn note(&mut self, head: &Head, chain: &Chain) {
        let Head::Expr(Expr::Path(path)) = head else { return };
        let what = match &path.base {
            Base::Node(index) => Source::Node(*index),
            Base::Variable(name) => Source::Variable(name.clone()),
            Base::Context(name) => Source::Context(name.clone()),
            Base::Execution => Source::Execution,
            _ => return,
        };
        let reads = &mut self.findings.get_or_insert_default().reads;
        if reads.len() < MOST_READS {
            let member = match chain.keys.first() {
                Some((Key::Field(name), _)) => Some(name.clone()),
                _ => None,
            };
            let (_, line, column) = position(self.source, chain.start);
            reads.push(Read { what, member, place: Place { offset: chain.start, line, column } });
        }
    }

    fn space_and_name(&mut self, space: Space, chain: &mut Chain) -> Result<Head> {
        let (head, first, guarded) = self.spaced(space)?;
        if let Some(segment) = first {
            let link = self.dashed(&segment);
            chain.push(link, self.end);
        }
        if guarded {
            chain.push(Link::Guard, self.end);
        }
        Ok(head)
    }

    /// Reads what is attached next; false when nothing is.
    fn link(&mut self, chain: &mut Chain) -> Result<bool> {
        if self.token == Token::Symbol(Symbol::SafeDot) {
            chain.push(Link::Guard, self.end);
            if self.lexer.rest().trim_start().starts_with('[') {
                self.advance();
            }
        }
        let link = match self.token {
            Token::Symbol(Symbol::Dot | Symbol::SafeDot) => self.dot()?,
            Token::Symbol(Symbol::OpenBracket) => self.bracket()?,
            _ => return Ok(false),
        };
        chain.push(link, self.end);
        Ok(true)
    }

    /// `.name`, `.a-b`, `.method(...)`
    fn dot(&mut self) -> Result<Link> {
        let dot = self.start;
        let segment = self.segment()?;
        if !segment.is_plain() {
            return Ok(self.dashed(&segment));
        }
        let name = segment.longest(self.source);
        let span = Span::new(segment.start, segment.start + name.len());
        if self.token == Token::Symbol(Symbol::OpenParen) {
            return self.method(name, span);
        }
        let key = if name == "length" { Key::Length } else { Key::Field(name.into()) };
        Ok(Link::Key(key, Span::new(dot, self.end)))
    }

    fn method(&mut self, name: &str, span: Span) -> Result<Link> {
        match (catalogue::method(name), catalogue::function(name).filter(|function| function.goes_through_array())) {
            (Some(method), _) => Ok(Link::Method(self.call(method, span)?)),
            (None, Some(function)) => Ok(Link::Method(self.call_on_array(function, span)?)),
            (None, None) => Err(self.unknown_method(name, span)),
        }
    }

    fn unknown_method(&self, name: &str, span: Span) -> Box<Problem> {
        let problem = self.problem_at(ProblemCode::UnknownFunction, span.start as usize, format!("there is no method `{name}`"));
        Box::new(match catalogue::function(name) {
            Some(function) => problem.suggesting(Some(&function.signature())),
            None if name == "length" => problem.suggesting(Some("length")),
            None => problem.suggesting(closest(name, catalogue::methods().map(|method| method.name))),
        })
    }

    /// `[expression]`, `[start:end]`
    fn bracket(&mut self) -> Result<Link> {
        let open = self.start;
        self.advance();
        let start = match self.token {
            Token::Symbol(Symbol::Colon) => None,
            _ => Some(self.nested(Self::expression)?),
        };
        let index = match (start, self.take(Symbol::Colon)) {
            (Some(index), false) => index,
            (start, _) => {
                let end = match self.token {
                    Token::Symbol(Symbol::CloseBracket) => None,
                    _ => Some(self.nested(Self::expression)?),
                };
                self.expect(Symbol::CloseBracket)?;
                return Ok(Link::Slice(Box::new(Range { start, end, span: Span::new(open, self.end) })));
            }
        };
        self.expect(Symbol::CloseBracket)?;
        let span = Span::new(open, self.end);
        Ok(match index {
            Expr::Const(Value::Number(number)) if number >= 0.0 && number.fract() == 0.0 && number <= f64::from(u32::MAX) => {
                Link::Key(Key::At(number as usize), span)
            }
            Expr::Const(Value::String(name)) => Link::Key(Key::Field(name), span),
            other => Link::At(other, span),
        })
    }

    /// Reads the name behind the dot that is the current word.
    pub(super) fn segment(&mut self) -> Result<Segment> {
        self.lexer.skip_space();
        let start = self.lexer.at;
        if !self.lexer.rest().starts_with(continues_name) {
            self.advance();
            return Err(self.unexpected("a name after `.`"));
        }
        let mut ends = cuts(self.source, start);
        let calls = self.source[ends[ends.len() - 1]..].trim_start().starts_with('(');
        if calls && ends.len() > 1 {
            // `a-abs(b)`: a method has no dash, so the last part is a function.
            ends.pop();
        }
        self.resume_at(ends[ends.len() - 1]);
        Ok(Segment { start, ends })
    }

    fn dashed(&mut self, segment: &Segment) -> Link {
        let source = self.source;
        let mut least = 0;
        let mut subtracted = Vec::new();
        for (at, pair) in segment.ends.windows(2).enumerate() {
            let (start, end) = (pair[0] + 1, pair[1]);
            let part = &source[start..end];
            subtracted.push(match part.parse::<f64>() {
                Ok(number) if number.is_finite() && part.starts_with(|c: char| c.is_ascii_digit()) => Expr::Const(Value::Number(number)),
                _ if part.starts_with(starts_name) && Self::is_operand(part) => self.word(part, Span::new(start, end)),
                _ => {
                    least = at + 1;
                    Expr::Const(Value::Null)
                }
            });
        }
        let span = Span::new(segment.start, self.end);
        Link::Dashed(DashedName { joined: segment.joined(source), least, subtracted: subtracted.into(), span })
    }
}

/// Whether it is `execution`, the only word of which it is noted that it is read.
fn is_execution(expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if matches!(path.base, Base::Execution))
}

/// Where the name at `start` may end: at each dash between its parts, and at the end of the last.
fn cuts(source: &str, start: usize) -> SmallVec<[usize; 4]> {
    let mut lexer = Lexer::new(source, start);
    let mut ends = SmallVec::new();
    loop {
        ends.push(lexer.skip_name());
        let Some(part) = lexer.rest().strip_prefix('-').filter(|rest| rest.starts_with(continues_name)) else {
            return ends;
        };
        let length = part.find(|c| !continues_name(c)).unwrap_or(part.len());
        if part.starts_with(|c: char| c.is_ascii_digit()) && number_length(part) > length {
            // `a-1.5`: what follows is one number.
            return ends;
        }
        lexer.at += 1;
    }
}

/// What is attached to a head, as it is collected.
struct Chain {
    start: usize,
    /// Up to the first link that is more than a key.
    keys: Vec<(Key, usize)>,
    links: Vec<Link>,
    dashed: bool,
}

impl Chain {
    fn new(start: usize) -> Self {
        Self { start, keys: Vec::new(), links: Vec::new(), dashed: false }
    }

    fn push(&mut self, link: Link, end: usize) {
        match link {
            Link::Key(key, _) if self.links.is_empty() => self.keys.push((key, end)),
            other => {
                self.dashed |= matches!(other, Link::Dashed(_));
                self.links.push(other);
            }
        }
    }

    fn finish(self, head: Head) -> (Expr, bool) {
        let head = match head {
            Head::Expr(Expr::Bound(bound, _)) if !self.keys.is_empty() => {
                let end = self.keys[self.keys.len() - 1].1;
                let keys = self.keys.into_iter().map(|(key, _)| key).collect();
                Head::Expr(Expr::Path(Box::new(Path { base: Base::Bound(bound), keys, span: Span::new(self.start, end) })))
            }
            Head::Expr(Expr::Path(path)) if !self.keys.is_empty() => {
                let end = self.keys[self.keys.len() - 1].1;
                let keys = self.keys.into_iter().map(|(key, _)| key).collect();
                Head::Expr(Expr::Path(Box::new(Path { keys, span: Span::new(self.start, end), ..*path })))
            }
            Head::Expr(other) if !self.keys.is_empty() => {
                let mut links: Vec<Link> = self.keys.into_iter().map(|(key, end)| Link::Key(key, Span::new(self.start, end))).collect();
                links.extend(self.links);
                return (Expr::Postfix(Box::new(Postfix::new(Head::Expr(other), links))), self.dashed);
            }
            other => other,
        };
        match head {
            Head::Expr(expr) if self.links.is_empty() => (expr, false),
            base => (Expr::Postfix(Box::new(Postfix::new(base, self.links))), self.dashed),
        }
    }
}
