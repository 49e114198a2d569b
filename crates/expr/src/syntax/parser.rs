use thaiyyal_model::{List, Value};

use super::lexer::{Lexer, Symbol, Token};
use super::tree::{Arg, Call, Choice, Cmp, Comparison, Expr, Factor, Op, Sign, Span, Term};
use crate::catalogue::Function;
use crate::expression::Expression;
use crate::names::{Names, References};
use crate::problem::{Problem, ProblemCode};

/// Reads an expression by recursive descent, one method per level of precedence, and resolves every name that can be resolved before the
/// workflow runs.
pub(crate) struct Parser<'s> {
    pub(super) source: &'s str,
    pub(super) names: &'s dyn Names,
    pub(super) lexer: Lexer<'s>,
    /// The word that is read next, and where it begins.
    pub(super) token: Token,
    pub(super) start: usize,
    /// Where the word before it ended.
    pub(super) end: usize,
    depth: usize,
    /// How many elements are bound by the functions around this place.
    pub(super) locals: usize,
    pub(super) references: References,
    pub(super) warnings: Vec<Problem>,
}

/// More warnings about one expression help nobody, and each costs a look through the source.
pub(super) const MOST_WARNINGS: usize = 20;

/// What came out of a successful run of the parser.
pub(crate) struct Parsed {
    pub(crate) root: Expr,
    pub(crate) references: References,
    pub(crate) warnings: Vec<Problem>,
}

pub(super) type Result<T> = std::result::Result<T, Box<Problem>>;

impl<'s> Parser<'s> {
    /// Begins at byte `at`.
    pub(crate) fn new(source: &'s str, at: usize, names: &'s dyn Names) -> Self {
        let mut parser = Self {
            source,
            names,
            lexer: Lexer::new(source, at),
            token: Token::End,
            start: at,
            end: at,
            depth: 0,
            locals: 0,
            references: References::default(),
            warnings: Vec::new(),
        };
        parser.advance();
        parser
    }

    /// The whole source as one expression.
    pub(crate) fn whole(mut self) -> Result<Parsed> {
        if self.token == Token::End {
            return Err(self.problem(ProblemCode::Empty, "there is no expression"));
        }
        let root = self.expression()?;
        if self.token != Token::End {
            return Err(self.unexpected("the end"));
        }
        Ok(self.finish(root))
    }

    /// An expression up to `}}`; also returns the byte behind that.
    pub(crate) fn template(mut self) -> Result<(Parsed, usize)> {
        if self.token == Token::Symbol(Symbol::CloseBrace) {
            return Err(self.problem(ProblemCode::Empty, "there is no expression between `{{` and `}}`"));
        }
        let root = self.expression()?;
        if self.token != Token::Symbol(Symbol::CloseBrace) || !self.lexer.rest().starts_with('}') {
            return Err(self.unexpected("`}}`"));
        }
        let end = self.lexer.at + 1;
        Ok((self.finish(root), end))
    }

    fn finish(self, root: Expr) -> Parsed {
        Parsed { root, references: self.references, warnings: self.warnings }
    }

    pub(super) fn expression(&mut self) -> Result<Expr> {
        let mut arms = Vec::new();
        loop {
            let condition = self.any()?;
            if !self.take(Symbol::Question) {
                return Ok(match arms.len() {
                    0 => condition,
                    _ => Expr::Choose(Box::new(Choice { arms: arms.into(), otherwise: condition })),
                });
            }
            let value = self.nested(Self::expression)?;
            self.expect(Symbol::Colon)?;
            arms.push((condition, value));
        }
    }

    fn any(&mut self) -> Result<Expr> {
        self.joined(Symbol::Or, Self::all, Expr::Any)
    }

    fn all(&mut self) -> Result<Expr> {
        self.joined(Symbol::And, Self::not, Expr::All)
    }

    fn joined(&mut self, by: Symbol, part: fn(&mut Self) -> Result<Expr>, make: fn(Box<[Expr]>) -> Expr) -> Result<Expr> {
        let first = part(self)?;
        if self.token != Token::Symbol(by) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take(by) {
            parts.push(part(self)?);
        }
        Ok(make(parts.into()))
    }

    fn not(&mut self) -> Result<Expr> {
        let mut count = 0;
        while self.take(Symbol::Not) {
            count += 1;
            self.check_depth(count)?;
        }
        let operand = self.comparison()?;
        Ok(match count {
            0 => operand,
            // Twice "not" still makes a boolean of what is none.
            _ if count % 2 == 0 => Expr::Not(Box::new(Expr::Not(Box::new(operand)))),
            _ => Expr::Not(Box::new(operand)),
        })
    }

    fn comparison(&mut self) -> Result<Expr> {
        let left = match self.comparator() {
            Some(_) => {
                let span = Span::new(self.start, self.lexer.at);
                Expr::Shorthand(self.subject(), span)
            }
            None => self.additive()?,
        };
        let Some(op) = self.comparator() else {
            return Ok(left);
        };
        self.advance();
        let right = self.additive()?;
        if self.comparator().is_some() {
            return Err(self.problem(ProblemCode::Syntax, "comparisons cannot be chained; join two with `&&`"));
        }
        let with_null = left.is_null() || right.is_null();
        Ok(Expr::Compare(Box::new(Comparison { op, left, right, with_null })))
    }

    fn comparator(&self) -> Option<Cmp> {
        match self.token {
            Token::Symbol(Symbol::Equal) => Some(Cmp::Equal),
            Token::Symbol(Symbol::NotEqual) => Some(Cmp::NotEqual),
            Token::Symbol(Symbol::Less) => Some(Cmp::Less),
            Token::Symbol(Symbol::LessEqual) => Some(Cmp::LessEqual),
            Token::Symbol(Symbol::Greater) => Some(Cmp::Greater),
            Token::Symbol(Symbol::GreaterEqual) => Some(Cmp::GreaterEqual),
            _ => None,
        }
    }

    fn additive(&mut self) -> Result<Expr> {
        let (first, mut dashed) = self.factor(Op::Add)?;
        let Some(mut op) = self.operator() else {
            return Ok(if dashed { Expr::Dashed(Box::new([first])) } else { first.signed() });
        };
        let mut factors = Vec::with_capacity(2);
        factors.push(first);
        loop {
            self.advance();
            let (factor, has_dash) = self.factor(op)?;
            factors.push(factor);
            dashed |= has_dash;
            match self.operator() {
                Some(next) => op = next,
                None => return Ok(if dashed { Expr::Dashed(factors.into()) } else { sum(factors) }),
            }
        }
    }

    fn operator(&self) -> Option<Op> {
        match self.token {
            Token::Symbol(Symbol::Plus) => Some(Op::Add),
            Token::Symbol(Symbol::Minus) => Some(Op::Subtract),
            Token::Symbol(Symbol::Star) => Some(Op::Multiply),
            Token::Symbol(Symbol::Slash) => Some(Op::Divide),
            Token::Symbol(Symbol::Percent) => Some(Op::Remainder),
            _ => None,
        }
    }

    /// An operand with its signs; also whether a dash in it may be part of a name.
    fn factor(&mut self, op: Op) -> Result<(Factor, bool)> {
        let start = self.start;
        let mut sign = None;
        let mut count = 0;
        loop {
            let negative = match self.token {
                Token::Symbol(Symbol::Plus) => false,
                Token::Symbol(Symbol::Minus) => true,
                _ => break,
            };
            sign = Some(sign.unwrap_or(false) ^ negative);
            count += 1;
            self.check_depth(count)?;
            self.advance();
        }
        let (operand, dashed) = self.postfix()?;
        Ok((Factor { op, sign, operand, span: Span::new(start, self.end) }, dashed))
    }

    pub(super) fn primary(&mut self) -> Result<Expr> {
        let start = self.start;
        match &self.token {
            Token::Number(number) => {
                let number = Value::Number(*number);
                self.advance();
                Ok(Expr::Const(number))
            }
            Token::Text(text) => {
                let text = Value::String(text.clone());
                self.advance();
                Ok(Expr::Const(text))
            }
            Token::Symbol(Symbol::OpenParen) => {
                self.advance();
                let inside = self.nested(Self::expression)?;
                self.expect(Symbol::CloseParen)?;
                Ok(inside)
            }
            Token::Symbol(Symbol::OpenBracket) => {
                self.advance();
                let items = self.arguments(Symbol::CloseBracket, None)?;
                Ok(list(items, Span::new(start, self.end)))
            }
            Token::Name => self.name(),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// A call of `function`, whose name was at `name`; the opening parenthesis is next.
    pub(super) fn call(&mut self, function: &'static Function, name: Span) -> Result<Call> {
        self.expect(Symbol::OpenParen)?;
        let args = self.arguments(Symbol::CloseParen, Some(function))?;
        if !function.accepts(args.len()) {
            let message =
                format!("`{}` takes {}, but {} given: `{}`", function.name, function.wants(), were(args.len()), function.signature());
            return Err(self.problem_at(ProblemCode::WrongArguments, name.start as usize, message));
        }
        self.references.now |= function.name == "now";
        Ok(Call { function, args: args.into(), span: Span::new(name.start as usize, self.end) })
    }

    /// Expressions separated by commas, up to and with `close`.
    fn arguments(&mut self, close: Symbol, of: Option<&Function>) -> Result<Vec<Arg>> {
        let mut args = Vec::new();
        if self.take(close) {
            return Ok(args);
        }
        loop {
            let binds = of.is_some_and(|function| function.binds_element(args.len()));
            self.locals += usize::from(binds);
            let start = self.start;
            let expr = self.nested(Self::expression)?;
            args.push(Arg { expr, span: Span::new(start, self.end) });
            self.locals -= usize::from(binds);
            if self.take(close) {
                return Ok(args);
            }
            if !self.take(Symbol::Comma) {
                return Err(self.unexpected(&format!("`,` or `{}`", close.text())));
            }
        }
    }

    /// Runs `inside` one level deeper.
    pub(super) fn nested(&mut self, inside: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        self.check_depth(1)?;
        self.depth += 1;
        let expr = inside(self)?;
        self.depth -= 1;
        Ok(expr)
    }

    fn check_depth(&self, more: usize) -> Result<()> {
        if self.depth + more > Expression::MAX_DEPTH {
            return Err(self.problem(ProblemCode::TooDeep, format!("the expression nests deeper than {} levels", Expression::MAX_DEPTH)));
        }
        Ok(())
    }

    pub(super) fn advance(&mut self) {
        self.end = self.lexer.at;
        (self.token, self.start) = self.lexer.next();
    }

    /// Goes on at byte `at`.
    pub(super) fn resume_at(&mut self, at: usize) {
        self.lexer.at = at;
        self.advance();
    }

    pub(super) fn take(&mut self, symbol: Symbol) -> bool {
        let found = self.token == Token::Symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: Symbol) -> Result<()> {
        if self.take(symbol) { Ok(()) } else { Err(self.unexpected(&format!("`{}`", symbol.text()))) }
    }

    pub(super) fn problem(&self, code: ProblemCode, message: impl Into<String>) -> Box<Problem> {
        self.problem_at(code, self.start, message)
    }

    pub(super) fn problem_at(&self, code: ProblemCode, at: usize, message: impl Into<String>) -> Box<Problem> {
        Box::new(Problem::new(code, self.source, at, message))
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Box<Problem> {
        let found = match &self.token {
            Token::End => "the end".to_owned(),
            Token::Unknown(character) => format!("the character {character:?}"),
            Token::OpenText => return self.problem(ProblemCode::Syntax, "the text has no closing quote"),
            Token::BadNumber => {
                return self.problem(ProblemCode::Syntax, format!("`{}` is no number", &self.source[self.start..self.lexer.at]));
            }
            Token::Number(_) | Token::Text(_) | Token::Name | Token::Symbol(_) => format!("`{}`", &self.source[self.start..self.lexer.at]),
        };
        self.problem(ProblemCode::Syntax, format!("expected {wanted}, found {found}"))
    }
}

impl Factor {
    fn signed(self) -> Expr {
        match (self.sign, self.operand) {
            (None, operand) => operand,
            (Some(negative), Expr::Const(Value::Number(number))) => Expr::Const(Value::Number(if negative { -number } else { number })),
            (Some(negative), operand) => Expr::Sign(Box::new(Sign { negative, operand, span: self.span })),
        }
    }
}

/// Groups a level by precedence: products first, then the sum of them.
fn sum(factors: Vec<Factor>) -> Expr {
    let is_sum = |factor: &Factor| matches!(factor.op, Op::Add | Op::Subtract);
    let term = |factor: Factor| Term { op: factor.op, span: factor.span, operand: factor.signed() };
    let sums = factors.iter().skip(1).filter(|factor| is_sum(factor)).count();
    let whole = if sums == 0 || sums + 1 == factors.len() {
        // Nearly always there is only one level, which needs no sorting out.
        level(factors.into_iter().map(term).collect())
    } else {
        let mut terms: Vec<Term> = Vec::new();
        let mut product: Vec<Term> = Vec::new();
        for factor in factors {
            if is_sum(&factor) {
                terms.extend(level(std::mem::take(&mut product)));
            }
            product.push(term(factor));
        }
        terms.extend(level(product));
        level(terms)
    };
    whole.map_or(Expr::Const(Value::Null), |term| term.operand)
}

/// One operand from those of a level; `None` when there are none.
fn level(mut terms: Vec<Term>) -> Option<Term> {
    if terms.len() < 2 {
        return terms.pop();
    }
    let (op, span) = (terms[0].op, Span { start: terms[0].span.start, end: terms[terms.len() - 1].span.end });
    Some(Term { op, operand: Expr::Arithmetic(terms.into()), span })
}

/// An array; made at once when all its elements are constants.
fn list(items: Vec<Arg>, span: Span) -> Expr {
    let constants: Option<List> = items
        .iter()
        .map(|item| match &item.expr {
            Expr::Const(value) if value.depth() < Value::MAX_DEPTH => Some(value.clone()),
            _ => None,
        })
        .collect::<Option<Vec<Value>>>()
        .map(List::from);
    match constants {
        Some(list) => Expr::Const(list.into()),
        None => Expr::List(items.into(), span),
    }
}

fn were(count: usize) -> String {
    match count {
        1 => "1 was".to_owned(),
        _ => format!("{count} were"),
    }
}
