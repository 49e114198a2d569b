use thaiyyal_model::{Str, Value};

use crate::error::EvalError;
use crate::evaluate::{Evaluator, truth_at_once, value_at_once};
use crate::names::{Findings, Names, Read, References};
use crate::problem::{Problem, ProblemCode};
use crate::scope::Scope;
use crate::syntax::parser::{Parsed, Parser};
use crate::syntax::tree::Expr;

/// An expression, compiled once and evaluated as often as needed, from any thread.
#[derive(Debug)]
pub struct Expression {
    /// The text that positions in errors refer to.
    source: Str,
    root: Expr,
    references: References,
    /// Most expressions give no cause for any.
    findings: Option<Box<Findings>>,
}

impl Expression {
    /// The longest source, in characters.
    pub const MAX_CHARACTERS: usize = 10_000;

    /// How deep a source may nest: parentheses, brackets, arguments, branches of `? :`, `!` and signs.
    pub const MAX_DEPTH: usize = 200;

    /// Compiles `source` for a workflow with these names.
    pub fn compile(source: &str, names: &dyn Names) -> Result<Self, Problem> {
        check_length(source, 0, source.len())?;
        match Parser::new(source, 0, names).whole() {
            Ok(parsed) => Ok(Self::new(source.into(), parsed)),
            Err(problem) => Err(*problem),
        }
    }

    pub(crate) fn new(source: Str, parsed: Parsed) -> Self {
        Self { source, root: parsed.root, references: parsed.references, findings: parsed.findings }
    }

    /// The value form: a name or field that cannot be resolved is an error, unless something in the expression asks whether it can.
    pub fn eval_value(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.eval_with(&mut Evaluator::new(scope))
    }

    /// The boolean form: what is no boolean, and what cannot be resolved, is false. An error is a failure of another kind (division by
    /// zero, too many steps, ...); the caller decides what it means.
    pub fn eval_bool(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        Evaluator::new(scope).truth(&self.root).map_err(|fault| fault.explain(&self.source))
    }

    /// As [`Expression::eval_value`]; adds the steps it took to `spent`, for callers that share time among many evaluations.
    #[inline]
    pub fn eval_value_metered(&self, scope: &Scope<'_>, spent: &mut u64) -> Result<Value, EvalError> {
        if let Some((value, steps)) = value_at_once(scope, &self.root) {
            *spent = spent.saturating_add(steps);
            return Ok(value);
        }
        self.eval_at_length(scope, spent)
    }

    #[inline(never)]
    fn eval_at_length(&self, scope: &Scope<'_>, spent: &mut u64) -> Result<Value, EvalError> {
        let mut evaluator = Evaluator::new(scope);
        let outcome = self.eval_with(&mut evaluator);
        *spent = spent.saturating_add(evaluator.spent());
        outcome
    }

    /// As [`Expression::eval_bool`]; adds the steps it took to `spent`.
    #[inline]
    pub fn eval_bool_metered(&self, scope: &Scope<'_>, spent: &mut u64) -> Result<bool, EvalError> {
        if let Some((truth, steps)) = truth_at_once(scope, &self.root) {
            *spent = spent.saturating_add(steps);
            return Ok(truth);
        }
        self.test_at_length(scope, spent)
    }

    #[inline(never)]
    fn test_at_length(&self, scope: &Scope<'_>, spent: &mut u64) -> Result<bool, EvalError> {
        let mut evaluator = Evaluator::new(scope);
        let outcome = evaluator.truth(&self.root);
        *spent = spent.saturating_add(evaluator.spent());
        outcome.map_err(|fault| fault.explain(&self.source))
    }

    pub(crate) fn eval_with<'v>(&'v self, evaluator: &mut Evaluator<'v>) -> Result<Value, EvalError> {
        match evaluator.eval(&self.root) {
            Ok(operand) => Ok(operand.into_value()),
            Err(fault) => Err(fault.explain(&self.source)),
        }
    }

    /// What the expression reads.
    pub fn references(&self) -> &References {
        &self.references
    }

    /// What of the workflow around it the expression reads, and where.
    pub fn reads(&self) -> &[Read] {
        self.findings.as_deref().map_or(&[], |findings| &findings.reads)
    }

    /// What is probably a mistake although it can run: references to nodes that do not exist.
    pub fn warnings(&self) -> &[Problem] {
        self.findings.as_deref().map_or(&[], |findings| &findings.warnings)
    }
}

/// Refuses a source that is longer than an expression may be.
pub(crate) fn check_length(source: &str, start: usize, end: usize) -> Result<(), Problem> {
    // No text has more characters than bytes.
    if end.saturating_sub(start) <= Expression::MAX_CHARACTERS {
        return Ok(());
    }
    let length = source.get(start..end).unwrap_or_default().chars().count();
    if length > Expression::MAX_CHARACTERS {
        let message = format!("the expression has {length} characters, {} are allowed", Expression::MAX_CHARACTERS);
        return Err(Problem::new(ProblemCode::TooLong, source, start, message));
    }
    Ok(())
}
