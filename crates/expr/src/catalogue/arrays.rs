use std::collections::HashSet;

use thaiyyal_model::{List, Value};

use super::{Body, Function, Param, sorting};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome, place};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "map",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("expression", "expression over `item`")],
        returns: "array",
        summary: "The expression's value for each element, which it calls `item`. An element that fails fails the call.",
        examples: &[("map([1, 2], item * 10)", "[10,20]"), ("sum(map([[1, 2], [3]], item.length))", "3")],
        body: Body::Function(map),
    },
    Function {
        name: "sort",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array")],
        returns: "array",
        summary: "In ascending order: numbers (and texts that read as numbers) by number, texts by their bytes, anything else by its text.",
        examples: &[("sort([10, 9, 1])", "[1,9,10]"), ("sort(['b', 'a'])", "[\"a\",\"b\"]")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            let sorted = sorting::sorted(eval, &list)?;
            eval.made(sorted, call.span)
        }),
    },
    Function {
        name: "reverse",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array")],
        returns: "array",
        summary: "In the opposite order.",
        examples: &[("reverse([1, 2, 3])", "[3,2,1]")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            reversed(eval, &list, call)
        }),
    },
    Function {
        name: "flatten",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array")],
        returns: "array",
        summary: "With the elements of nested arrays, however deep, in their places.",
        examples: &[("flatten([1, [2, [3, []]]])", "[1,2,3]")],
        body: Body::Function(flatten),
    },
    Function {
        name: "unique",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array")],
        returns: "array",
        summary: "The first of each group of equal elements.",
        examples: &[("unique([1, 2, 1, '1'])", "[1,2,\"1\"]")],
        body: Body::Function(unique),
    },
    Function {
        name: "slice",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::one("start", "number"), Param::optional("end", "number")],
        returns: "array",
        summary: "The elements from `start` up to but without `end`. Positions count from 0, negative ones from the end.",
        examples: &[("slice([1, 2, 3, 4], 1, 3)", "[2,3]"), ("slice([1, 2, 3], -2)", "[2,3]"), ("slice([1, 2], 5)", "[]")],
        body: Body::Function(slice),
    },
    Function {
        name: "zip",
        aliases: &[],
        receiver: None,
        params: &[Param::one("a", "array"), Param::one("b", "array"), Param::any("more", "array")],
        returns: "array of arrays",
        summary: "The first elements together, then the second ones, up to the longest array; what is missing is null.",
        examples: &[("zip([1, 2], ['a'])", "[[1,\"a\"],[2,null]]")],
        body: Body::Function(zip),
    },
    Function {
        name: "sample",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::one("n", "number, not negative")],
        returns: "array",
        summary: "n elements at equal distances, beginning with the first. Not random.",
        examples: &[("sample([1, 2, 3, 4, 5, 6], 3)", "[1,3,5]"), ("sample([1, 2], 5)", "[1,2]")],
        body: Body::Function(sample),
    },
];

fn map<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let results = eval.per_element(&list, &call.args[1])?;
    eval.made(results, call.span)
}

pub(super) fn reversed<'v>(eval: &mut Evaluator<'v>, list: &List, call: &'v Call) -> Outcome<'v> {
    eval.spend_elements(list.len())?;
    eval.made(list.iter().rev().cloned().collect(), call.span)
}

fn flatten<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    fn add(list: &List, flat: &mut Vec<Value>) {
        for item in list {
            match item {
                Value::List(inner) => add(inner, flat),
                other => flat.push(other.clone()),
            }
        }
    }
    let list = eval.arg_list(call, 0)?;
    eval.spend_bytes(Value::from(list.clone()).size_bytes())?;
    let mut flat = Vec::with_capacity(list.len());
    add(&list, &mut flat);
    eval.made(flat, call.span)
}

fn unique<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    eval.spend_bytes(Value::from(list.clone()).size_bytes())?;
    let mut seen = HashSet::with_capacity(list.len());
    let kept = list.iter().filter(|item| seen.insert(*item)).cloned().collect();
    eval.made(kept, call.span)
}

fn slice<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let start = place(eval.arg_number(call, 1)?, list.len());
    let end = match call.args.len() {
        2 => list.len(),
        _ => place(eval.arg_number(call, 2)?, list.len()),
    };
    let part = list.get(start..end).unwrap_or_default();
    eval.spend_elements(part.len())?;
    eval.made(part.to_vec(), call.span)
}

fn zip<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let lists = (0..call.args.len()).map(|at| eval.arg_list(call, at)).collect::<Result<Vec<List>, _>>()?;
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    eval.spend(longest.saturating_mul(lists.len()) as u64)?;
    let row = |at: usize| lists.iter().map(|list| list.get(at).cloned().unwrap_or_default()).collect::<List>();
    eval.made((0..longest).map(|at| row(at).into()).collect(), call.span)
}

fn sample<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let count = eval.arg_number(call, 1)?.trunc();
    if count < 0.0 {
        return Err(Cause::BadArgument("the number of samples is negative").at(call.span));
    }
    if count >= list.len() as f64 {
        return Ok(Operand::Own(list.into()));
    }
    let count = count as usize;
    if count == 0 {
        return Ok(Operand::Own(List::new().into()));
    }
    eval.spend_elements(count)?;
    let distance = list.len() / count;
    eval.made(list.iter().step_by(distance).take(count).cloned().collect(), call.span)
}
