use thaiyyal_model::{Str, short_number};

/// A word of the language.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token {
    Number(f64),
    /// A text in quotes; what it says is told by [`text_at`] its position in the source.
    Text,
    /// A name; its letters are at the token's position in the source.
    Name,
    Symbol(Symbol),
    /// A character that begins no word.
    Unknown(char),
    /// A text whose closing quote is missing.
    OpenText,
    /// A number that a double cannot hold, or with letters glued to it.
    BadNumber,
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    /// Ends a template.
    CloseBrace,
    Dot,
    Comma,
    Question,
    Colon,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Not,
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// `??`
    Otherwise,
    /// `?.`
    SafeDot,
    /// `=>`
    Arrow,
    /// Begins a text with expressions in it.
    Backtick,
}

/// The symbol of two characters that begins so.
fn pair(first: char, second: Option<u8>) -> Option<Symbol> {
    Some(match (first, second?) {
        ('&', b'&') => Symbol::And,
        ('|', b'|') => Symbol::Or,
        ('=', b'=') => Symbol::Equal,
        ('!', b'=') => Symbol::NotEqual,
        ('<', b'=') => Symbol::LessEqual,
        ('>', b'=') => Symbol::GreaterEqual,
        ('=', b'>') => Symbol::Arrow,
        ('?', b'?') => Symbol::Otherwise,
        ('?', b'.') => Symbol::SafeDot,
        _ => return None,
    })
}

/// The symbol of this one character.
fn single(character: char) -> Option<Symbol> {
    Some(match character {
        '<' => Symbol::Less,
        '>' => Symbol::Greater,
        '!' => Symbol::Not,
        '(' => Symbol::OpenParen,
        ')' => Symbol::CloseParen,
        '[' => Symbol::OpenBracket,
        ']' => Symbol::CloseBracket,
        '}' => Symbol::CloseBrace,
        '.' => Symbol::Dot,
        ',' => Symbol::Comma,
        '?' => Symbol::Question,
        ':' => Symbol::Colon,
        '+' => Symbol::Plus,
        '-' => Symbol::Minus,
        '*' => Symbol::Star,
        '/' => Symbol::Slash,
        '%' => Symbol::Percent,
        '`' => Symbol::Backtick,
        _ => return None,
    })
}

impl Symbol {
    /// As it is written.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::OpenParen => "(",
            Self::CloseParen => ")",
            Self::OpenBracket => "[",
            Self::CloseBracket => "]",
            Self::CloseBrace => "}",
            Self::Dot => ".",
            Self::Comma => ",",
            Self::Question => "?",
            Self::Colon => ":",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Star => "*",
            Self::Slash => "/",
            Self::Percent => "%",
            Self::Not => "!",
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Otherwise => "??",
            Self::SafeDot => "?.",
            Self::Arrow => "=>",
            Self::Backtick => "`",
        }
    }
}

/// Cuts the source into words, one at a time, because what a word is depends on what stands before it (names after a dot may have dashes).
#[derive(Debug)]
pub(crate) struct Lexer<'s> {
    source: &'s str,
    /// The next byte to read.
    pub(crate) at: usize,
    /// Where the word before it begins.
    pub(crate) start: usize,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s str, at: usize) -> Self {
        Self { source, at, start: at }
    }

    /// The next word; it begins at `self.start` and ends at `self.at`.
    pub(crate) fn next(&mut self) -> Token {
        self.skip_space();
        let start = self.at;
        self.start = start;
        match self.source.as_bytes().get(start) {
            None => Token::End,
            Some(b'0'..=b'9') => self.number(),
            Some(quote @ (b'\'' | b'"')) => self.text(*quote),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.name(),
            Some(first) if first.is_ascii() => self.symbol(char::from(*first)),
            Some(_) => match self.rest().chars().next() {
                Some(first) if starts_name(first) => self.name(),
                first => self.symbol(first.unwrap_or_default()),
            },
        }
    }

    fn name(&mut self) -> Token {
        self.skip_name();
        Token::Name
    }

    /// Passes the rest of a name; returns where it ends.
    pub(crate) fn skip_name(&mut self) -> usize {
        let bytes = self.source.as_bytes();
        while let Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_') = bytes.get(self.at) {
            self.at += 1;
        }
        if bytes.get(self.at).is_some_and(|byte| !byte.is_ascii()) {
            self.skip_while(continues_name);
        }
        self.at
    }

    #[inline]
    pub(crate) fn skip_space(&mut self) {
        if self.source.as_bytes().get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        // Nearly always something that is plainly no space comes next.
        if self.source.as_bytes().get(self.at).is_some_and(|next| !next.is_ascii_graphic()) {
            self.skip_more_space();
        }
    }

    #[inline(never)]
    fn skip_more_space(&mut self) {
        self.skip_while(char::is_whitespace);
    }

    pub(crate) fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Passes all characters of a kind; returns how far it came.
    pub(crate) fn skip_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> usize {
        let bytes = self.source.as_bytes();
        while bytes.get(self.at).is_some_and(|byte| byte.is_ascii() && wanted(char::from(*byte))) {
            self.at += 1;
        }
        if bytes.get(self.at).is_some_and(|byte| !byte.is_ascii()) {
            let rest = self.rest();
            self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        }
        self.at
    }

    fn symbol(&mut self, first: char) -> Token {
        let Some(pair) = pair(first, self.source.as_bytes().get(self.at + 1).copied()) else {
            self.at += first.len_utf8();
            return single(first).map_or(Token::Unknown(first), Token::Symbol);
        };
        self.at += 2;
        Token::Symbol(pair)
    }

    fn number(&mut self) -> Token {
        if let Some(number) = self.short_number() {
            return Token::Number(number);
        }
        let start = self.at;
        self.at += number_length(self.rest());
        let literal = &self.source[start..self.at];
        if self.rest().starts_with(continues_name) {
            self.skip_while(continues_name);
            return Token::BadNumber;
        }
        match literal.parse::<f64>() {
            Ok(number) if number.is_finite() => Token::Number(number),
            _ => Token::BadNumber,
        }
    }

    /// A whole number of so few digits that a double has it for certain, by itself: most numbers, at a quarter of the cost.
    fn short_number(&mut self) -> Option<f64> {
        let rest = &self.source.as_bytes()[self.at..];
        let (number, length) = short_number(rest)?;
        let is_alone = rest.get(length).is_none_or(|next| next.is_ascii() && *next != b'.' && !continues_name(char::from(*next)));
        is_alone.then(|| {
            self.at += length;
            number
        })
    }

    fn text(&mut self, quote: u8) -> Token {
        self.at += 1;
        loop {
            match self.source.as_bytes().get(self.at) {
                None => return Token::OpenText,
                Some(b'\\') => {
                    self.at += 1;
                    self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                }
                Some(byte) => {
                    self.at += 1;
                    if *byte == quote {
                        return Token::Text;
                    }
                }
            }
        }
    }

    /// The text up to the next `${` or the closing backtick, behind which it stops; whether it is the closing one. `None` when there is
    /// neither.
    pub(crate) fn piece(&mut self) -> Option<(Str, bool)> {
        let mut text = Str::new();
        loop {
            let rest = self.rest();
            let length = rest.find(['`', '\\', '$'])?;
            text.push_str(&rest[..length]);
            self.at += length + 1;
            match &rest.as_bytes()[length..] {
                [b'`', ..] => return Some((text, true)),
                [b'$', b'{', ..] => {
                    self.at += 1;
                    return Some((text, false));
                }
                [b'$', ..] => text.push('$'),
                _ => self.escape(&mut text, &['\\', '`', '$']),
            }
        }
    }

    /// What stands behind a backslash. An unknown escape stays as it is written, as every backslash did before there were escapes.
    fn escape(&mut self, text: &mut Str, plain: &[char]) {
        let Some(escaped) = self.rest().chars().next() else {
            return;
        };
        self.at += escaped.len_utf8();
        match escaped {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            other if plain.contains(&other) => text.push(other),
            other => {
                text.push('\\');
                text.push(other);
            }
        }
    }
}

/// What the text in quotes says that begins at `start`.
pub(crate) fn text_at(source: &str, start: usize) -> Str {
    let mut lexer = Lexer::new(source, start + 1);
    let quote = char::from(source.as_bytes()[start]);
    let mut text = Str::new();
    while let Some(length) = lexer.rest().find([quote, '\\']) {
        let rest = lexer.rest();
        text.push_str(&rest[..length]);
        lexer.at += length + 1;
        if rest[length..].starts_with(quote) {
            break;
        }
        lexer.escape(&mut text, &['\\', '\'', '"']);
    }
    text
}

pub(crate) fn starts_name(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

pub(crate) fn continues_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// How many bytes of `text`, which begins with a digit, belong to a number literal.
pub(crate) fn number_length(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let mut length = digits(0);
    if text[length..].starts_with('.') {
        let fraction = digits(length + 1);
        length += if fraction > 0 { 1 + fraction } else { 0 };
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        length += if exponent > 0 { 1 + sign + exponent } else { 0 };
    }
    length
}
