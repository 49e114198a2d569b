use thaiyyal_model::Value;

use super::{Body, Function, Param};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome, to_number};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "toNumber",
        aliases: &["number"],
        receiver: None,
        params: &[Param::one("x", "number, text, boolean or date-time")],
        returns: "number",
        summary: "The number that a text reads as (white space around it is ignored), 1 or 0 for a boolean, Unix seconds for a date-time.",
        examples: &[("toNumber(' -1.5e2 ')", "-150"), ("toNumber(true)", "1"), ("toNumber(fromEpoch(60))", "60")],
        body: Body::Function(to_number_of),
    },
    Function {
        name: "toString",
        aliases: &["text"],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "text",
        summary: "The text: a text as it is, numbers in their shortest form, arrays and objects as JSON.",
        examples: &[("toString(1.50)", "\"1.5\""), ("toString([1, null])", "\"[1,null]\"")],
        body: Body::Function(|eval, call| eval.arg_text(call, 0).map(Operand::from)),
    },
    Function {
        name: "toBoolean",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "boolean, number, text or null")],
        returns: "boolean",
        summary: "False for null, 0 and the texts false, no, off, 0 and the empty one; true for other numbers and the texts true, yes, on, 1. Capitals and white space around a text do not matter; other texts are an error.",
        examples: &[("toBoolean('Yes')", "true"), ("toBoolean(0)", "false"), ("toBoolean(null)", "false")],
        body: Body::Function(to_boolean),
    },
    Function {
        name: "parseJson",
        aliases: &["fromJson"],
        receiver: None,
        params: &[Param::one("text", "text")],
        returns: "anything",
        summary: "The value that a JSON text stands for.",
        examples: &[("parseJson('{\"a\":[1,null]}').a", "[1,null]"), ("parseJson(' 5 ')", "5")],
        body: Body::Function(parse_json),
    },
    Function {
        name: "toJson",
        aliases: &[],
        receiver: None,
        params: &[Param::one("x", "anything")],
        returns: "text",
        summary: "The value as JSON without white space; unlike `toString` also for a text.",
        examples: &[("toJson(['a', 1])", "\"[\\\"a\\\",1]\""), ("toJson('a')", "\"\\\"a\\\"\"")],
        body: Body::Function(|eval, call| {
            let value = eval.arg(call, 0)?.into_value();
            let bytes = value.size_bytes();
            eval.check_text(bytes, call.span)?;
            eval.spend_bytes(bytes)?;
            let text = value.to_string();
            eval.check_text(text.len() as u64, call.span)?;
            Ok(Value::from(text).into())
        }),
    },
];

fn to_number_of<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let operand = eval.arg(call, 0)?;
    eval.spend_bytes(operand.size_bytes())?;
    let number = match &operand {
        Operand::Date(date) => Some(date.as_duration().as_secs_f64()),
        other => match other.value() {
            Some(Value::Bool(truth)) => Some(f64::from(u8::from(*truth))),
            Some(Value::String(text)) => to_number(&Value::from(text.trim())),
            Some(Value::Number(number)) => Some(*number),
            _ => return Err(operand.wrong("a number, a text, a boolean or a date", call.args[0].span)),
        },
    };
    number.map(Operand::from).ok_or_else(|| Cause::BadArgument("the text is no number").at(call.span))
}

fn to_boolean<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let operand = eval.arg(call, 0)?;
    let truth = match operand.value() {
        Some(Value::Null) => false,
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => *number != 0.0,
        Some(Value::String(text)) => {
            eval.spend_bytes(text.len() as u64)?;
            let text = text.trim();
            let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
            match () {
                () if is_one_of(&["true", "yes", "on", "1"]) => true,
                () if is_one_of(&["false", "no", "off", "0", ""]) => false,
                () => return Err(Cause::BadArgument("the text is neither true nor false").at(call.span)),
            }
        }
        _ => return Err(operand.wrong("a boolean, a number, a text or null", call.args[0].span)),
    };
    Ok(truth.into())
}

fn parse_json<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    /// About what a value takes besides its text, as a member of an object.
    const VALUE: u64 = 40;
    let operand = eval.arg(call, 0)?;
    let Some(Value::String(text)) = operand.value() else {
        return Err(operand.wrong("a text", call.args[0].span));
    };
    eval.spend_bytes(text.len() as u64 * 2)?;
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count() as u64;
    eval.check_text((values * VALUE).saturating_add(text.len() as u64), call.span)?;
    eval.spend_bytes(values * VALUE)?;
    Value::from_json(text.as_bytes()).map(Operand::from).map_err(|_| Cause::BadArgument("the text is no JSON").at(call.span))
}
