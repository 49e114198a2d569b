/// Appends `number` as `JSON.stringify` prints it: the shortest decimal that reads back equal, no exponent from 1e-6 up to 1e21, `-0` as `0`.
/// What is no number of JSON (NaN, infinity) becomes `null`, as there.
pub fn write_number(number: f64, out: &mut String) {
    print(number, |text| out.push_str(text));
}

/// The number whose digits `text` begins with, and how many they are; `None` when there are none, or more than a double has for certain.
/// Most numbers that people write are so, and are read at a quarter of the cost of others.
#[inline]
pub fn short_number(text: &[u8]) -> Option<(f64, usize)> {
    const EXACT: usize = 15;
    let (mut length, mut whole) = (0, 0_u64);
    while let Some(digit @ b'0'..=b'9') = text.get(length)
        && length <= EXACT
    {
        whole = whole * 10 + u64::from(digit - b'0');
        length += 1;
    }
    (1..=EXACT).contains(&length).then_some((whole as f64, length))
}

/// The number as an integer when it is whole and every whole number of its size is exact.
pub(super) fn whole(number: f64) -> Option<i64> {
    const EXACT: u64 = 1 << 53;
    let integer = number as i64;
    (integer.unsigned_abs() < EXACT && integer as f64 == number).then_some(integer)
}

/// Hands the text of `number` to `write`, without an allocation.
pub(super) fn print<T>(number: f64, write: impl FnOnce(&str) -> T) -> T {
    match whole(number) {
        Some(integer) => write(itoa::Buffer::new().format(integer)),
        // What is not whole is below 2^53. The faster printer writes such numbers as JavaScript does, the small ones differently.
        None if number.abs() >= 1e-5 && number.abs() < 1e15 => write(zmij::Buffer::new().format_finite(number)),
        None if number.is_finite() => write(ryu_js::Buffer::new().format_finite(number)),
        None => write("null"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_prints_as_javascript_does() {
        // Bit patterns spread over all magnitudes, and decimals as people write them.
        let patterns = (0..200_000u64).map(|n| f64::from_bits(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let decimals = (0..100_000i32).flat_map(|n| [1e-7, 1e-6, 1e-5, 1e-3, 0.01, 1e9].map(|unit| f64::from(n) * unit));
        for number in patterns.chain(decimals).filter(|number| number.is_finite()) {
            print(number, |text| assert_eq!(text, ryu_js::Buffer::new().format(number)));
        }
    }
}
