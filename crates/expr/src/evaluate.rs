mod arithmetic;
mod calls;
mod compare;
mod dashes;
mod operand;
mod paths;

use thaiyyal_model::{List, Value};

pub(crate) use operand::{Operand, to_number};

use crate::error::{Cause, Fault};
use crate::scope::Scope;
use crate::syntax::tree::{Arg, Choice, Expr, Span};

/// One evaluation. `'v` is the time in which the expression and all that the scope lends are there, so that results borrow from them.
pub(crate) struct Evaluator<'v> {
    pub(crate) scope: &'v Scope<'v>,
    /// What is left of the allowance.
    steps: u64,
    /// The elements that functions around the current place are at.
    locals: Vec<Value>,
}

pub(crate) type Outcome<'v, T = Operand<'v>> = Result<T, Fault>;

/// How many bytes one step may read or make at once.
const BYTES_PER_STEP: u64 = 64;

impl<'v> Evaluator<'v> {
    pub(crate) fn new(scope: &'v Scope<'v>) -> Self {
        Self { scope, steps: scope.bounds.steps, locals: Vec::new() }
    }

    /// How much of the allowance is used up.
    pub(crate) fn spent(&self) -> u64 {
        self.scope.bounds.steps - self.steps
    }

    /// The value form: whatever cannot be resolved is a failure.
    pub(crate) fn eval(&mut self, expr: &'v Expr) -> Outcome<'v> {
        match expr {
            Expr::Const(value) => Ok(Operand::Ref(value)),
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
            Expr::List(items, span) => self.list(items, *span),
            Expr::Call(call) => self.call(call, None),
            Expr::Shorthand(base, span) => self.shorthand(base, *span),
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

    /// Runs `inside` with elements bound one after the other; its results.
    pub(crate) fn per_element(&mut self, list: &List, expr: &'v Expr) -> Result<Vec<Value>, Fault> {
        let slot = self.locals.len();
        self.spend(list.len() as u64)?;
        self.locals.push(Value::Null);
        let mut results = Vec::with_capacity(list.len());
        let mut outcome = Ok(());
        for item in list {
            self.locals[slot] = item.clone();
            match self.eval(expr) {
                Ok(result) => results.push(result.into_value()),
                Err(fault) => {
                    outcome = Err(fault);
                    break;
                }
            }
        }
        self.locals.truncate(slot);
        outcome.map(|()| results)
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
