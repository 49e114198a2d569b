use jiff::SignedDuration;

/// Reads a duration as settings write it: `1h30m`, `1.5s`, `100ms`, `0`, or a whole number of milliseconds (`250`). The units are `ns us µs ms
/// s m h`. `None` for anything else, negative durations included.
pub(crate) fn parse(text: &str) -> Option<SignedDuration> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(SignedDuration::from_millis(text.parse().ok()?));
    }
    let mut rest = text;
    let mut total = SignedDuration::ZERO;
    while !rest.is_empty() {
        let (part, after) = pair(rest)?;
        total = total.checked_add(part)?;
        rest = after;
    }
    Some(total)
}

/// One number with its unit, and what follows.
fn pair(text: &str) -> Option<(SignedDuration, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let (unit, after) = UNITS.iter().find_map(|(name, nanos)| Some((*nanos, rest.strip_prefix(name)?)))?;
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanos = whole.checked_mul(unit)?;
    let mut scale = unit;
    for digit in fraction.bytes().take(18) {
        scale /= 10;
        nanos = nanos.checked_add(i128::from(digit - b'0') * scale)?;
    }
    const SECOND: i128 = 1_000_000_000;
    let duration = SignedDuration::new(i64::try_from(nanos / SECOND).ok()?, i32::try_from(nanos % SECOND).ok()?);
    Some((duration, after))
}

/// `ms` before `m`, so that the longer name is found first.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_settings_write_them() {
        for (text, nanos) in [
            ("0", 0),
            ("250", 250_000_000),
            ("100ms", 100_000_000),
            ("1.5s", 1_500_000_000),
            ("1h30m", 5_400_000_000_000),
            ("+2m", 120_000_000_000),
            ("20µs", 20_000),
            (".5s", 500_000_000),
            ("1ns", 1),
            ("0.1ns", 0),
            ("1s1s", 2_000_000_000),
        ] {
            assert_eq!(parse(text).map(|duration| duration.as_nanos()), Some(nanos), "{text}");
        }
        for text in ["", "-1s", "soon", "5 s", "s", ".s", "1.2.3s", "1x", "99999999999999999999h", "1e3s", " 1s", "1.5"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
