use thaiyyal_model::Value;

use super::{Body, Function, Param};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "pow",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number"), Param::one("y", "number")],
        returns: "number",
        summary: "x to the power of y.",
        examples: &[("pow(2, 10)", "1024")],
        body: Body::Function(pow),
    },
    Function {
        name: "sqrt",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number")],
        returns: "number",
        summary: "The square root; an error for a negative number.",
        examples: &[("sqrt(9)", "3")],
        body: Body::Function(sqrt),
    },
    Function {
        name: "abs",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number or array of numbers")],
        returns: "number or array",
        summary: "Without the sign; of an array, each element.",
        examples: &[("abs(-2.5)", "2.5"), ("abs([3, -1, 2])", "[3,1,2]")],
        body: Body::Function(|eval, call| rounded(eval, call, f64::abs)),
    },
    Function {
        name: "floor",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number or array of numbers")],
        returns: "number or array",
        summary: "Rounded down; of an array, each element.",
        examples: &[("floor(-2.5)", "-3")],
        body: Body::Function(|eval, call| rounded(eval, call, f64::floor)),
    },
    Function {
        name: "ceil",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number or array of numbers")],
        returns: "number or array",
        summary: "Rounded up; of an array, each element.",
        examples: &[("ceil(2.1)", "3")],
        body: Body::Function(|eval, call| rounded(eval, call, f64::ceil)),
    },
    Function {
        name: "round",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number or array of numbers")],
        returns: "number or array",
        summary: "Rounded to the nearest whole number, halves away from zero; of an array, each element.",
        examples: &[("round(2.5)", "3"), ("round(-2.5)", "-3")],
        body: Body::Function(|eval, call| rounded(eval, call, f64::round)),
    },
    Function {
        name: "min",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number, or one array of numbers"), Param::any("more", "number")],
        returns: "number",
        summary: "The smallest of two or more numbers or of an array that is not empty.",
        examples: &[("min(3, 1, 2)", "1"), ("min([3, 1, 2])", "1")],
        body: Body::Function(|eval, call| extreme(eval, call, f64::min)),
    },
    Function {
        name: "max",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number, or one array of numbers"), Param::any("more", "number")],
        returns: "number",
        summary: "The largest of two or more numbers or of an array that is not empty.",
        examples: &[("max(3, 1, 2)", "3"), ("max(abs([3, -5, 2]))", "5")],
        body: Body::Function(|eval, call| extreme(eval, call, f64::max)),
    },
    Function {
        name: "sum",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number, or one array of numbers"), Param::any("more", "number")],
        returns: "number",
        summary: "The sum of numbers or of an array; that of an empty array is 0.",
        examples: &[("sum([1, 2, 3])", "6"), ("sum(1, 2)", "3"), ("sum([])", "0")],
        body: Body::Function(|eval, call| numbers(eval, call).and_then(|(numbers, _)| finite(numbers.iter().sum(), call))),
    },
    Function {
        name: "avg",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "number, or one array of numbers"), Param::any("more", "number")],
        returns: "number",
        summary: "The mean of numbers or of an array that is not empty.",
        examples: &[("avg(2, 4)", "3"), ("avg([1, 2])", "1.5")],
        body: Body::Function(avg),
    },
];

fn pow<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let base = eval.arg_number(call, 0)?;
    finite(base.powf(eval.arg_number(call, 1)?), call)
}

fn sqrt<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let number = eval.arg_number(call, 0)?;
    if number < 0.0 {
        return Err(Cause::NegativeRoot.at(call.span));
    }
    finite(number.sqrt(), call)
}

fn rounded<'v>(eval: &mut Evaluator<'v>, call: &'v Call, round: fn(f64) -> f64) -> Outcome<'v> {
    let operand = eval.arg(call, 0)?;
    let Some(Value::List(list)) = operand.value() else {
        return Ok(round(eval.expect_number(&operand, call.args[0].span)?).into());
    };
    let numbers = list_numbers(eval, list, call)?;
    eval.made(numbers.into_iter().map(|number| Value::Number(round(number))).collect(), call.span)
}

fn extreme<'v>(eval: &mut Evaluator<'v>, call: &'v Call, better: fn(f64, f64) -> f64) -> Outcome<'v> {
    let (numbers, from_list) = numbers(eval, call)?;
    if !from_list && numbers.len() == 1 {
        return Err(Cause::BadArgument("two or more numbers or one array are needed").at(call.span));
    }
    let best = numbers.into_iter().reduce(better);
    best.map(Operand::from).ok_or_else(|| Cause::BadArgument("an empty array has no such element").at(call.span))
}

fn avg<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let (numbers, _) = numbers(eval, call)?;
    if numbers.is_empty() {
        return Err(Cause::BadArgument("an empty array has no mean").at(call.span));
    }
    finite(numbers.iter().sum::<f64>() / numbers.len() as f64, call)
}

/// The numbers given: the elements of the only argument when that is an array (then also `true`), else the arguments.
fn numbers<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v, (Vec<f64>, bool)> {
    if call.args.len() == 1 {
        let operand = eval.arg(call, 0)?;
        return match operand.value() {
            Some(Value::List(list)) => Ok((list_numbers(eval, list, call)?, true)),
            _ => Ok((vec![eval.expect_number(&operand, call.args[0].span)?], false)),
        };
    }
    let numbers = (0..call.args.len()).map(|at| eval.arg_number(call, at)).collect::<Result<_, _>>()?;
    Ok((numbers, false))
}

fn list_numbers<'v>(eval: &mut Evaluator<'v>, list: &thaiyyal_model::List, call: &'v Call) -> Outcome<'v, Vec<f64>> {
    eval.spend_bytes(Value::List(list.clone()).size_bytes())?;
    let element =
        |value| crate::evaluate::to_number(value).ok_or_else(|| Cause::BadArgument("an element is no number").at(call.args[0].span));
    list.iter().map(element).collect()
}

pub(super) fn finite<'v>(number: f64, call: &Call) -> Outcome<'v> {
    if number.is_finite() { Ok(number.into()) } else { Err(Cause::NotFinite.at(call.span)) }
}
