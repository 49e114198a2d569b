use thaiyyal_model::{Map, Str, Value};

use super::{Body, Function, Param};
use crate::error::Cause;
use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "keys",
        aliases: &[],
        receiver: None,
        params: &[Param::one("object", "object")],
        returns: "array of texts",
        summary: "The names of the members, in ascending order.",
        examples: &[("keys(parseJson('{\"b\":1,\"a\":2}'))", "[\"a\",\"b\"]")],
        body: Body::Function(|eval, call| members(eval, call, |name, _| Value::from(name.clone()))),
    },
    Function {
        name: "values",
        aliases: &[],
        receiver: None,
        params: &[Param::one("object", "object")],
        returns: "array",
        summary: "The values of the members, in the order of their names.",
        examples: &[("values(parseJson('{\"b\":1,\"a\":2}'))", "[2,1]")],
        body: Body::Function(|eval, call| members(eval, call, |_, value| value.clone())),
    },
    Function {
        name: "entries",
        aliases: &[],
        receiver: None,
        params: &[Param::one("object", "object")],
        returns: "array of objects",
        summary: "The members as objects with `key` and `value`, in the order of their names.",
        examples: &[
            ("entries(parseJson('{\"a\":2}'))", "[{\"key\":\"a\",\"value\":2}]"),
            ("map(entries(parseJson('{\"a\":2}')), `${item.key}=${item.value}`)", "[\"a=2\"]"),
        ],
        body: Body::Function(|eval, call| {
            members(eval, call, |name, value| Map::from_pairs([("key", Value::from(name.clone())), ("value", value.clone())]).into())
        }),
    },
    Function {
        name: "fromEntries",
        aliases: &[],
        receiver: None,
        params: &[Param::one("array", "array of objects with `key` and `value`, or of pairs")],
        returns: "object",
        summary: "An object with these members; of equal keys the last counts.",
        examples: &[
            ("fromEntries([['a', 1], ['b', 2]])", "{\"a\":1,\"b\":2}"),
            ("fromEntries(entries(parseJson('{\"a\":2}')))", "{\"a\":2}"),
        ],
        body: Body::Function(from_entries),
    },
    Function {
        name: "merge",
        aliases: &[],
        receiver: None,
        params: &[Param::one("object", "object or null"), Param::any("more", "object or null")],
        returns: "object",
        summary: "An object with the members of all; of equal names the last counts. Members that are objects are not merged themselves.",
        examples: &[("merge(parseJson('{\"a\":1,\"b\":1}'), parseJson('{\"b\":2}'), null)", "{\"a\":1,\"b\":2}")],
        body: Body::Function(merge),
    },
    Function {
        name: "pick",
        aliases: &[],
        receiver: None,
        params: &[
            Param::one("object", "object"),
            Param::one("name", "text or array of texts"),
            Param::any("more", "text or array of texts"),
        ],
        returns: "object",
        summary: "Only the members with these names, as far as they exist.",
        examples: &[("pick(parseJson('{\"a\":1,\"b\":2,\"c\":3}'), 'a', 'c')", "{\"a\":1,\"c\":3}")],
        body: Body::Function(|eval, call| chosen(eval, call, true)),
    },
    Function {
        name: "omit",
        aliases: &[],
        receiver: None,
        params: &[
            Param::one("object", "object"),
            Param::one("name", "text or array of texts"),
            Param::any("more", "text or array of texts"),
        ],
        returns: "object",
        summary: "The members with other names than these.",
        examples: &[("omit(parseJson('{\"a\":1,\"b\":2}'), ['a', 'x'])", "{\"b\":2}")],
        body: Body::Function(|eval, call| chosen(eval, call, false)),
    },
];

fn members<'v>(eval: &mut Evaluator<'v>, call: &'v Call, make: fn(&Str, &Value) -> Value) -> Outcome<'v> {
    let map = eval.arg_map(call, 0)?;
    eval.spend_elements(map.len() * 2)?;
    eval.made(map.iter().map(|(name, value)| make(name, value)).collect(), call.span)
}

fn from_entries<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let list = eval.arg_list(call, 0)?;
    let mut pairs: Vec<(Str, Value)> = Vec::with_capacity(list.len());
    let mut bytes = 0;
    for entry in &list {
        let (key, value) = match entry {
            Value::List(pair) if pair.len() == 2 => (&pair[0], &pair[1]),
            other => match (other.get("key"), other.get("value")) {
                (Some(key), Some(value)) => (key, value),
                _ => {
                    return Err(
                        Cause::BadArgument("an element is neither a pair nor an object with `key` and `value`").at(call.args[0].span)
                    );
                }
            },
        };
        let key = eval.text(&Operand::Own(key.clone()), call.args[0].span)?;
        bytes += key.len() as u64;
        pairs.push((key, value.clone()));
    }
    eval.spend_sorting(pairs.len(), bytes)?;
    eval.made_map(Map::from_pairs(pairs), call.span)
}

fn merge<'v>(eval: &mut Evaluator<'v>, call: &'v Call) -> Outcome<'v> {
    let mut pairs: Vec<(Str, Value)> = Vec::new();
    for at in 0..call.args.len() {
        let operand = eval.arg(call, at)?;
        if operand.is_null() {
            continue;
        }
        let map = operand.expect_map(call.args[at].span)?;
        eval.spend_sorting(map.len() + pairs.len(), 0)?;
        pairs.extend(map.iter().map(|(name, value)| (name.clone(), value.clone())));
        eval.check_text((pairs.len() * size_of::<(Str, Value)>()) as u64, call.span)?;
    }
    eval.made_map(Map::from_pairs(pairs), call.span)
}

fn chosen<'v>(eval: &mut Evaluator<'v>, call: &'v Call, wanted: bool) -> Outcome<'v> {
    let map = eval.arg_map(call, 0)?;
    let mut names: Vec<Str> = Vec::new();
    for at in 1..call.args.len() {
        let operand = eval.arg(call, at)?;
        match operand.value() {
            Some(Value::String(name)) => names.push(name.clone()),
            Some(Value::List(list)) => {
                eval.spend_elements(list.len())?;
                for name in list {
                    let Value::String(name) = name else {
                        return Err(Cause::BadArgument("a name is no text").at(call.args[at].span));
                    };
                    names.push(name.clone());
                }
            }
            _ => return Err(operand.wrong("a text or an array of texts", call.args[at].span)),
        }
    }
    eval.spend_sorting(names.len(), names.iter().map(|name| name.len() as u64).sum())?;
    names.sort_unstable();
    eval.spend_sorting(map.len(), 0)?;
    let kept = map.iter().filter(|(name, _)| names.binary_search(name).is_ok() == wanted);
    let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
    eval.made_map(Map::from_pairs(kept.collect::<Vec<_>>()), call.span)
}
