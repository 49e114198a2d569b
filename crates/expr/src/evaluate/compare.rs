use std::cmp::Ordering;

use thaiyyal_model::Value;

use super::operand::to_number;
use super::paths::peek;
use super::{Evaluator, Operand, Outcome};
use crate::scope::Scope;
use crate::syntax::tree::{Cmp, Comparison};

impl<'v> Evaluator<'v> {
    /// A side that cannot be resolved makes every comparison false, but is equal to the word `null`.
    pub(super) fn compare(&mut self, comparison: &'v Comparison) -> Outcome<'v, bool> {
        self.spend(1)?;
        if let (Some(left), Some(right)) = (self.peek(&comparison.left), self.peek(&comparison.right))
            && let Some(verdict) = at_once(comparison.op, left, right)
        {
            return Ok(verdict);
        }
        let left = self.resolve(&comparison.left)?;
        let right = self.resolve(&comparison.right)?;
        let (left, right) = match (left, right) {
            (Some(left), Some(right)) => (left, right),
            _ if comparison.with_null && comparison.op == Cmp::Equal => return Ok(true),
            _ => return Ok(false),
        };
        match comparison.op {
            Cmp::Equal => self.equal(&left, &right),
            Cmp::NotEqual => Ok(!self.equal(&left, &right)?),
            Cmp::Less => Ok(self.order(&left, &right)? == Some(Ordering::Less)),
            Cmp::LessEqual => Ok(self.order(&left, &right)?.is_some_and(Ordering::is_le)),
            Cmp::Greater => Ok(self.order(&left, &right)? == Some(Ordering::Greater)),
            Cmp::GreaterEqual => Ok(self.order(&left, &right)?.is_some_and(Ordering::is_ge)),
            Cmp::In => self.is_in(&left, &right),
        }
    }

    /// Whether an array has an element equal to `left`, an object a member of that name, or a text that part.
    fn is_in(&mut self, left: &Operand<'v>, right: &Operand<'v>) -> Outcome<'v, bool> {
        match (left.value(), right.value()) {
            (Some(left), Some(Value::List(list))) => {
                for item in list {
                    self.spend(1)?;
                    if self.equal_values(left, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            (Some(Value::String(name)), Some(Value::Map(map))) => Ok(map.contains_key(name)),
            (Some(Value::String(part)), Some(Value::String(text))) => {
                self.spend_bytes(text.len() as u64)?;
                Ok(text.contains(part.as_str()))
            }
            _ => Ok(false),
        }
    }

    /// `==`: numbers and texts that read as numbers by number, the rest by kind and content.
    pub(crate) fn equal(&mut self, left: &Operand<'v>, right: &Operand<'v>) -> Outcome<'v, bool> {
        let (left, right) = match (left, right) {
            (Operand::Date(left), Operand::Date(right)) => return Ok(left == right),
            (left, right) => match (left.value(), right.value()) {
                (Some(left), Some(right)) => (left, right),
                _ => return Ok(false),
            },
        };
        self.equal_values(left, right)
    }

    pub(crate) fn equal_values(&mut self, left: &Value, right: &Value) -> Outcome<'v, bool> {
        if let (Value::Number(left), Value::Number(right)) = (left, right) {
            return Ok(left == right);
        }
        self.spend_bytes(left.size_bytes().min(right.size_bytes()))?;
        self.spend_bytes(text_length(left) + text_length(right))?;
        Ok(match (to_number(left), to_number(right)) {
            (Some(left), Some(right)) => left == right,
            _ => left == right,
        })
    }

    fn order(&mut self, left: &Operand<'v>, right: &Operand<'v>) -> Outcome<'v, Option<Ordering>> {
        if let (Operand::Date(left), Operand::Date(right)) = (left, right) {
            return Ok(Some(left.cmp(right)));
        }
        let (Some(left), Some(right)) = (left.value(), right.value()) else {
            return Ok(None);
        };
        self.spend_bytes(text_length(left) + text_length(right))?;
        Ok(to_number(left).zip(to_number(right)).and_then(|(left, right)| left.partial_cmp(&right)))
    }
}

/// The answer for two constants or plain paths, and the steps that it takes, without an evaluator; `None` when it takes more.
#[inline]
pub(super) fn truth_at_once(scope: &Scope<'_>, comparison: &Comparison) -> Option<(bool, u64)> {
    let left = peek(scope, &[], &comparison.left)?;
    let right = peek(scope, &[], &comparison.right)?;
    if scope.bounds.steps == 0 { None } else { Some((at_once(comparison.op, left, right)?, 1)) }
}

/// The answer for numbers and for short texts that are plainly none; `None` when it takes more.
#[inline]
fn at_once(op: Cmp, left: &Value, right: &Value) -> Option<bool> {
    const SHORT: usize = 64;
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(match op {
            Cmp::Equal => left == right,
            Cmp::NotEqual => left != right,
            Cmp::Less => left < right,
            Cmp::LessEqual => left <= right,
            Cmp::Greater => left > right,
            Cmp::GreaterEqual => left >= right,
            Cmp::In => false,
        }),
        (Value::String(left), Value::String(right)) if right.starts_with(|c: char| c.is_ascii_alphabetic()) && right.len() < SHORT => {
            match op {
                Cmp::Equal => Some(left == right),
                Cmp::NotEqual => Some(left != right),
                Cmp::Less | Cmp::LessEqual | Cmp::Greater | Cmp::GreaterEqual => Some(false),
                Cmp::In => None,
            }
        }
        _ => None,
    }
}

fn text_length(value: &Value) -> u64 {
    value.as_str().map_or(0, |text| text.len() as u64)
}
