use thaiyyal_model::Value;

use super::Format;

/// The format that text most likely has.
pub(super) fn format(text: &str) -> Format {
    let text = text.trim();
    let is_enclosed = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    if text.is_empty() {
        return Format::Json;
    }
    if (is_enclosed('{', '}') || is_enclosed('[', ']')) && Value::from_json_lossless(text.as_bytes()).is_ok() {
        return Format::Json;
    }
    if is_enclosed('<', '>') {
        return Format::Xml;
    }
    let Some((first, _)) = text.split_once('\n') else { return Format::Json };
    if text.lines().filter(|line| line.contains(": ") || line.ends_with(':')).count() >= 2 && text.lines().any(|line| line.contains(": ")) {
        return Format::Yaml;
    }
    let (tabs, commas) = (first.matches('\t').count(), first.matches(',').count());
    match (tabs, commas) {
        (tabs, commas) if tabs > commas => Format::Tsv,
        (_, 1..) => Format::Csv,
        _ => Format::Json,
    }
}
