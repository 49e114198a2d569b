use std::borrow::Cow;

use thaiyyal_model::{List, Str, Value};

use super::operand::to_number;
use super::{BYTES_PER_STEP, Evaluator, Operand, Outcome, spend};
use crate::error::{Cause, Fault};
use crate::scope::Scope;
use crate::syntax::tree::{Base, Bound, Expr, Head, Key, Link, Path, Postfix, Range, Span};

/// Where a path begins.
enum Origin<'v> {
    Ref(&'v Value),
    Number(f64),
    /// A binding of a function, or a field of it.
    Local(usize, Option<&'v Str>),
}

/// Where it ends.
enum End<'x> {
    Ref(&'x Value),
    Number(f64),
}

impl<'v> Evaluator<'v> {
    pub(super) fn path(&mut self, path: &'v Path) -> Outcome<'v> {
        if let Some(value) = self.lent(&path.base).and_then(|value| follow(value, &path.keys)) {
            return Ok(Operand::Ref(value));
        }
        match self.origin(&path.base) {
            Some(Origin::Ref(value)) => match walk(&mut self.steps, value, &path.keys, path.span)? {
                End::Ref(value) => Ok(Operand::Ref(value)),
                End::Number(number) => Ok(number.into()),
            },
            Some(Origin::Number(number)) if path.keys.is_empty() => Ok(number.into()),
            Some(Origin::Local(slot, field)) => self.local(slot, field, path),
            Some(Origin::Number(_)) | None => Err(Cause::Unresolved.at(path.span)),
        }
    }

    /// A name that nodes bind, by itself.
    pub(super) fn bound_alone(&mut self, bound: Bound, span: Span) -> Outcome<'v> {
        match self.bound_or_bare(bound) {
            Some(Origin::Ref(value)) => Ok(Operand::Ref(value)),
            Some(Origin::Number(number)) => Ok(number.into()),
            Some(Origin::Local(..)) | None => Err(Cause::Unresolved.at(span)),
        }
    }

    /// What a constant or plain path stands for, without a step. `None` when it needs the longer way: to be computed, or to fail.
    #[inline]
    pub(super) fn peek(&self, expr: &'v Expr) -> Option<&Value> {
        peek(self.scope, &self.locals, expr)
    }

    #[inline]
    fn lent(&self, base: &'v Base) -> Option<&'v Value> {
        lent(self.scope, base)
    }

    fn local(&mut self, slot: usize, field: Option<&Str>, path: &Path) -> Outcome<'v> {
        let value = match field {
            Some(name) => self.locals[slot].get(name),
            None => Some(&self.locals[slot]),
        };
        match walk(&mut self.steps, value.ok_or_else(|| Cause::Unresolved.at(path.span))?, &path.keys, path.span)? {
            End::Ref(value) => Ok(Operand::Own(value.clone())),
            End::Number(number) => Ok(number.into()),
        }
    }

    fn origin(&self, base: &'v Base) -> Option<Origin<'v>> {
        let lookup = self.scope.lookup;
        match base {
            Base::Bound(bound) => self.bound_or_bare(*bound),
            Base::BoundVariable(Bound::Input) => self.variable("input").or_else(|| self.bound(Bound::Input)),
            Base::BoundVariable(Bound::Accumulator) => self.bound(Bound::Accumulator).or_else(|| self.variable("accumulator")),
            Base::BoundVariable(bound) if self.scope.element.is_some() => self.bound(*bound),
            Base::BoundVariable(bound) => self.variable(bound.name()),
            Base::Local(slot) => Some(Origin::Local(*slot, None)),
            Base::Bare(name) => self.bare(name),
            Base::BareLocal(slot, name) if self.locals[*slot].get(name).is_some() => Some(Origin::Local(*slot, Some(name))),
            Base::BareLocal(_, name) | Base::Variable(name) => self.variable(name),
            Base::Context(name) => self.context(name).map(Origin::Ref),
            Base::Node(index) => lookup.node(*index).map(Origin::Ref),
            Base::NoNode => None,
            Base::Trigger => lookup.trigger().map(Origin::Ref),
            Base::Execution => lookup.execution().map(Origin::Ref),
            Base::Env => lookup.env().map(Origin::Ref),
        }
    }

    /// What the node binds to the name, or else a field or variable that has it.
    fn bound_or_bare(&self, bound: Bound) -> Option<Origin<'v>> {
        self.bound(bound).or_else(|| match bound {
            Bound::Input | Bound::Item => None,
            Bound::Index | Bound::Items | Bound::Accumulator => self.bare(bound.name()),
        })
    }

    /// What the node binds to the name.
    fn bound(&self, bound: Bound) -> Option<Origin<'v>> {
        let scope = self.scope;
        match bound {
            Bound::Input => scope.input.map(Origin::Ref),
            Bound::Item => scope.element.map(|element| element.item).or(scope.input).map(Origin::Ref),
            Bound::Index => scope.element.map(|element| Origin::Number(element.index as f64)),
            Bound::Items => scope.element.map(|element| Origin::Ref(element.items)),
            Bound::Accumulator => scope.accumulator.map(Origin::Ref),
        }
    }

    /// A field of the input or else a workflow variable.
    fn bare(&self, name: &str) -> Option<Origin<'v>> {
        self.scope.input.and_then(|input| input.get(name)).map(Origin::Ref).or_else(|| self.variable(name))
    }

    fn variable(&self, name: &str) -> Option<Origin<'v>> {
        self.scope.lookup.variable(name).map(Origin::Ref)
    }

    fn context(&self, name: &str) -> Option<&'v Value> {
        let lookup = self.scope.lookup;
        lookup.context_variable(name).or_else(|| lookup.context_constant(name))
    }

    /// The left side of a shorthand comparison.
    pub(super) fn shorthand(&mut self, base: &'v Base, span: Span) -> Outcome<'v> {
        match self.origin(base) {
            Some(Origin::Ref(value)) => Ok(Operand::Ref(unwrap(value))),
            Some(Origin::Local(slot, _)) => Ok(Operand::Own(unwrap(&self.locals[slot]).clone())),
            Some(Origin::Number(_)) | None => Err(Cause::Unresolved.at(span)),
        }
    }

    pub(super) fn postfix(&mut self, postfix: &'v Postfix) -> Outcome<'v> {
        let Head::Expr(head) = &postfix.base else {
            // A dashed name stands only in a level of its own, which does not come here.
            return Err(Cause::Unresolved.at(Span { start: 0, end: 0 }));
        };
        if postfix.has_guards {
            return self.guarded_postfix(head, &postfix.links);
        }
        let mut value = self.eval(head)?;
        for link in &postfix.links {
            value = self.link(value, link)?;
        }
        Ok(value)
    }

    fn guarded_postfix(&mut self, head: &'v Expr, links: &'v [Link]) -> Outcome<'v> {
        let head = self.eval(head);
        let Some(mut value) = guarded(head, links)? else { return Ok(Operand::NULL) };
        for (at, link) in links.iter().enumerate() {
            let next = self.link(value, link);
            value = match guarded(lenient(next, &links[..at], link), &links[at + 1..])? {
                Some(value) => value,
                None => return Ok(Operand::NULL),
            };
        }
        Ok(value)
    }

    pub(super) fn link(&mut self, value: Operand<'v>, link: &'v Link) -> Outcome<'v> {
        self.spend(1)?;
        match link {
            Link::Key(key, span) => {
                if matches!(key, Key::Length) {
                    self.spend_bytes(text_bytes(value.value()))?;
                }
                value.part(|value| step(value, key)).ok_or_else(|| Cause::Unresolved.at(*span))
            }
            Link::At(index, span) => self.at(value, index, *span),
            Link::Slice(range) => self.slice(&value, range),
            Link::Guard => Ok(value),
            Link::Method(call) => self.call(call, Some(value)),
            Link::Dashed(name) => {
                value.part(|value| value.get(name.joined.last()?).map(Cow::Borrowed)).ok_or_else(|| Cause::Unresolved.at(name.span))
            }
        }
    }

    /// `[expression]`: a position in an array or, with a text, a member of an object.
    fn at(&mut self, value: Operand<'v>, index: &'v Expr, span: Span) -> Outcome<'v> {
        let index = self.eval(index)?;
        let part = match (value.value(), index.value()) {
            (Some(Value::List(_)), Some(index)) => to_number(index)
                .filter(|position| *position >= 0.0 && position.fract() == 0.0)
                .and_then(|position| value.part(|value| value.as_list()?.get(position as usize).map(Cow::Borrowed))),
            (Some(Value::Map(_)), Some(Value::String(key))) => value.part(|value| value.get(key).map(Cow::Borrowed)),
            _ => None,
        };
        part.ok_or_else(|| Cause::Unresolved.at(span))
    }

    /// `[start:end]` of an array's elements or a text's characters.
    fn slice(&mut self, value: &Operand<'v>, range: &'v Range) -> Outcome<'v> {
        let start = self.bound_of(range.start.as_ref(), range.span)?;
        let end = self.bound_of(range.end.as_ref(), range.span)?;
        match value.value() {
            Some(Value::List(list)) => {
                let part = &list[between(start, end, list.len())];
                self.spend_elements(part.len())?;
                Ok(Value::from(List::from(part)).into())
            }
            Some(Value::String(text)) => {
                self.spend_bytes(text.len() as u64)?;
                let part = between(start, end, text.chars().count());
                let at = |character: usize| text.char_indices().nth(character).map_or(text.len(), |(at, _)| at);
                Ok(Str::from(&text[at(part.start)..at(part.end)]).into())
            }
            _ => Err(value.wrong("an array or a text", range.span)),
        }
    }

    fn bound_of(&mut self, expr: Option<&'v Expr>, span: Span) -> Outcome<'v, Option<f64>> {
        expr.map(|expr| self.number(expr, span)).transpose()
    }

    /// A member of `variables` or `context`.
    pub(super) fn namespaced(&self, head: &Head, name: &str) -> Option<&'v Value> {
        match head {
            Head::Variables => self.scope.lookup.variable(name),
            Head::Context => self.context(name),
            Head::Expr(_) => None,
        }
    }
}

/// As [`Evaluator::peek`], with what functions bind around the place.
#[inline]
pub(super) fn peek<'x>(scope: &Scope<'x>, locals: &'x [Value], expr: &'x Expr) -> Option<&'x Value> {
    let of_base = |base: &'x Base| match base {
        Base::Local(slot) => locals.get(*slot),
        other => lent(scope, other),
    };
    match expr {
        Expr::Const(value) => Some(value),
        Expr::Bound(bound, _) => lent_bound(scope, *bound),
        Expr::Path(path) => follow(of_base(&path.base)?, &path.keys),
        Expr::Shorthand(of) => of_base(&of.0).map(unwrap),
        _ => None,
    }
}

/// What the scope lends for the commonest beginnings of a path.
#[inline]
fn lent<'x>(scope: &Scope<'x>, base: &'x Base) -> Option<&'x Value> {
    match base {
        Base::Bound(bound) => lent_bound(scope, *bound),
        Base::Variable(name) => scope.lookup.variable(name),
        Base::Node(index) => scope.lookup.node(*index),
        _ => None,
    }
}

#[inline]
fn lent_bound<'x>(scope: &Scope<'x>, bound: Bound) -> Option<&'x Value> {
    match bound {
        Bound::Input => scope.input,
        Bound::Item => scope.element.map(|element| element.item).or(scope.input),
        Bound::Accumulator => scope.accumulator,
        Bound::Index | Bound::Items => None,
    }
}

/// The places between two positions in something of that length.
fn between(start: Option<f64>, end: Option<f64>, length: usize) -> std::ops::Range<usize> {
    let start = start.map_or(0, |start| place(start, length));
    let end = end.map_or(length, |end| place(end, length));
    start..end.max(start)
}

/// A place in something of that length: truncated, from the end when negative, never outside.
pub(crate) fn place(position: f64, length: usize) -> usize {
    let position = position.trunc();
    let from_start = if position < 0.0 { position + length as f64 } else { position };
    from_start.clamp(0.0, length as f64) as usize
}

/// What comes in front of `links`; `None` when a `?.` ends the chain there.
pub(super) fn guarded<'v>(value: Outcome<'v>, links: &[Link]) -> Outcome<'v, Option<Operand<'v>>> {
    if !matches!(links.first(), Some(Link::Guard)) {
        return value.map(Some);
    }
    match value {
        Ok(value) if value.is_null() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(fault) if fault.is_unresolved() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What `link` gives; null when it is missing and a `?.` stands before it.
pub(super) fn lenient<'v>(value: Outcome<'v>, before: &[Link], link: &Link) -> Outcome<'v> {
    match value {
        Err(fault) if fault.is_unresolved() && matches!(before.last(), Some(Link::Guard)) && !matches!(link, Link::Method(_)) => {
            Ok(Operand::NULL)
        }
        value => value,
    }
}

/// Below as many `value` members as there are.
fn unwrap(mut value: &Value) -> &Value {
    while let Some(inner) = value.get("value") {
        value = inner;
    }
    value
}

/// Where fields and indexes lead; `None` also when a length would have to be computed.
#[inline]
fn follow<'x>(mut value: &'x Value, keys: &[Key]) -> Option<&'x Value> {
    for key in keys {
        value = match key {
            Key::Field(name) => value.get(name)?,
            Key::At(index) => value.as_list()?.get(*index)?,
            Key::Length => return None,
        };
    }
    Some(value)
}

fn walk<'x>(steps: &mut u64, mut value: &'x Value, keys: &[Key], span: Span) -> Result<End<'x>, Fault> {
    let unresolved = || Cause::Unresolved.at(span);
    for (at, key) in keys.iter().enumerate() {
        value = match key {
            Key::Field(name) => value.get(name).ok_or_else(unresolved)?,
            Key::At(index) => value.as_list().and_then(|list| list.get(*index)).ok_or_else(unresolved)?,
            Key::Length => match value.get("length") {
                Some(own) => own,
                None if at + 1 == keys.len() => {
                    spend(steps, text_bytes(Some(value)) / BYTES_PER_STEP)?;
                    return length(value).map(End::Number).ok_or_else(unresolved);
                }
                None => return Err(unresolved()),
            },
        };
    }
    Ok(End::Ref(value))
}

fn step<'x>(value: &'x Value, key: &Key) -> Option<Cow<'x, Value>> {
    match key {
        Key::Field(name) => value.get(name).map(Cow::Borrowed),
        Key::At(index) => value.as_list()?.get(*index).map(Cow::Borrowed),
        Key::Length => match value.get("length") {
            Some(own) => Some(Cow::Borrowed(own)),
            None => length(value).map(|length| Cow::Owned(Value::Number(length))),
        },
    }
}

/// How many elements an array has or characters a text.
fn length(value: &Value) -> Option<f64> {
    match value {
        Value::List(list) => Some(list.len() as f64),
        Value::String(text) => Some(text.chars().count() as f64),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Map(_) => None,
    }
}

fn text_bytes(value: Option<&Value>) -> u64 {
    value.and_then(Value::as_str).map_or(0, |text| text.len() as u64)
}
