use serde_json::json;
use thaiyyal_model::{Category, NodeDescription, Purity, Str, Value};
use unicode_segmentation::UnicodeSegmentation;

use super::ports;
use crate::catalog::{Bodies, Class, Definition};
use crate::fault::Fault;
use crate::node::{Flow, Node, Run};
use crate::settings::Settings;

pub(crate) const TYPE: Definition = Definition { describe, build, class: Class::Ordinary, bodies: Bodies::None };

fn describe() -> NodeDescription {
    NodeDescription {
        node_type: "text_operation",
        title: "Change text",
        category: Category::Data,
        icon: "case-sensitive",
        summary: "Changes, joins, splits or repeats text.",
        schema: json!({
            "type": "object",
            "required": ["text_op"],
            "properties": {
                "text_op": {
                    "type": "string",
                    "enum": ["uppercase", "lowercase", "titlecase", "camelcase", "inversecase", "concat", "repeat", "trim", "split", "replace"],
                    "title": "What to do"
                },
                "separator": {"type": "string", "title": "Separator", "default": "", "description": "Between joined texts; where to split.", "x-ui": {"when": {"text_op": ["concat", "split"]}}},
                "repeat_n": {"type": "integer", "title": "Times", "minimum": 0, "x-ui": {"when": {"text_op": ["repeat"]}}},
                "find": {"type": "string", "title": "Find", "x-ui": {"when": {"text_op": ["replace"]}}},
                "replace_with": {"type": "string", "title": "Replace with", "default": "", "x-ui": {"when": {"text_op": ["replace"]}}}
            }
        }),
        ports: ports::through(),
        purity: Purity::Pure,
        example: json!({"text_op": "uppercase"}),
    }
}

enum TextOperation {
    Convert(fn(&str) -> String),
    Concat { separator: Str },
    Repeat { times: u64 },
    Split { separator: Str },
    Replace { find: Str, replace_with: Str },
}

fn build(settings: &mut Settings<'_>) -> Option<Box<dyn Node>> {
    let text = |settings: &Settings<'_>, name: &str| settings.text(name).cloned().unwrap_or_default();
    Some(Box::new(match settings.required_text("text_op") {
        "uppercase" => TextOperation::Convert(str::to_uppercase),
        "lowercase" => TextOperation::Convert(str::to_lowercase),
        "titlecase" => TextOperation::Convert(title_case),
        "camelcase" => TextOperation::Convert(camel_case),
        "inversecase" => TextOperation::Convert(inverse_case),
        "trim" => TextOperation::Convert(|text| text.trim().to_owned()),
        "concat" => TextOperation::Concat { separator: text(settings, "separator") },
        "split" => TextOperation::Split { separator: text(settings, "separator") },
        "repeat" => TextOperation::Repeat { times: repetitions(settings)? },
        "replace" => TextOperation::Replace { find: found(settings)?, replace_with: text(settings, "replace_with") },
        _ => return None,
    }))
}

fn repetitions(settings: &mut Settings<'_>) -> Option<u64> {
    let times = settings.number("repeat_n");
    if times.is_none() {
        settings.problem("repeat_n", "missing_field", "`repeat_n` is required to repeat a text, a whole number".to_owned());
    }
    times.map(|times| times as u64)
}

fn found(settings: &mut Settings<'_>) -> Option<Str> {
    let find = settings.text("find").filter(|find| !find.is_empty()).cloned();
    if find.is_none() {
        settings.problem("find", "missing_field", "`find` is required to replace text, a string that is not empty".to_owned());
    }
    find
}

impl Node for TextOperation {
    fn run(&self, run: &mut Run<'_>) -> Result<Flow, Fault> {
        let first = text(run.needed_input("text_operation")?)?;
        Ok(Flow::Done(match self {
            Self::Convert(convert) => convert(first).into(),
            Self::Concat { separator } => {
                let texts = run.inputs.iter().map(text).collect::<Result<Vec<_>, _>>()?;
                let length: usize = texts.iter().map(|text| text.len() + separator.len()).sum();
                check_length(length as u64, run)?;
                texts.join(separator).into()
            }
            Self::Repeat { times } => {
                check_length((first.len() as u64).saturating_mul(*times), run)?;
                first.repeat(usize::try_from(*times).unwrap_or(0)).into()
            }
            Self::Split { separator } if separator.is_empty() => {
                first.chars().map(|c| Value::String(Str::from(c.encode_utf8(&mut [0; 4]) as &str))).collect::<Vec<_>>().into()
            }
            Self::Split { separator } => first.split(separator.as_str()).map(Value::from).collect::<Vec<_>>().into(),
            Self::Replace { find, replace_with } => {
                let count = first.matches(find.as_str()).count() as u64;
                check_length(first.len() as u64 + count.saturating_mul(replace_with.len() as u64), run)?;
                first.replace(find.as_str(), replace_with).into()
            }
        }))
    }
}

fn text(value: &Value) -> Result<&str, Fault> {
    value
        .as_str()
        .ok_or_else(|| Fault::wrong_input(format!("the input of a text operation must be text, and this is of kind {}", value.kind())))
}

fn check_length(length: u64, run: &Run<'_>) -> Result<(), Fault> {
    match run.limits.max_string_length {
        Some(most) if length > u64::from(most) => {
            let message = format!("a text may have {most} bytes, and this one would have {length}");
            Err(Fault::limit("text_too_long", "max_string_length", most, message))
        }
        _ if length > run.limits.max_value_bytes => {
            let most = run.limits.max_value_bytes;
            let message = format!("a value may take {most} bytes, and this text would have {length}");
            Err(Fault::limit("value_too_large", "max_value_bytes", most, message))
        }
        _ => Ok(()),
    }
}

/// Every word in small letters with a capital first one.
fn title_case(text: &str) -> String {
    let lower = text.to_lowercase();
    lower.split_word_bounds().map(capitalized).collect()
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The words between white space, joined: the first in small letters, the others capitalised.
fn camel_case(text: &str) -> String {
    let mut words = text.split_whitespace();
    let Some(first) = words.next() else { return text.to_owned() };
    let mut joined = first.to_lowercase();
    words.for_each(|word| joined.push_str(&capitalized(&word.to_lowercase())));
    joined
}

/// Small letters for capitals and the other way round; a letter that has no single counterpart stays.
fn inverse_case(text: &str) -> String {
    text.chars().map(|c| if c.is_uppercase() { single(c, c.to_lowercase()) } else { single(c, c.to_uppercase()) }).collect()
}

fn single(own: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_change_as_people_expect() {
        assert_eq!(title_case("it's o'neil-smith HERE"), "It's O'neil-Smith Here");
        assert_eq!(camel_case("été à paris"), "étéÀParis");
        assert_eq!(camel_case("  "), "  ");
        assert_eq!(inverse_case("aBß1"), "Abß1");
    }
}
