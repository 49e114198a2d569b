use thaiyyal_model::Value;

use super::paths::peek;
use super::{Evaluator, Operand, Outcome};
use crate::error::{Cause, Fault};
use crate::scope::Scope;
use crate::syntax::tree::{Expr, Op, Sign, Span, Term};

impl<'v> Evaluator<'v> {
    pub(super) fn arithmetic(&mut self, terms: &'v [Term]) -> Outcome<'v> {
        self.spend(terms.len() as u64 - 1)?;
        let start = terms[0].span.start;
        let Some(mut number) = self.peek_number(&terms[0].operand) else {
            let first = self.eval(&terms[0].operand)?;
            return self.go_on(first, &terms[1..], start);
        };
        for (at, term) in terms.iter().enumerate().skip(1) {
            match self.peek_number(&term.operand) {
                Some(right) => number = calculate(term.op, number, right).map_err(|cause| cause.at(Span { start, end: term.span.end }))?,
                None => return self.go_on(number.into(), &terms[at..], start),
            }
        }
        Ok(number.into())
    }

    /// The rest of a level, when not all of it are numbers that are there already.
    fn go_on(&mut self, mut left: Operand<'v>, rest: &'v [Term], start: u32) -> Outcome<'v> {
        for term in rest {
            let right = self.eval(&term.operand)?;
            left = self.apply(term.op, left, &right, Span { start, end: term.span.end })?;
        }
        Ok(left)
    }

    #[inline(always)]
    fn peek_number(&self, expr: &'v Expr) -> Option<f64> {
        match self.peek(expr) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn sign(&mut self, sign: &'v Sign) -> Outcome<'v> {
        self.spend(1)?;
        let number = self.number(&sign.operand, sign.span)?;
        Ok(Operand::from(if sign.negative { -number } else { number }))
    }

    /// The number that `expr` is.
    pub(crate) fn number(&mut self, expr: &'v Expr, span: Span) -> Outcome<'v, f64> {
        if let Some(number) = self.peek_number(expr) {
            return Ok(number);
        }
        let operand = self.eval(expr)?;
        self.expect_number(&operand, span)
    }

    pub(super) fn apply(&mut self, op: Op, left: Operand<'v>, right: &Operand<'v>, span: Span) -> Outcome<'v> {
        match (plain(&left), plain(right)) {
            (Some(a), Some(b)) => calculate(op, a, b).map(Operand::from).map_err(|cause| cause.at(span)),
            _ => self.apply_text(op, left, right, span),
        }
    }

    /// With a side that is no number but perhaps text that reads as one.
    fn apply_text(&mut self, op: Op, left: Operand<'v>, right: &Operand<'v>, span: Span) -> Outcome<'v> {
        match (self.read(&left)?, self.read(right)?) {
            (Some(a), Some(b)) => calculate(op, a, b).map(Operand::from).map_err(|cause| cause.at(span)),
            _ if op == Op::Add && (left.is_text() || right.is_text()) => self.concat(left, right, span),
            _ if op == Op::Add => Err(Cause::CannotAdd(left.found(), right.found()).at(span)),
            (None, _) => Err(Cause::NotANumber("left", left.found()).at(span)),
            (Some(_), None) => Err(Cause::NotANumber("right", right.found()).at(span)),
        }
    }

    pub(crate) fn expect_number(&mut self, operand: &Operand<'v>, span: Span) -> Outcome<'v, f64> {
        self.read(operand)?.ok_or_else(|| operand.wrong("a number", span))
    }

    fn read(&mut self, operand: &Operand<'v>) -> Outcome<'v, Option<f64>> {
        if operand.is_text() {
            self.spend_bytes(operand.size_bytes())?;
        }
        Ok(operand.number())
    }

    /// Joins the texts of both.
    fn concat(&mut self, left: Operand<'v>, right: &Operand<'v>, span: Span) -> Outcome<'v> {
        self.check_text(left.size_bytes().saturating_add(right.size_bytes()), span)?;
        // Text that was made just before is not shared with anyone and grows in place.
        let mut text = match left {
            Operand::Own(Value::String(text)) => text,
            other => self.text(&other, span)?,
        };
        text.push_str(&self.text(right, span)?);
        Ok(text.into())
    }

    /// Refuses to make a text of about `bytes`.
    pub(crate) fn check_text(&mut self, bytes: u64, span: Span) -> Result<(), Fault> {
        if bytes > self.scope.bounds.value_bytes {
            return Err(Cause::TooLarge.at(span));
        }
        Ok(())
    }
}

/// The number that constants and plain paths joined by operators give, and the steps that it takes: what most expressions are, without
/// an evaluator. `None` when it takes more, or fails.
#[inline]
pub(super) fn number_at_once(scope: &Scope<'_>, terms: &[Term]) -> Option<(f64, u64)> {
    let number = |term: &Term| peek(scope, &[], &term.operand).and_then(Value::as_f64);
    let (first, rest) = terms.split_first()?;
    let steps = rest.len() as u64;
    if steps > scope.bounds.steps {
        return None;
    }
    let mut left = number(first)?;
    for term in rest {
        left = calculate(term.op, left, number(term)?).ok()?;
    }
    Some((left, steps))
}

/// What is a number without reading text.
#[inline]
fn plain(operand: &Operand<'_>) -> Option<f64> {
    match operand {
        Operand::Ref(Value::Number(number)) | Operand::Own(Value::Number(number)) => Some(*number),
        Operand::Ref(_) | Operand::Own(_) | Operand::Date(_) => None,
    }
}

#[inline]
fn calculate(op: Op, a: f64, b: f64) -> Result<f64, Cause> {
    let result = match op {
        Op::Add => a + b,
        Op::Subtract => a - b,
        Op::Multiply => a * b,
        Op::Divide if b == 0.0 => return Err(Cause::DivisionByZero),
        Op::Divide => a / b,
        Op::Remainder if b.trunc() == 0.0 => return Err(Cause::DivisionByZero),
        Op::Remainder => a.trunc() % b.trunc(),
    };
    if result.is_finite() { Ok(result) } else { Err(Cause::NotFinite) }
}
