use regex_automata::util::captures::Captures;
use thaiyyal_model::{Str, Value};

use super::{Body, Function, Param};
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "regexMatches",
        aliases: &["matches"],
        receiver: None,
        params: &[Param::one("text", "anything"), Param::pattern("pattern")],
        returns: "boolean",
        summary: "Whether the pattern matches somewhere in the text; `^` and `$` tie it to the ends.",
        examples: &[("regexMatches('order-17', '^order-[0-9]+$')", "true"), ("matches('abc', 'x')", "false")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let mut found = false;
            eval.matches(&text, call, |_, _| {
                found = true;
                Ok(false)
            })?;
            Ok(found.into())
        }),
    },
    Function {
        name: "regexFind",
        aliases: &[],
        receiver: None,
        params: &[Param::one("text", "anything"), Param::pattern("pattern")],
        returns: "array, or null",
        summary: "The first match and what its groups matched: an array whose first element is the whole match; null when there is none.",
        examples: &[
            ("regexFind('a-17 b-4', '([a-z])-([0-9]+)')", "[\"a-17\",\"a\",\"17\"]"),
            ("regexFind('abc', 'x')", "null"),
            ("regexFind('abc', 'b(x)?')", "[\"b\",null]"),
        ],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let mut found = Vec::new();
            eval.matches(&text, call, |_, captures| {
                found = groups(&text, captures);
                Ok(false)
            })?;
            if found.is_empty() { Ok(Operand::NULL) } else { eval.made(found, call.span) }
        }),
    },
    Function {
        name: "regexFindAll",
        aliases: &[],
        receiver: None,
        params: &[Param::one("text", "anything"), Param::pattern("pattern")],
        returns: "array of arrays",
        summary: "All matches that do not overlap, each as `regexFind` gives it.",
        examples: &[
            ("map(regexFindAll('a1 b22', '[0-9]+'), item[0])", "[\"1\",\"22\"]"),
            ("regexFindAll('k=v', '(k)=(v)')", "[[\"k=v\",\"k\",\"v\"]]"),
        ],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let mut found: Vec<Value> = Vec::new();
            let mut bytes = 0;
            eval.matches(&text, call, |eval, captures| {
                let groups = Value::from(groups(&text, captures));
                bytes += groups.size_bytes();
                eval.check_text(bytes, call.span)?;
                eval.spend_bytes(groups.size_bytes())?;
                found.push(groups);
                Ok(true)
            })?;
            eval.made(found, call.span)
        }),
    },
    Function {
        name: "regexReplace",
        aliases: &[],
        receiver: None,
        params: &[Param::one("text", "anything"), Param::pattern("pattern"), Param::one("replacement", "anything")],
        returns: "text",
        summary: "The text with every match replaced. In the replacement `$1` or `${name}` stands for a group, `$0` for the match, `$$` for a dollar sign.",
        examples: &[
            ("regexReplace('a1b22', '[0-9]+', '#')", "\"a#b#\""),
            ("regexReplace('Doe, Jane', '([a-zA-Z]+), ([a-zA-Z]+)', '$2 $1')", "\"Jane Doe\""),
        ],
        body: Body::Function(replace),
    },
    Function {
        name: "regexSplit",
        aliases: &[],
        receiver: None,
        params: &[Param::one("text", "anything"), Param::pattern("pattern")],
        returns: "array of texts",
        summary: "The parts of the text between the matches.",
        examples: &[("regexSplit('a, b;c', '[,;] *')", "[\"a\",\"b\",\"c\"]")],
        body: Body::Function(|eval, call| {
            let text = eval.arg_text(call, 0)?;
            let mut parts = Vec::new();
            let mut end = 0;
            eval.matches(&text, call, |eval, captures| {
                if let Some(found) = captures.get_match() {
                    eval.spend_elements(1)?;
                    parts.push(Value::from(&text[end..found.start()]));
                    end = found.end();
                }
                Ok(true)
            })?;
            parts.push(Value::from(&text[end..]));
            eval.made(parts, call.span)
        }),
    },
];

/// The whole match, then the groups.
fn groups(text: &str, captures: &Captures) -> Vec<Value> {
    captures.iter().map(|group| group.map_or(Value::Null, |group| Value::from(&text[group.range()]))).collect()
}

fn replace<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let (text, replacement) = (eval.arg_text(call, 0)?, eval.arg_text(call, 2)?);
    let mut replaced = String::new();
    let mut end = 0;
    eval.matches(&text, call, |eval, captures| {
        if let Some(found) = captures.get_match() {
            replaced.push_str(&text[end..found.start()]);
            let before = replaced.len();
            // Each `$` of the replacement stands for the match at most.
            let dollars = replacement.bytes().filter(|byte| *byte == b'$').count() as u64;
            let most = (dollars.saturating_mul(found.len() as u64)).saturating_add((replacement.len() + before) as u64);
            eval.check_text(most, call.span)?;
            captures.interpolate_string_into(&text, &replacement, &mut replaced);
            eval.spend_bytes((replaced.len() - before + replacement.len()) as u64)?;
            end = found.end();
        }
        Ok(true)
    })?;
    replaced.push_str(&text[end..]);
    eval.check_text(replaced.len() as u64, call.span)?;
    Ok(Str::from(replaced).into())
}
