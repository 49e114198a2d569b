mod arithmetic;
mod calls;
mod compare;
mod dashes;
mod operand;
mod paths;

use std::rc::Rc;

use thaiyyal_model::{List, Map, Str, Value};

pub(crate) use operand::{Operand, to_number};
pub(crate) use paths::place;

use crate::catalogue::pattern::Pattern;
use crate::error::{Cause, Fault};
use crate::scope::Scope;
use crate::syntax::tree::{Arg, Choice, Expr, Piece, Span};

/// One evaluation. `'v` is the time in which the expression and all that the scope lends are there, so that results borrow from them.
pub(crate) struct Evaluator<'v> {
    pub(crate) scope: &'v Scope<'v>,
    /// What is left of the allowance.
    steps: u64,
    /// The elements that functions around the current place are at.
    locals: Vec<Value>,
    /// The last regular expression that was not written out, and what it compiled to.
    pub(crate) pattern: Option<(Str, Rc<Pattern>)>,
}

pub(crate) type Outcome<'v, T = Operand<'v>> = Result<T, Fault>;

/// The value of an expression that needs no evaluator, and the steps that it takes; `None` when it does, or fails.
#[inline(always)]
pub(crate) fn value_at_once(scope: &Scope<'_>, expr: &Expr) -> Option<(Value, u64)> {
    match expr {
        Expr::Arithmetic(terms) => arithmetic::number_at_once(scope, terms).map(|(number, steps)| (Value::Number(number), steps)),
        Expr::Compare(comparison) => compare::truth_at_once(scope, comparison).map(|(truth, steps)| (Value::Bool(truth), steps)),
        other => paths::peek(scope, &[], other).map(|value| (value.clone(), 0)),
    }
}

/// The truth of a comparison that needs no evaluator, and the steps that it takes.
#[inline]
pub(crate) fn truth_at_once(scope: &Scope<'_>, expr: &Expr) -> Option<(bool, u64)> {
    match expr {
        Expr::Compare(comparison) => compare::truth_at_once(scope, comparison),
        _ => None,
    }
}

/// How many bytes one step may read or make at once.
const BYTES_PER_STEP: u64 = 64;

impl<'v> Evaluator<'v> {
    pub(crate) fn new(scope: &'v Scope<'v>) -> Self {
        Self { scope, steps: scope.bounds.steps, locals: Vec::new(), pattern: None }
    }

    /// How much of the allowance is used up.
    pub(crate) fn spent(&self) -> u64 {
        self.scope.bounds.steps - self.steps
    }

    /// The value form: whatever cannot be resolved is a failure.
    pub(crate) fn eval(&mut self, expr: &'v Expr) -> Outcome<'v> {
        match expr {
            Expr::Const(value) => Ok(Operand::Ref(value)),
            Expr::Bound(bound, span) => self.bound_alone(*bound, *span),
            Expr::Path(path) => self.path(path),
            Expr::Postfix(postfix) => self.postfix(postfix),
            Expr::Sign(sign) => self.sign(sign),
            Expr::Arithmetic(terms) => self.arithmetic(terms),
            Expr::Dashed(factors) => self.dashed(factors),
            Expr::Compare(comparison) => self.compare(comparison).map(Operand::from),
            Expr::Not(operand) => Ok(Operand::from(!self.truth(operand)?)),
            Expr::All(operands) => self.all(operands).map(Operand::from),
            Expr::Any(operands) => self.any(operands).map(Operand::from),
            Expr::Choose(choice) => self.choose(choice),
            Expr::Otherwise(operands) => self.otherwise(operands),
            Expr::Interpolated(text) => self.interpolated(&text.0, text.1),
            Expr::List(list) => self.list(&list.0, list.1),
            Expr::Call(call) => self.call(call, None),
            Expr::Shorthand(of) => self.shorthand(&of.0, of.1),
        }
    }

    /// The boolean form: what is no boolean or cannot be resolved is false.
    pub(crate) fn truth(&mut self, expr: &'v Expr) -> Outcome<'v, bool> {
        let result = match expr {
            Expr::Compare(comparison) => return self.compare(comparison),
            Expr::All(operands) => return self.all(operands),
            Expr::Any(operands) => return self.any(operands),
            other => self.eval(other),
        };
        match result {
            Ok(operand) => Ok(operand.value().is_some_and(|value| value.as_bool() == Some(true))),
            Err(fault) if fault.is_unresolved() => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// `None` for what cannot be resolved.
    pub(crate) fn resolve(&mut self, expr: &'v Expr) -> Outcome<'v, Option<Operand<'v>>> {
        match self.eval(expr) {
            Ok(operand) => Ok(Some(operand)),
            Err(fault) if fault.is_unresolved() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    fn all(&mut self, operands: &'v [Expr]) -> Outcome<'v, bool> {
        for operand in operands {
            self.spend(1)?;
            if !self.truth(operand)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn any(&mut self, operands: &'v [Expr]) -> Outcome<'v, bool> {
        for operand in operands {
            self.spend(1)?;
            if self.truth(operand)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn choose(&mut self, choice: &'v Choice) -> Outcome<'v> {
        for (condition, value) in &choice.arms {
            self.spend(1)?;
            if self.truth(condition)? {
                return self.eval(value);
            }
        }
        self.eval(&choice.otherwise)
    }

    /// The last operand fails like any expression; the others may.
    fn otherwise(&mut self, operands: &'v [Expr]) -> Outcome<'v> {
        let Some((last, others)) = operands.split_last() else { return Ok(Operand::NULL) };
        for operand in others {
            self.spend(1)?;
            match self.resolve(operand)? {
                Some(operand) if !operand.is_null() => return Ok(operand),
                _ => {}
            }
        }
        self.eval(last)
    }

    fn interpolated(&mut self, pieces: &'v [Piece], span: Span) -> Outcome<'v> {
        let mut text = String::new();
        for piece in pieces {
            self.spend(1)?;
            match piece {
                Piece::Text(own) => text.push_str(own),
                Piece::Expr(expr, place) => {
                    let operand = self.eval(expr)?;
                    self.check_text(operand.size_bytes().saturating_add(text.len() as u64), *place)?;
                    self.spend_bytes(operand.size_bytes())?;
                    operand.write_text(&mut text);
                }
            }
        }
        self.check_text(text.len() as u64, span)?;
        Ok(Str::from(text).into())
    }

    fn list(&mut self, items: &'v [Arg], span: Span) -> Outcome<'v> {
        self.spend(items.len() as u64)?;
        let items = items.iter().map(|item| Ok(self.eval(&item.expr)?.into_value())).collect::<Result<Vec<Value>, Fault>>()?;
        self.made(items, span)
    }

    /// An array that the expression made, unless it is too large or deep.
    pub(crate) fn made(&mut self, items: Vec<Value>, span: Span) -> Outcome<'v> {
        let list = Value::from(List::from(items));
        if list.size_bytes() > self.scope.bounds.value_bytes {
            return Err(Cause::TooLarge.at(span));
        }
        if list.depth() > Value::MAX_DEPTH {
            return Err(Cause::TooDeep.at(span));
        }
        Ok(Operand::Own(list))
    }

    /// An object that the expression made, unless it is too large or deep.
    pub(crate) fn made_map(&mut self, map: Map, span: Span) -> Outcome<'v> {
        let map = Value::from(map);
        if map.size_bytes() > self.scope.bounds.value_bytes {
            return Err(Cause::TooLarge.at(span));
        }
        if map.depth() > Value::MAX_DEPTH {
            return Err(Cause::TooDeep.at(span));
        }
        Ok(Operand::Own(map))
    }

    /// Takes `steps` from the allowance.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Fault> {
        spend(&mut self.steps, steps)
    }

    /// Takes the steps for reading or making that many bytes.
    pub(crate) fn spend_bytes(&mut self, bytes: u64) -> Result<(), Fault> {
        self.spend(bytes / BYTES_PER_STEP)
    }

    /// Takes the steps for handling that many elements one after the other.
    pub(crate) fn spend_elements(&mut self, elements: usize) -> Result<(), Fault> {
        self.spend_bytes((elements * size_of::<Value>()) as u64)
    }

    /// Takes the steps for sorting that many things, which have so many bytes in all.
    pub(crate) fn spend_sorting(&mut self, count: usize, bytes: u64) -> Result<(), Fault> {
        let rounds = u64::from(count.max(2).ilog2());
        self.spend_bytes(rounds.saturating_mul((count * size_of::<Value>()) as u64 + bytes))
    }

    /// The value of `arg` for each element.
    pub(crate) fn per_element(&mut self, list: &List, arg: &'v Arg) -> Outcome<'v, Vec<Value>> {
        let slot = self.open(arg);
        let mut results = Vec::with_capacity(list.len());
        let mut outcome = Ok(());
        for (at, item) in list.iter().enumerate() {
            self.bind(slot, at, item);
            match self.eval(&arg.expr) {
                Ok(result) => results.push(result.into_value()),
                Err(fault) => outcome = Err(fault),
            }
            if outcome.is_ok() {
                outcome = self.spend(1);
            }
            if outcome.is_err() {
                break;
            }
        }
        self.locals.truncate(slot);
        outcome.map(|()| results)
    }

    /// The position of the first element from `from` on for which it is `wanted` that `arg` is true.
    pub(crate) fn first_where(&mut self, list: &List, arg: &'v Arg, from: usize, wanted: bool) -> Outcome<'v, Option<usize>> {
        let slot = self.open(arg);
        let mut outcome = Ok(None);
        for (at, item) in list.iter().enumerate().skip(from) {
            self.bind(slot, at, item);
            outcome = match self.truth(&arg.expr) {
                Ok(verdict) if verdict == wanted => Ok(Some(at)),
                Ok(_) => self.spend(1).map(|()| None),
                Err(fault) => Err(fault),
            };
            if !matches!(outcome, Ok(None)) {
                break;
            }
        }
        self.locals.truncate(slot);
        outcome
    }

    /// Makes room for what `arg` binds.
    fn open(&mut self, arg: &Arg) -> usize {
        let slot = self.locals.len();
        self.locals.resize(slot + arg.binds, Value::Null);
        slot
    }

    fn bind(&mut self, slot: usize, at: usize, item: &Value) {
        if let Some(element) = self.locals.get_mut(slot) {
            *element = item.clone();
        }
        if let Some(index) = self.locals.get_mut(slot + 1) {
            *index = Value::from(at);
        }
    }
}

fn spend(left: &mut u64, steps: u64) -> Result<(), Fault> {
    match left.checked_sub(steps) {
        Some(rest) => {
            *left = rest;
            Ok(())
        }
        None => {
            // Nothing that catches a failure may go on.
            *left = 0;
            Err(Cause::TooManySteps.at(Span { start: 0, end: 0 }))
        }
    }
}
