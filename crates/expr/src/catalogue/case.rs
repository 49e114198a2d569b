use thaiyyal_model::Str;

/// Upper case by simple mapping: each character becomes one character or stays.
pub(super) fn upper(text: &str) -> Str {
    if text.is_ascii() {
        return Str::from(text).to_ascii_uppercase();
    }
    let mapped = text.chars().map(|character| iota(character).unwrap_or_else(|| single(character, character.to_uppercase())));
    mapped.collect::<String>().into()
}

/// Lower case by simple mapping.
pub(super) fn lower(text: &str) -> Str {
    if text.is_ascii() {
        return Str::from(text).to_ascii_lowercase();
    }
    let mapped = text.chars().map(|character| match character {
        // Its full mapping is an i with a dot above as a character of its own.
        '\u{130}' => 'i',
        _ => single(character, character.to_lowercase()),
    });
    mapped.collect::<String>().into()
}

/// The only character of a mapping, or else the one that was mapped.
fn single(character: char, mut mapping: impl Iterator<Item = char>) -> char {
    match (mapping.next(), mapping.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

/// Greek letters with iota below, which have a simple mapping that differs from the full one.
fn iota(character: char) -> Option<char> {
    let distance = match character {
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => 8,
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => 9,
        _ => return None,
    };
    char::from_u32(u32::from(character) + distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_character_becomes_one_character() {
        for (text, upper_case, lower_case) in [
            ("Zed 1", "ZED 1", "zed 1"),
            ("straße", "STRAßE", "straße"),
            ("ﬁn", "ﬁN", "ﬁn"),
            ("ΟΔΥΣΣΕΥΣ", "ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("éÉ", "ÉÉ", "éé"),
            ("İI", "İI", "ii"),
            ("ᾳ", "ᾼ", "ᾳ"),
            ("ǆ", "Ǆ", "ǆ"),
            ("", "", ""),
        ] {
            assert_eq!((upper(text), lower(text)), (upper_case.into(), lower_case.into()), "{text}");
        }
    }
}
