use std::rc::Rc;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::captures::Captures;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

use crate::error::{Cause, Fault};
use crate::evaluate::Evaluator;
use crate::syntax::tree::Call;

/// A compiled regular expression. Searching takes time linear in the text.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    /// How much its size makes searching slower.
    weight: u64,
    /// Whether finding all matches is linear too, not only finding one.
    is_simple: bool,
}

impl Pattern {
    /// The longest pattern, in bytes.
    pub(crate) const MAX_BYTES: usize = 1_000;
    /// The most patterns written out in one expression.
    pub(crate) const MOST: usize = 20;

    /// Compiles a pattern; the message says why it cannot be used.
    pub(crate) fn new(source: &str) -> Result<Self, String> {
        const NESTING: u32 = 50;
        const NFA_BYTES: usize = 256 << 10;
        const CACHE_BYTES: usize = 256 << 10;
        if source.len() > Self::MAX_BYTES {
            return Err(format!("a regular expression may have {} bytes", Self::MAX_BYTES));
        }
        let hir = ParserBuilder::new().nest_limit(NESTING).build().parse(source).map_err(|error| reason(&error))?;
        let config = Config::new()
            .nfa_size_limit(Some(NFA_BYTES))
            .onepass_size_limit(Some(CACHE_BYTES))
            .hybrid_cache_capacity(CACHE_BYTES)
            .dfa(false);
        let regex = Regex::builder().configure(config).build_from_hir(&hir).map_err(|_| "it is too large".to_owned())?;
        Ok(Self { weight: 1 + regex.memory_usage() as u64 / 4096, is_simple: is_simple(&hir), regex })
    }
}

/// Without the drawing of the pattern that the library adds.
fn reason(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "it cannot be read".to_owned(),
    }
}

/// Whether a search that has found a match does not look far beyond its end: the length of matches is bounded, or what is endless is a
/// repetition of a single class. (`.*x|y` would look through the whole rest for an x before it gives each y.)
fn is_simple(hir: &Hir) -> bool {
    if hir.properties().maximum_len().is_some() {
        return true;
    }
    match hir.kind() {
        HirKind::Repetition(repetition) => repetition.greedy && is_character(&repetition.sub),
        HirKind::Capture(capture) => is_simple(&capture.sub),
        HirKind::Alternation(parts) => parts.iter().all(|part| match part.kind() {
            HirKind::Repetition(repetition) => repetition.greedy && repetition.min <= 1 && is_character(&repetition.sub),
            _ => part.properties().maximum_len().is_some(),
        }),
        HirKind::Concat(parts) => {
            let mut endless = parts.iter().filter(|part| part.properties().maximum_len().is_none());
            endless.next().is_none_or(is_simple) && endless.next().is_none()
        }
        _ => false,
    }
}

fn is_character(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(_) => true,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).is_ok_and(|text| text.chars().count() == 1),
        _ => false,
    }
}

impl<'v> Evaluator<'v> {
    /// Goes through the matches in a text until `see` says that it is enough. Pays for the search.
    pub(super) fn matches(
        &mut self,
        text: &str,
        call: &'v Call,
        mut see: impl FnMut(&mut Self, &Captures) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let made;
        let pattern = match &call.pattern {
            Some(pattern) => &**pattern,
            None => {
                made = self.dynamic_pattern(call)?;
                &*made
            }
        };
        let bytes = text.len() as u64;
        self.spend_bytes(bytes.saturating_mul(pattern.weight))?;
        for captures in pattern.regex.captures_iter(text) {
            let Some(found) = captures.get_match() else { break };
            self.spend(1)?;
            self.spend_bytes((found.len() as u64).saturating_mul(pattern.weight))?;
            if !see(self, &captures)? {
                break;
            }
            if !pattern.is_simple {
                self.spend_bytes((bytes - found.end() as u64).saturating_mul(pattern.weight))?;
            }
        }
        Ok(())
    }

    /// The pattern that an argument evaluates to. The last one is kept, for calls per element.
    fn dynamic_pattern(&mut self, call: &'v Call) -> Result<Rc<Pattern>, Fault> {
        /// About what compiling the largest one takes.
        const COMPILING: u64 = 20_000;
        let at = call.function.pattern_at().unwrap_or(0);
        let source = self.arg_text(call, at)?;
        if let Some((known, pattern)) = &self.pattern
            && *known == source
        {
            return Ok(pattern.clone());
        }
        self.spend(COMPILING)?;
        let span = call.args[at].span;
        let pattern = Rc::new(Pattern::new(&source).map_err(|_| Cause::BadArgument("no usable regular expression").at(span))?);
        self.pattern = Some((source, pattern.clone()));
        Ok(pattern)
    }
}
