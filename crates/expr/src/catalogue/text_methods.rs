use thaiyyal_model::{Str, Value};

use super::{Body, Function, Param, array_methods, case};
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static METHODS: &[Function] = &[
    Function {
        name: "toUpperCase",
        aliases: &[],
        receiver: Some("text"),
        params: &[],
        returns: "text",
        summary: "In upper case, character by character.",
        examples: &[("'Zed'.toUpperCase()", "\"ZED\"")],
        body: Body::Method(|eval, receiver, call| changed(eval, receiver, call, case::upper)),
    },
    Function {
        name: "toLowerCase",
        aliases: &[],
        receiver: Some("text"),
        params: &[],
        returns: "text",
        summary: "In lower case, character by character.",
        examples: &[("'Zed'.toLowerCase()", "\"zed\"")],
        body: Body::Method(|eval, receiver, call| changed(eval, receiver, call, case::lower)),
    },
    Function {
        name: "trim",
        aliases: &[],
        receiver: Some("text"),
        params: &[],
        returns: "text",
        summary: "Without white space at both ends.",
        examples: &[("'  a b '.trim()", "\"a b\"")],
        body: Body::Method(|eval, receiver, call| changed(eval, receiver, call, |text| text.trim().into())),
    },
    Function {
        name: "includes",
        aliases: &[],
        receiver: Some("text or array"),
        params: &[Param::one("x", "anything")],
        returns: "boolean",
        summary: "Whether a text has the text of x in it, or an array an element that equals x or has the same text.",
        examples: &[("'abc'.includes('bc')", "true"), ("['a', 'b'].includes('b')", "true"), ("[1, 2].includes(3)", "false")],
        body: Body::Method(includes),
    },
    Function {
        name: "startsWith",
        aliases: &[],
        receiver: Some("text"),
        params: &[Param::one("x", "anything")],
        returns: "boolean",
        summary: "Whether it begins with the text of x.",
        examples: &[("'o-17'.startsWith('o-')", "true")],
        body: Body::Method(|eval, receiver, call| tested(eval, receiver, call, |text, part| text.starts_with(part))),
    },
    Function {
        name: "endsWith",
        aliases: &[],
        receiver: Some("text"),
        params: &[Param::one("x", "anything")],
        returns: "boolean",
        summary: "Whether it ends with the text of x.",
        examples: &[("'a.csv'.endsWith('.csv')", "true")],
        body: Body::Method(|eval, receiver, call| tested(eval, receiver, call, |text, part| text.ends_with(part))),
    },
    Function {
        name: "replace",
        aliases: &[],
        receiver: Some("text"),
        params: &[Param::one("a", "anything"), Param::one("b", "anything")],
        returns: "text",
        summary: "With every occurrence of the text of a replaced by the text of b.",
        examples: &[("'Hello'.replace('l', 'L')", "\"HeLLo\"")],
        body: Body::Method(replace),
    },
    Function {
        name: "split",
        aliases: &[],
        receiver: Some("text"),
        params: &[Param::one("separator", "anything")],
        returns: "array of texts",
        summary: "The parts between the separators; with an empty separator the characters.",
        examples: &[("'a,b'.split(',')", "[\"a\",\"b\"]"), ("'ab'.split('')", "[\"a\",\"b\"]")],
        body: Body::Method(split),
    },
];

fn changed<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call, change: fn(&str) -> Str) -> Outcome<'v> {
    let text = eval.receiver_text(receiver, call)?;
    Ok(change(&text).into())
}

fn tested<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call, test: fn(&str, &str) -> bool) -> Outcome<'v> {
    let text = eval.receiver_text(receiver, call)?;
    let part = eval.arg_text(call, 0)?;
    Ok(test(&text, &part).into())
}

fn includes<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call) -> Outcome<'v> {
    if let Some(Value::List(list)) = receiver.value() {
        let list = list.clone();
        return array_methods::includes(eval, &list, call);
    }
    if !receiver.is_text() && receiver.value().is_some() {
        return Err(eval.wrong_receiver(receiver, "a text or an array", call));
    }
    tested(eval, receiver, call, |text, part| text.contains(part))
}

fn replace<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call) -> Outcome<'v> {
    let text = eval.receiver_text(receiver, call)?;
    let (old, new) = (eval.arg_text(call, 0)?, eval.arg_text(call, 1)?);
    let found = text.matches(old.as_str()).count();
    if found == 0 {
        return Ok(text.into());
    }
    let length = text.len() as u64 + (found as u64).saturating_mul(new.len() as u64);
    eval.check_text(length, call.span)?;
    eval.spend_bytes(length)?;
    Ok(Str::from(text.as_str().replace(old.as_str(), &new)).into())
}

fn split<'v>(eval: &mut Evaluator<'v>, receiver: &Operand<'v>, call: &'v Call) -> Outcome<'v> {
    let text = eval.receiver_text(receiver, call)?;
    let separator = eval.arg_text(call, 0)?;
    if separator.is_empty() {
        eval.spend_elements(text.len())?;
        let mut buffer = [0; 4];
        return eval.made(text.chars().map(|character| Value::from(&*character.encode_utf8(&mut buffer))).collect(), call.span);
    }
    eval.spend_elements(text.matches(separator.as_str()).count())?;
    eval.made(text.split(separator.as_str()).map(Value::from).collect(), call.span)
}
