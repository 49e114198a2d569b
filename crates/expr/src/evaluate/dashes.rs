use super::paths::{guarded, lenient};
use super::{Evaluator, Operand, Outcome};
use crate::error::Cause;
use crate::syntax::tree::{DashedName, Expr, Factor, Head, Link, Op, Span};

/// A level of arithmetic as it is worked through from left to right, because a dash may turn out to end an operand.
struct Level<'v> {
    sum: Option<(Op, Operand<'v>)>,
    /// What is done with the sum and the product when the product is complete.
    add: Op,
    product: Option<Operand<'v>>,
    multiply: Op,
    span: Span,
}

impl<'v> Evaluator<'v> {
    pub(super) fn dashed(&mut self, factors: &'v [Factor]) -> Outcome<'v> {
        let span = Span { start: factors[0].span.start, end: factors[factors.len() - 1].span.end };
        let mut level = Level { sum: None, add: Op::Add, product: None, multiply: Op::Multiply, span };
        for factor in factors {
            self.spend(1)?;
            match factor.op {
                Op::Add | Op::Subtract => self.end_product(&mut level, factor.op)?,
                Op::Multiply | Op::Divide | Op::Remainder => level.multiply = factor.op,
            }
            self.factor(&mut level, factor)?;
        }
        self.end_product(&mut level, Op::Add)?;
        level.sum.map(|(_, sum)| sum).ok_or_else(|| Cause::Unresolved.at(span))
    }

    fn factor(&mut self, level: &mut Level<'v>, factor: &'v Factor) -> Outcome<'v, ()> {
        let mut sign = factor.sign;
        let Expr::Postfix(postfix) = &factor.operand else {
            let value = self.eval(&factor.operand)?;
            return self.multiply(level, value, sign, factor.span);
        };
        let mut value = match &postfix.base {
            Head::Expr(head) => {
                let head = self.eval(head);
                match guarded(head, &postfix.links)? {
                    Some(value) => Some(value),
                    None => return self.multiply(level, Operand::NULL, sign, factor.span),
                }
            }
            Head::Variables | Head::Context => None,
        };
        for (at, link) in postfix.links.iter().enumerate() {
            let next = match (link, value) {
                (Link::Dashed(name), value) => match self.longest(&postfix.base, value.as_ref(), name) {
                    Ok((mut next, longest)) => {
                        for operand in &name.subtracted[longest..] {
                            self.multiply(level, next, sign.take(), factor.span)?;
                            self.end_product(level, Op::Subtract)?;
                            next = self.eval(operand)?;
                        }
                        Ok(next)
                    }
                    Err(fault) => Err(fault),
                },
                (link, Some(value)) => self.link(value, link),
                (_, None) => return Err(Cause::Unresolved.at(factor.span)),
            };
            value = guarded(lenient(next, &postfix.links[..at], link), &postfix.links[at + 1..])?;
            if value.is_none() {
                return self.multiply(level, Operand::NULL, sign, factor.span);
            }
        }
        let value = value.ok_or_else(|| Cause::Unresolved.at(factor.span))?;
        self.multiply(level, value, sign, factor.span)
    }

    /// The member that the most parts of the name together lead to, and how many dashes that took.
    fn longest(&mut self, head: &'v Head, value: Option<&Operand<'v>>, name: &'v DashedName) -> Outcome<'v, (Operand<'v>, usize)> {
        for (dashes, joined) in name.joined.iter().enumerate().skip(name.least).rev() {
            self.spend(1)?;
            let member = match value {
                None => self.namespaced(head, joined).map(Operand::Ref),
                Some(Operand::Ref(value)) => value.get(joined).map(Operand::Ref),
                Some(Operand::Own(value)) => value.get(joined).map(|member| Operand::Own(member.clone())),
                Some(Operand::Date(_)) => None,
            };
            if let Some(member) = member {
                return Ok((member, dashes));
            }
        }
        Err(Cause::Unresolved.at(name.span))
    }

    fn multiply(&mut self, level: &mut Level<'v>, value: Operand<'v>, sign: Option<bool>, span: Span) -> Outcome<'v, ()> {
        let value = match sign {
            None => value,
            Some(negative) => {
                let number = self.expect_number(&value, span)?;
                Operand::from(if negative { -number } else { number })
            }
        };
        level.product = Some(match level.product.take() {
            None => value,
            Some(product) => self.apply(level.multiply, product, &value, level.span)?,
        });
        Ok(())
    }

    fn end_product(&mut self, level: &mut Level<'v>, next: Op) -> Outcome<'v, ()> {
        let add = std::mem::replace(&mut level.add, next);
        let Some(product) = level.product.take() else {
            return Ok(());
        };
        level.sum = Some(match level.sum.take() {
            None => (add, product),
            Some((_, sum)) => (add, self.apply(add, sum, &product, level.span)?),
        });
        Ok(())
    }
}
