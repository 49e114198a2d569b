use std::sync::Arc;

use thaiyyal_model::{List, Value};

use super::lexer::{Lexer, Symbol, Token, text_at};
use super::tree::{Arg, Base, Call, Choice, Cmp, Comparison, Expr, Factor, Op, Path, Piece, Sign, Span, Term};
use crate::catalogue::Function;
use crate::catalogue::pattern::Pattern;
use crate::expression::Expression;
use crate::names::{Findings, Names, References};
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
    /// How many values are bound by the functions around this place.
    pub(super) locals: usize,
    /// Which of them `item`, `input` and bare names mean; `None` where they are those of the node.
    pub(super) subject: Option<usize>,
    /// The parameters of the lambdas around this place, with what they stand for; the innermost last.
    pub(super) params: Vec<(&'s str, usize)>,
    /// How many regular expressions are written out so far.
    patterns: usize,
    pub(super) references: References,
    pub(super) findings: Option<Box<Findings>>,
}

/// More warnings about one expression help nobody, and each costs a look through the source.
pub(super) const MOST_WARNINGS: usize = 20;
/// Nor are more places checked.
pub(super) const MOST_READS: usize = 200;

/// What came out of a successful run of the parser.
pub(crate) struct Parsed {
    pub(crate) root: Expr,
    pub(crate) references: References,
    pub(crate) findings: Option<Box<Findings>>,
}

pub(super) type Result<T> = std::result::Result<T, Box<Problem>>;

impl<'s> Parser<'s> {
    /// Begins at byte `at`.
    #[inline]
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
            subject: None,
            params: Vec::new(),
            patterns: 0,
            references: References::default(),
            findings: None,
        };
        parser.advance();
        parser
    }

    /// The whole source as one expression.
    #[inline]
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
        Parsed { root, references: self.references, findings: self.findings }
    }

    pub(super) fn expression(&mut self) -> Result<Expr> {
        let condition = self.condition()?;
        if self.token == Token::Symbol(Symbol::Question) { self.choose(condition) } else { Ok(condition) }
    }

    /// What follows the first condition of `c1 ? x : c2 ? y : z`.
    #[inline(never)]
    fn choose(&mut self, first: Expr) -> Result<Expr> {
        let mut condition = first;
        let mut arms = Vec::new();
        while self.take(Symbol::Question) {
            let value = self.nested(Self::expression)?;
            self.expect(Symbol::Colon)?;
            arms.push((condition, value));
            condition = self.condition()?;
        }
        Ok(Expr::Choose(Box::new(Choice { arms: arms.into(), otherwise: condition })))
    }

    /// Operands joined by `&&`, `||` and `??`, from the tightest to the loosest. One loop instead of a method per level, because every
    /// frame between two levels of nesting counts against the stack.
    fn condition(&mut self) -> Result<Expr> {
        let first = self.not()?;
        match self.token {
            Token::Symbol(Symbol::And | Symbol::Or | Symbol::Otherwise) => self.connected(first),
            _ => Ok(first),
        }
    }

    fn connected(&mut self, first: Expr) -> Result<Expr> {
        let (mut otherwise, mut any, mut all) = (Vec::new(), Vec::new(), vec![first]);
        loop {
            match self.token {
                Token::Symbol(Symbol::And) => {}
                Token::Symbol(Symbol::Or) => any.push(joined(&mut all, Expr::All)),
                Token::Symbol(Symbol::Otherwise) => {
                    any.push(joined(&mut all, Expr::All));
                    otherwise.push(joined(&mut any, Expr::Any));
                }
                _ => {
                    any.push(joined(&mut all, Expr::All));
                    otherwise.push(joined(&mut any, Expr::Any));
                    return Ok(joined(&mut otherwise, Expr::Otherwise));
                }
            }
            self.advance();
            all.push(self.not()?);
        }
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
                Expr::Shorthand(Box::new((self.subject(), span)))
            }
            None => self.additive()?,
        };
        let Some(op) = self.comparator().or_else(|| self.is_in().then_some(Cmp::In)) else {
            return Ok(left);
        };
        self.advance();
        let right = self.additive()?;
        if self.comparator().is_some() || self.is_in() {
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

    /// Whether the word `in` stands here, which is an operator only behind an operand.
    fn is_in(&self) -> bool {
        self.token == Token::Name && &self.source[self.start..self.lexer.at] == "in"
    }

    fn additive(&mut self) -> Result<Expr> {
        let (first, mut dashed) = self.factor(Op::Add)?;
        let Some(mut op) = self.operator() else {
            return Ok(if dashed { Expr::Dashed(Box::new([first])) } else { first.signed() });
        };
        self.advance();
        let (second, has_dash) = self.factor(op)?;
        dashed |= has_dash;
        match self.operator() {
            None if !dashed => return Ok(Expr::Arithmetic(Box::new([first.term(), second.term()]))),
            None => return Ok(Expr::Dashed(Box::new([first, second]))),
            Some(next) => op = next,
        }
        let mut factors = vec![first, second];
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
        match self.token {
            Token::Number(number) => {
                self.advance();
                Ok(Expr::Const(Value::Number(number)))
            }
            Token::Text => {
                self.advance();
                Ok(Expr::Const(Value::String(text_at(self.source, start))))
            }
            Token::Symbol(Symbol::OpenParen) => {
                self.advance();
                let inside = self.nested(Self::expression)?;
                self.expect(Symbol::CloseParen)?;
                Ok(inside)
            }
            Token::Symbol(Symbol::OpenBracket) => {
                self.advance();
                let items = self.arguments(Symbol::CloseBracket, None, Vec::new())?;
                Ok(list(items, Span::new(start, self.end)))
            }
            Token::Symbol(Symbol::Backtick) => self.interpolated(),
            Token::Name => self.name(),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// A text between backticks; the first of them is the current word.
    fn interpolated(&mut self) -> Result<Expr> {
        let start = self.start;
        let mut pieces = Vec::new();
        loop {
            let Some((text, closed)) = self.lexer.piece() else {
                return Err(self.problem_at(ProblemCode::Syntax, start, "the text has no closing backtick"));
            };
            if closed && pieces.is_empty() {
                self.advance();
                return Ok(Expr::Const(Value::String(text)));
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(text));
            }
            self.advance();
            if closed {
                return Ok(Expr::Interpolated(Box::new((pieces.into(), Span::new(start, self.end)))));
            }
            let from = self.start;
            let inside = self.nested(Self::expression)?;
            pieces.push(Piece::Expr(inside, Span::new(from, self.end)));
            if self.token != Token::Symbol(Symbol::CloseBrace) {
                return Err(self.unexpected("`}`"));
            }
        }
    }

    /// A call of `function`, whose name was at `name`; the opening parenthesis is next.
    pub(super) fn call(&mut self, function: &'static Function, name: Span) -> Result<Call> {
        self.call_with(function, name, Vec::new())
    }

    /// A function that goes through an array, written behind it: the array is bound while the call is evaluated.
    pub(super) fn call_on_array(&mut self, function: &'static Function, name: Span) -> Result<Call> {
        let path = Path { base: Base::Local(self.locals), keys: Box::default(), span: name };
        self.locals += 1;
        let call = self.call_with(function, name, vec![Arg { expr: Expr::Path(Box::new(path)), span: name, binds: 0 }]);
        self.locals -= 1;
        call
    }

    fn call_with(&mut self, function: &'static Function, name: Span, given: Vec<Arg>) -> Result<Call> {
        self.expect(Symbol::OpenParen)?;
        let args = self.arguments(Symbol::CloseParen, Some(function), given)?;
        if !function.accepts(args.len()) {
            let message =
                format!("`{}` takes {}, but {} given: `{}`", function.name, function.wants(), were(args.len()), function.signature());
            return Err(self.problem_at(ProblemCode::WrongArguments, name.start as usize, message));
        }
        self.references.now |= function.name == "now";
        let pattern = match function.pattern_at() {
            Some(at) => self.pattern(&args[at])?,
            None => None,
        };
        Ok(Call { function, args: args.into(), pattern, span: Span::new(name.start as usize, self.end) })
    }

    /// The regular expression that is written out as an argument, compiled.
    fn pattern(&mut self, arg: &Arg) -> Result<Option<Arc<Pattern>>> {
        let Expr::Const(Value::String(source)) = &arg.expr else { return Ok(None) };
        self.patterns += 1;
        let compiled = match () {
            () if self.patterns > Pattern::MOST => Err(format!("an expression may have {}", Pattern::MOST)),
            () if !self.names.admits_pattern() => Err("the workflow has too many".to_owned()),
            () => self.names.pattern(source).map_or_else(|| Pattern::new(source).map(|new| self.noted(source, new)), Ok),
        };
        match compiled {
            Ok(pattern) => Ok(Some(pattern)),
            Err(why) => {
                let message = format!("the regular expression cannot be used: {why}");
                Err(self.problem_at(ProblemCode::InvalidPattern, arg.span.start as usize, message))
            }
        }
    }

    fn noted(&self, source: &str, new: Pattern) -> Arc<Pattern> {
        let pattern = Arc::new(new);
        self.names.note_pattern(source, &pattern);
        pattern
    }

    /// Expressions separated by commas, up to and with `close`, behind those that are given already.
    fn arguments(&mut self, close: Symbol, of: Option<&Function>, mut args: Vec<Arg>) -> Result<Vec<Arg>> {
        if self.take(close) {
            return Ok(args);
        }
        loop {
            let start = self.start;
            let (expr, binds) = match of {
                Some(function) if function.binds_element(args.len()) => self.per_element()?,
                _ => (self.nested(Self::expression)?, 0),
            };
            args.push(Arg { expr, span: Span::new(start, self.end), binds });
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
        self.token = self.lexer.next();
        self.start = self.lexer.start;
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
        let found = match self.token {
            Token::End => "the end".to_owned(),
            Token::Unknown(character) => format!("the character {character:?}"),
            Token::OpenText => return self.problem(ProblemCode::Syntax, "the text has no closing quote"),
            Token::Symbol(Symbol::Arrow) => {
                let message =
                    "`=>` belongs behind a name, in the argument of a function that goes through elements: `map(items, x => x.price)`";
                return self.problem(ProblemCode::Syntax, message);
            }
            Token::BadNumber => {
                return self.problem(ProblemCode::Syntax, format!("`{}` is no number", &self.source[self.start..self.lexer.at]));
            }
            Token::Number(_) | Token::Text | Token::Name | Token::Symbol(_) => format!("`{}`", &self.source[self.start..self.lexer.at]),
        };
        self.problem(ProblemCode::Syntax, format!("expected {wanted}, found {found}"))
    }
}

impl Factor {
    #[inline]
    fn term(self) -> Term {
        Term { op: self.op, span: self.span, operand: self.signed() }
    }

    #[inline]
    fn signed(self) -> Expr {
        match self.sign {
            None => self.operand,
            Some(negative) => signed(negative, self.operand, self.span),
        }
    }
}

#[inline(never)]
fn signed(negative: bool, operand: Expr, span: Span) -> Expr {
    match operand {
        Expr::Const(Value::Number(number)) => Expr::Const(Value::Number(if negative { -number } else { number })),
        operand => Expr::Sign(Box::new(Sign { negative, operand, span })),
    }
}

/// One operand of those of a level, which is empty afterwards.
fn joined(parts: &mut Vec<Expr>, make: fn(Box<[Expr]>) -> Expr) -> Expr {
    let mut parts = std::mem::take(parts);
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            make(parts.into())
        }
    }
}

/// Groups a level by precedence: products first, then the sum of them.
fn sum(factors: Vec<Factor>) -> Expr {
    let is_sum = |factor: &Factor| matches!(factor.op, Op::Add | Op::Subtract);
    let sums = factors.iter().skip(1).filter(|factor| is_sum(factor)).count();
    let whole = if sums == 0 || sums + 1 == factors.len() {
        // Nearly always there is only one level, which needs no sorting out.
        level(factors.into_iter().map(Factor::term).collect())
    } else {
        let mut terms: Vec<Term> = Vec::new();
        let mut product: Vec<Term> = Vec::new();
        for factor in factors {
            if is_sum(&factor) {
                terms.extend(level(std::mem::take(&mut product)));
            }
            product.push(factor.term());
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
        None => Expr::List(Box::new((items.into(), span))),
    }
}

fn were(count: usize) -> String {
    match count {
        1 => "1 was".to_owned(),
        _ => format!("{count} were"),
    }
}
