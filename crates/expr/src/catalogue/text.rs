use thaiyyal_model::{Form, Value};

use super::{Body, Function, Param};
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "isNull",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "boolean",
        summary: "Whether it is null or does not exist.",
        examples: &[("isNull(null)", "true"), ("isNull(0)", "false")],
        body: Body::Function(|eval, call| {
            eval.spend(1)?;
            let operand = eval.resolve(&call.args[0].expr)?;
            Ok(operand.is_none_or(|operand| operand.is_null()).into())
        }),
    },
    Function {
        name: "coalesce",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "anything"), Param::any("more", "anything")],
        returns: "anything",
        summary: "The first that exists and is not null; null when there is none.",
        examples: &[("coalesce(null, 2, 3)", "2")],
        body: Body::Function(coalesce),
    },
    Function {
        name: "len",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "array, text or object")],
        returns: "number",
        summary: "How many elements an array, characters a text, or members an object has.",
        examples: &[("len([1, 2])", "2"), ("len('añ')", "2"), ("len(parseJson('{}'))", "0")],
        body: Body::Function(|eval, call| {
            let operand = eval.arg(call, 0)?;
            match operand.value() {
                Some(Value::List(list)) => Ok(Value::from(list.len()).into()),
                Some(Value::Map(map)) => Ok(Value::from(map.len()).into()),
                Some(Value::Large(large)) if large.form() == Form::Array => Ok(Value::Number(large.items() as f64).into()),
                Some(Value::String(text)) => {
                    eval.spend_bytes(text.len() as u64)?;
                    Ok(Value::from(text.chars().count()).into())
                }
                _ => Err(operand.wrong("an array, a text or an object", call.args[0].span)),
            }
        }),
    },
    Function {
        name: "contains",
        aliases: &[],
        receiver: None,
        params: &[Param::one("a", "anything"), Param::one("b", "anything")],
        returns: "boolean",
        summary: "Whether the text of a has the text of b in it.",
        examples: &[("contains('abc', 'b')", "true"), ("contains(1234, 23)", "true")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let part = eval.arg_text(call, 1)?;
            Ok(text.contains(part.as_str()).into())
        }),
    },
];

fn coalesce<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    for arg in &call.args {
        eval.spend(1)?;
        match eval.resolve(&arg.expr)? {
            Some(operand) if !operand.is_null() => return Ok(operand),
            _ => {}
        }
    }
    Ok(Operand::Own(Value::Null))
}
