use thaiyyal_model::{List, Str, Value};

use super::{Body, Function, Param, arrays};
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static METHODS: &[Function] = &[
    Function {
        name: "join",
        aliases: &[],
        receiver: Some("array"),
        params: &[Param::one("separator", "anything")],
        returns: "text",
        summary: "The texts of the elements, with the separator between them.",
        examples: &[("[1, 'a', null].join('-')", "\"1-a-null\"")],
        body: Body::Method(join),
    },
    Function {
        name: "reverse",
        aliases: &[],
        receiver: Some("array"),
        params: &[],
        returns: "array",
        summary: "In the opposite order.",
        examples: &[("[1, 2].reverse()", "[2,1]")],
        body: Body::Method(|eval, receiver, call| {
            let list = eval.receiver_list(receiver, call)?;
            arrays::reversed(eval, &list, call)
        }),
    },
    Function {
        name: "first",
        aliases: &[],
        receiver: Some("array"),
        params: &[],
        returns: "anything",
        summary: "The first element; null when there is none.",
        examples: &[("[7, 8].first()", "7"), ("[].first()", "null")],
        body: Body::Method(|eval, receiver, call| end(eval, receiver, call, |list| list.first())),
    },
    Function {
        name: "last",
        aliases: &[],
        receiver: Some("array"),
        params: &[],
        returns: "anything",
        summary: "The last element; null when there is none.",
        examples: &[("[7, 8].last()", "8")],
        body: Body::Method(|eval, receiver, call| end(eval, receiver, call, |list| list.last())),
    },
];

fn end<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call, pick: fn(&List) -> Option<&Value>) -> Outcome<'v> {
    let list = eval.receiver_list(receiver, call)?;
    Ok(Operand::Own(pick(&list).cloned().unwrap_or_default()))
}

fn join<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.receiver_list(receiver, call)?;
    let separator = eval.arg_text(call, 0)?;
    let length = receiver.size_bytes().saturating_add((list.len() as u64).saturating_mul(separator.len() as u64));
    eval.check_text(length, call.span)?;
    eval.spend_bytes(length)?;
    let mut joined = String::new();
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            joined.push_str(&separator);
        }
        item.write_text(&mut joined);
    }
    Ok(Str::from(joined).into())
}

/// Whether an element equals the argument or has the same text.
pub(super) fn includes<'v>(eval: &mut Evaluator<'v>, list: &List, call: &'v Call) -> Outcome<'v> {
    let wanted = eval.arg(call, 0)?.into_value();
    eval.spend_elements(list.len())?;
    for item in list {
        if eval.equal_values(item, &wanted)? || same_text(eval, item, &wanted)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

/// For values that are not equal: only one of which the other is the text can have the same text.
fn same_text<'v>(eval: &mut Evaluator<'v>, a: &Value, b: &Value) -> Outcome<'v, bool> {
    let (text, other) = match (a, b) {
        (Value::String(_), Value::String(_)) => return Ok(false),
        (Value::String(text), other) | (other, Value::String(text)) => (text, other),
        _ => return Ok(false),
    };
    eval.spend_bytes(other.size_bytes())?;
    Ok(other.text() == *text)
}
