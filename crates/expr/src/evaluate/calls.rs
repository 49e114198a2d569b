use jiff::Timestamp;
use thaiyyal_model::{List, Map, Str, Value};

use super::{Evaluator, Operand, Outcome};
use crate::catalogue::{Body, dates};
use crate::error::{Cause, Fault};
use crate::syntax::tree::{Call, Span};

/// What functions need to get at their arguments. An argument that is there by the function's declaration may be asked for by position.
impl<'v> Evaluator<'v> {
    /// Calls a method on its receiver, or a function without one.
    pub(super) fn call(&mut self, call: &'v Call, receiver: Option<Operand<'v>>) -> Outcome<'v> {
        match (&call.function.body, receiver) {
            (Body::Function(body), None) => body(self, call),
            (Body::Method(body), Some(receiver)) => body(self, &receiver, call),
            // The parser made the receiver the first argument: what is bound here.
            (Body::Function(body), Some(receiver)) => {
                let slot = self.locals.len();
                self.locals.push(receiver.into_value());
                let outcome = body(self, call);
                self.locals.truncate(slot);
                outcome
            }
            // The parser takes functions and methods from different lists.
            (Body::Method(_), None) => Err(Cause::Unresolved.at(call.span)),
        }
    }

    pub(crate) fn arg(&mut self, call: &'v Call, at: usize) -> Outcome<'v> {
        self.spend(1)?;
        self.eval(&call.args[at].expr)
    }

    pub(crate) fn arg_number(&mut self, call: &'v Call, at: usize) -> Outcome<'v, f64> {
        let operand = self.arg(call, at)?;
        self.expect_number(&operand, call.args[at].span)
    }

    pub(crate) fn arg_list(&mut self, call: &'v Call, at: usize) -> Outcome<'v, List> {
        self.arg(call, at)?.expect_list(call.args[at].span)
    }

    pub(crate) fn arg_map(&mut self, call: &'v Call, at: usize) -> Outcome<'v, Map> {
        self.arg(call, at)?.expect_map(call.args[at].span)
    }

    pub(crate) fn arg_text(&mut self, call: &'v Call, at: usize) -> Outcome<'v, Str> {
        let operand = self.arg(call, at)?;
        self.text(&operand, call.args[at].span)
    }

    pub(crate) fn arg_date(&mut self, call: &'v Call, at: usize) -> Outcome<'v, Timestamp> {
        let operand = self.arg(call, at)?;
        dates::read(&operand).ok_or_else(|| Cause::NotADate.at(call.args[at].span))
    }

    /// The text of anything, within bounds.
    pub(crate) fn text(&mut self, operand: &Operand<'v>, span: Span) -> Outcome<'v, Str> {
        self.check_text(operand.size_bytes(), span)?;
        self.spend_bytes(operand.size_bytes())?;
        Ok(operand.text())
    }

    /// A method was called on something that it is no method of.
    pub(crate) fn wrong_receiver(&self, receiver: &Operand<'v>, wanted: &'static str, call: &'v Call) -> Fault {
        match receiver.value() {
            Some(Value::Large(_)) => Cause::NotHeld.at(call.span),
            _ => Cause::WrongReceiver(call.function.name, wanted, receiver.found()).at(call.span),
        }
    }

    /// The receiver of a method of texts.
    pub(crate) fn receiver_text(&mut self, receiver: &Operand<'v>, call: &'v Call) -> Result<Str, Fault> {
        if !receiver.is_text() && receiver.value().is_some() {
            return Err(self.wrong_receiver(receiver, "a text", call));
        }
        self.text(receiver, call.span)
    }

    /// The receiver of a method of arrays.
    pub(crate) fn receiver_list(&mut self, receiver: &Operand<'v>, call: &'v Call) -> Result<List, Fault> {
        let list = receiver.value().and_then(|value| value.as_list());
        list.cloned().ok_or_else(|| self.wrong_receiver(receiver, "an array", call))
    }
}
