use super::{List, Map, Str, Value, number};

impl Value {
    /// Compact JSON, keys in ascending order.
    pub fn to_json(&self) -> Vec<u8> {
        // Most values print shorter than they are in memory.
        let likely = usize::try_from(self.size_bytes()).unwrap_or(usize::MAX).clamp(32, 1 << 16);
        let mut out = Vec::with_capacity(likely);
        self.write_json(&mut out);
        out
    }

    /// Appends compact JSON to `out`.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        write(self, out);
    }

    /// JSON for people: a line per element, indented by two spaces. Empty containers stay on one line.
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        write_pretty(self, 0, &mut out);
        out
    }
}

/// Where JSON text goes.
pub(super) trait Sink {
    fn push_str(&mut self, text: &str);
}

impl Sink for Vec<u8> {
    #[inline]
    fn push_str(&mut self, text: &str) {
        self.extend_from_slice(text.as_bytes());
    }
}

impl Sink for String {
    #[inline]
    fn push_str(&mut self, text: &str) {
        Self::push_str(self, text);
    }
}

impl Sink for Str {
    #[inline]
    fn push_str(&mut self, text: &str) {
        Self::push_str(self, text);
    }
}

/// Writes compact JSON.
pub(super) fn write(value: &Value, out: &mut impl Sink) {
    match value {
        Value::Null | Value::Large(_) => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => number::print(*number, |text| out.push_str(text)),
        Value::String(text) => write_string(text, out),
        Value::List(list) => write_list(list, out),
        Value::Map(map) => write_map(map, out),
    }
}

fn write_list(list: &List, out: &mut impl Sink) {
    let mut separator = "[";
    for item in list {
        out.push_str(separator);
        write(item, out);
        separator = ",";
    }
    out.push_str(if list.is_empty() { "[]" } else { "]" });
}

fn write_map(map: &Map, out: &mut impl Sink) {
    let mut separator = "{";
    for (key, value) in map.iter() {
        out.push_str(separator);
        write_string(key, out);
        out.push_str(":");
        write(value, out);
        separator = ",";
    }
    out.push_str(if map.is_empty() { "{}" } else { "}" });
}

fn write_pretty(value: &Value, level: usize, out: &mut String) {
    match value {
        Value::List(list) if !list.is_empty() => {
            for (at, item) in list.iter().enumerate() {
                out.push_str(if at == 0 { "[" } else { "," });
                new_line(level + 1, out);
                write_pretty(item, level + 1, out);
            }
            new_line(level, out);
            out.push(']');
        }
        Value::Map(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "{" } else { "," });
                new_line(level + 1, out);
                write_string(key, out);
                out.push_str(": ");
                write_pretty(value, level + 1, out);
            }
            new_line(level, out);
            out.push('}');
        }
        other => write(other, out),
    }
}

fn new_line(level: usize, out: &mut String) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

fn write_string(text: &str, out: &mut impl Sink) {
    out.push_str("\"");
    let mut rest = text;
    loop {
        let plain = plain_length(rest.as_bytes());
        out.push_str(&rest[..plain]);
        let Some(special) = rest.as_bytes().get(plain) else {
            break;
        };
        write_escape(*special, out);
        rest = &rest[plain + 1..];
    }
    out.push_str("\"");
}

/// How many bytes from the start need no escape.
fn plain_length(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    let plain_words = words.iter().take_while(|word| !has_special(u64::from_ne_bytes(**word))).count();
    let start = plain_words * 8;
    start + bytes[start..].iter().take_while(|byte| !is_special(**byte)).count()
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether one of eight bytes is special: three comparisons of all of them at once.
fn has_special(word: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    (control | zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')))) != 0
}

fn write_escape(byte: u8, out: &mut impl Sink) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0c => out.push_str("\\f"),
        control => out.push_str(&format!("\\u{control:04x}")),
    }
}
