use std::sync::Arc;

use thaiyyal_expr::{Bounds, Element, EvalCode, EvalError, Expression, References, Scope};
use thaiyyal_model::{Map, Value};

use crate::fault::Fault;
use crate::machine::View;
use crate::node::Run;

/// An expression of a node.
#[derive(Debug)]
pub(crate) struct Formula(Expression);

/// The same of a node that shares it with its tasks.
pub(crate) type SharedFormula = Arc<Formula>;

/// What a node binds for one evaluation.
#[derive(Clone, Copy, Default)]
pub(crate) struct Binding<'a> {
    pub(crate) input: Option<&'a Value>,
    pub(crate) element: Option<Element<'a>>,
    pub(crate) accumulator: Option<&'a Value>,
}

impl<'a> Binding<'a> {
    pub(crate) fn input(input: &'a Value) -> Self {
        Self { input: Some(input), ..Self::default() }
    }

    /// An element of an array, which becomes the input too.
    #[inline(always)]
    pub(crate) fn of(element: Element<'a>) -> Self {
        Self { input: Some(element.item), element: Some(element), accumulator: None }
    }

    #[inline(always)]
    pub(crate) fn with_accumulator(self, accumulator: &'a Value) -> Self {
        Self { accumulator: Some(accumulator), ..self }
    }
}

impl Formula {
    pub(crate) fn new(expression: Expression) -> Self {
        Self(expression)
    }

    pub(crate) fn references(&self) -> &References {
        self.0.references()
    }

    /// The value form. Inlined, so that what it binds goes from register to register where it is called for each element.
    #[inline(always)]
    pub(crate) fn value(&self, run: &Run<'_>, binding: Binding<'_>) -> Result<Value, EvalError> {
        if binding.element.is_none() && run.world.is_in_body() {
            return self.value_in_body(run, binding);
        }
        let mut spent = 0;
        let outcome = self.0.eval_value_metered(&bound(&run.view(), run, binding), &mut spent);
        run.spend(spent);
        outcome
    }

    /// The boolean form, where what cannot be evaluated does not hold. That is an error only when it needs what is not in memory: whether
    /// it holds must not depend on how much there is.
    pub(crate) fn holds(&self, run: &Run<'_>, binding: Binding<'_>) -> Result<bool, Fault> {
        match self.test(run, binding) {
            Ok(holds) => Ok(holds),
            Err(error) if error.code == EvalCode::TooLarge && binding.input.is_some_and(Value::has_large) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }

    /// The boolean form.
    #[inline(always)]
    pub(crate) fn test(&self, run: &Run<'_>, binding: Binding<'_>) -> Result<bool, EvalError> {
        if binding.element.is_none() && run.world.is_in_body() {
            return self.test_in_body(run, binding);
        }
        let mut spent = 0;
        let outcome = self.0.eval_bool_metered(&bound(&run.view(), run, binding), &mut spent);
        run.spend(spent);
        outcome
    }

    #[inline(never)]
    fn value_in_body(&self, run: &Run<'_>, binding: Binding<'_>) -> Result<Value, EvalError> {
        let mut spent = 0;
        let outcome = self.0.eval_value_metered(&scope(&run.view(), run, binding), &mut spent);
        run.spend(spent);
        outcome
    }

    #[inline(never)]
    fn test_in_body(&self, run: &Run<'_>, binding: Binding<'_>) -> Result<bool, EvalError> {
        let mut spent = 0;
        let outcome = self.0.eval_bool_metered(&scope(&run.view(), run, binding), &mut spent);
        run.spend(spent);
        outcome
    }
}

/// What an evaluation sees: what the node binds, and what the bodies around it do.
pub(crate) fn scope<'a>(view: &'a View<'a>, run: &Run<'_>, binding: Binding<'a>) -> Scope<'a> {
    let element = match binding.element {
        None if view.world.is_in_body() => view.world.element(),
        own => own,
    };
    bound(view, run, Binding { element, ..binding })
}

/// What an evaluation sees, when no body around the node binds an element.
#[inline(always)]
fn bound<'a>(view: &'a View<'a>, run: &Run<'_>, binding: Binding<'a>) -> Scope<'a> {
    let Binding { input, element, accumulator } = binding;
    let bounds = Bounds { steps: run.limits.max_expression_steps, value_bytes: run.limits.max_value_bytes };
    Scope { input, element, accumulator, lookup: view, now: run.now, bounds }
}

impl From<EvalError> for Fault {
    fn from(error: EvalError) -> Self {
        let details = Map::from_pairs([("line", error.line), ("column", error.column), ("offset", error.offset)]);
        Self::new(error.code.as_str(), error.to_string()).with_details(details.into())
    }
}
