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

/// A duration as results write it: `0s`, `20µs`, `1.5ms`, `1.5s`, `1m0s`, `1h0m0s`.
pub(crate) fn text(duration: SignedDuration) -> String {
    let nanos = duration.as_nanos().unsigned_abs();
    let sign = if duration.is_negative() { "-" } else { "" };
    let in_unit = |unit: u128, digits: usize, name: &str| {
        let fraction = format!("{:0digits$}", nanos % unit);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{}{point}{fraction}{name}", nanos / unit)
    };
    let rest = match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => in_unit(1_000, 3, "µs"),
        1_000_000..1_000_000_000 => in_unit(1_000_000, 6, "ms"),
        _ => {
            let seconds = nanos / 1_000_000_000;
            let fraction = format!("{:09}", nanos % 1_000_000_000);
            let fraction = fraction.trim_end_matches('0');
            let point = if fraction.is_empty() { "" } else { "." };
            let own = format!("{}{point}{fraction}s", seconds % 60);
            match (seconds / 3600, seconds / 60 % 60) {
                (0, 0) => own,
                (0, minutes) => format!("{minutes}m{own}"),
                (hours, minutes) => format!("{hours}h{minutes}m{own}"),
            }
        }
    };
    format!("{sign}{rest}")
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

    #[test]
    fn durations_are_written_as_results_have_them() {
        for (given, written) in [
            ("0", "0s"),
            ("7ns", "7ns"),
            ("20us", "20µs"),
            ("1.5ms", "1.5ms"),
            ("1500ms", "1.5s"),
            ("60s", "1m0s"),
            ("1h", "1h0m0s"),
            ("3661.25s", "1h1m1.25s"),
            ("999ms", "999ms"),
        ] {
            assert_eq!(text(parse(given).unwrap()), written);
        }
    }
}
