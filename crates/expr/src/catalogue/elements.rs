use std::collections::HashMap;

use thaiyyal_model::{List, Map, Str, Value};

use super::{Body, Function, Param, sorting};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

const OVER: &str = "expression over `item`, or lambda";

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "filter",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("condition", OVER)],
        returns: "array",
        summary: "The elements for which the condition is true.",
        examples: &[("filter([1, 2, 3], item > 1)", "[2,3]"), ("filter(['a', 'b'], (x, i) => i == 0)", "[\"a\"]")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            let kept = all_true(eval, &list, call)?;
            eval.made(kept.into_iter().map(|at| list[at].clone()).collect(), call.span)
        }),
    },
    Function {
        name: "find",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("condition", OVER)],
        returns: "anything",
        summary: "The first element for which the condition is true; null when there is none.",
        examples: &[("find([1, 2, 3], item > 1)", "2"), ("find([1], item > 1)", "null")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            let found = eval.first_where(&list, &call.args[1], 0, true)?;
            Ok(Operand::Own(found.map(|at| list[at].clone()).unwrap_or_default()))
        }),
    },
    Function {
        name: "any",
        aliases: &["some"],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("condition", OVER)],
        returns: "boolean",
        summary: "Whether the condition is true for at least one element.",
        examples: &[("any([1, 2], item > 1)", "true"), ("any([], true)", "false")],
        body: Body::Function(|eval, call| Ok(first(eval, call, true)?.is_some().into())),
    },
    Function {
        name: "all",
        aliases: &["every"],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("condition", OVER)],
        returns: "boolean",
        summary: "Whether the condition is true for every element; also when there is none.",
        examples: &[("all([1, 2], item > 1)", "false"), ("all([], false)", "true")],
        body: Body::Function(|eval, call| Ok(first(eval, call, false)?.is_none().into())),
    },
    Function {
        name: "none",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("condition", OVER)],
        returns: "boolean",
        summary: "Whether the condition is true for no element.",
        examples: &[("none([1, 2], item > 2)", "true")],
        body: Body::Function(|eval, call| Ok(first(eval, call, true)?.is_none().into())),
    },
    Function {
        name: "flatMap",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("expression", OVER)],
        returns: "array",
        summary: "As `map`, but the elements of values that are arrays are put in their places, one level deep.",
        examples: &[("flatMap([[1, 2], [3]], item)", "[1,2,3]"), ("flatMap([1, 2], x => [x, [x]])", "[1,[1],2,[2]]")],
        body: Body::Function(flat_map),
    },
    Function {
        name: "sortBy",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("key", OVER), Param::optional("direction", "'asc' or 'desc'")],
        returns: "array",
        summary: "The elements in the order of their keys, which compare as in `sort`. Elements with equal keys stay in their order.",
        examples: &[("sortBy(['bb', 'a'], item.length)", "[\"a\",\"bb\"]"), ("sortBy([1, 3, 2], x => x, 'desc')", "[3,2,1]")],
        body: Body::Function(sort_by),
    },
    Function {
        name: "sumBy",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("number", OVER)],
        returns: "number",
        summary: "The sum of the expression's numbers for all elements.",
        examples: &[("sumBy(['a', 'bb'], item.length)", "3"), ("sumBy([], item)", "0")],
        body: Body::Function(sum_by),
    },
    Function {
        name: "groupBy",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("key", OVER)],
        returns: "object of arrays",
        summary: "The elements by the text of their keys.",
        examples: &[("groupBy([1, 2, 3], item % 2 == 0 ? 'even' : 'odd')", "{\"even\":[2],\"odd\":[1,3]}")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            let (keys, groups) = grouped(eval, &list, call)?;
            let pairs = keys.into_iter().zip(groups);
            let groups = pairs.map(|(key, group)| (key, Value::from(group.into_iter().map(|at| list[at].clone()).collect::<List>())));
            eval.made_map(Map::from_pairs(groups), call.span)
        }),
    },
    Function {
        name: "countBy",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::per_element("key", OVER)],
        returns: "object of numbers",
        summary: "How many elements there are by the text of their keys.",
        examples: &[("countBy(['a', 'b', 'a'], item)", "{\"a\":2,\"b\":1}")],
        body: Body::Function(|eval, call| {
            let list = eval.arg_list(call, 0)?;
            let (keys, groups) = grouped(eval, &list, call)?;
            let counts = keys.into_iter().zip(groups).map(|(key, group)| (key, Value::from(group.len())));
            eval.made_map(Map::from_pairs(counts), call.span)
        }),
    },
    Function {
        name: "range",
        aliases: &[],
        receiver: None,
        params: &[
            Param::one("start", "number; the end, when it is the only argument"),
            Param::optional("end", "number"),
            Param::optional("step", "number, not 0"),
        ],
        returns: "array of numbers",
        summary: "The numbers from `start` (or 0) up to but without `end`, each one `step` (or 1) more than the one before.",
        examples: &[("range(3)", "[0,1,2]"), ("range(1, 4)", "[1,2,3]"), ("range(5, 0, -2)", "[5,3,1]")],
        body: Body::Function(range),
    },
    Function {
        name: "chunk",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array"), Param::one("size", "number, at least 1")],
        returns: "array of arrays",
        summary: "The elements in groups of that size; the last may be smaller.",
        examples: &[("chunk([1, 2, 3], 2)", "[[1,2],[3]]")],
        body: Body::Function(chunk),
    },
];

/// Positions of the elements for which the condition is true.
fn all_true<'v>(eval: &mut Evaluator<'v>, list: &List, call: &'v Call) -> Outcome<'v, Vec<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = eval.first_where(list, &call.args[1], from, true)? {
        eval.spend(1)?;
        found.push(at);
        from = at + 1;
    }
    Ok(found)
}

/// The position of the first element for which the condition is or is not true.
fn first<'v>(eval: &mut Evaluator<'v>, call: &'v Call, wanted: bool) -> Outcome<'v, Option<usize>> {
    let list = eval.arg_list(call, 0)?;
    eval.first_where(&list, &call.args[1], 0, wanted)
}

fn flat_map<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let results = eval.per_element(&list, &call.args[1])?;
    let total = results.iter().map(|result| result.as_list().map_or(1, |inner| inner.len())).sum::<usize>();
    eval.spend_elements(total)?;
    eval.check_text((total * size_of::<Value>()) as u64, call.span)?;
    let mut flat = Vec::with_capacity(total);
    for result in results {
        match result {
            Value::List(inner) => flat.extend_from_slice(&inner),
            other => flat.push(other),
        }
    }
    eval.made(flat, call.span)
}

fn sort_by<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let descending = match call.args.get(2) {
        None => false,
        Some(arg) => match eval.arg_text(call, 2)?.as_str() {
            "asc" => false,
            "desc" => true,
            _ => return Err(Cause::BadArgument("the direction is neither 'asc' nor 'desc'").at(arg.span)),
        },
    };
    let keys = List::from(eval.per_element(&list, &call.args[1])?);
    let order = sorting::order(eval, &keys, descending)?;
    eval.made(order.into_iter().map(|at| list[at].clone()).collect(), call.span)
}

fn sum_by<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let results = eval.per_element(&list, &call.args[1])?;
    let mut sum = 0.0;
    for result in results {
        sum += eval.expect_number(&Operand::Own(result), call.args[1].span)?;
    }
    super::math::finite(sum, call)
}

/// The keys in the order they first came, and the positions of the elements of each.
fn grouped<'v>(eval: &mut Evaluator<'v>, list: &List, call: &'v Call) -> Outcome<'v, (Vec<Str>, Vec<Vec<usize>>)> {
    let keys = eval.per_element(list, &call.args[1])?;
    let mut places: HashMap<Str, usize> = HashMap::new();
    let (mut names, mut groups) = (Vec::new(), Vec::new());
    for (at, key) in keys.into_iter().enumerate() {
        let key = eval.text(&Operand::Own(key), call.args[1].span)?;
        let place = *places.entry(key).or_insert_with_key(|key| {
            names.push(key.clone());
            groups.push(Vec::new());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.push(at);
        }
    }
    // The members of an object come sorted.
    eval.spend_sorting(names.len(), names.iter().map(|name| name.len() as u64).sum())?;
    Ok((names, groups))
}

fn range<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let first = eval.arg_number(call, 0)?;
    let (start, end) = match call.args.len() {
        1 => (0.0, first),
        _ => (first, eval.arg_number(call, 1)?),
    };
    let step = if call.args.len() > 2 { eval.arg_number(call, 2)? } else { 1.0 };
    if step == 0.0 {
        return Err(Cause::BadArgument("the step is 0").at(call.args[2].span));
    }
    let count = ((end - start) / step).ceil().max(0.0);
    eval.check_text((count * size_of::<Value>() as f64) as u64, call.span)?;
    let count = count as usize;
    eval.spend_elements(count)?;
    let numbers: Vec<f64> = (0..count).map(|at| (at as f64).mul_add(step, start)).collect();
    if numbers.iter().any(|number| !number.is_finite()) {
        return Err(Cause::NotFinite.at(call.span));
    }
    eval.made(numbers.into_iter().map(Value::Number).collect(), call.span)
}

fn chunk<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let size = eval.arg_number(call, 1)?.trunc();
    if size < 1.0 {
        return Err(Cause::BadArgument("the size is less than 1").at(call.args[1].span));
    }
    eval.spend_elements(list.len())?;
    eval.made(list.chunks(size as usize).map(|part| Value::from(List::from(part))).collect(), call.span)
}
