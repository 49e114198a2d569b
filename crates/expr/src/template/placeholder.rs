use thaiyyal_model::Str;

use crate::scope::Lookup;

/// The older spelling of a reference to the context: `{{ variable.NAME }}` or `{{ const.NAME }}`.
#[derive(Debug)]
pub(super) struct Placeholder {
    kind: Kind,
    pub(super) name: Str,
    /// As it is written, which it stays when there is nothing of that name.
    written: Str,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Variable,
    Constant,
}

impl Placeholder {
    /// The placeholder that begins with the `{{` at `open`, and the byte behind its `}}`.
    pub(super) fn find(text: &str, open: usize) -> Option<(Self, usize)> {
        let inside = text[open..].strip_prefix("{{")?.trim_start();
        let (kind, named) = match inside.strip_prefix("variable.") {
            Some(named) => (Kind::Variable, named),
            None => (Kind::Constant, inside.strip_prefix("const.")?),
        };
        let (name, rest) = named.split_at(named.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?);
        let rest = rest.trim_start().strip_prefix("}}").filter(|_| !name.is_empty())?;
        let end = text.len() - rest.len();
        Some((Self { kind, name: name.into(), written: text[open..end].into() }, end))
    }

    pub(super) fn render(&self, lookup: &dyn Lookup, out: &mut String) {
        let found = match self.kind {
            Kind::Variable => lookup.context_variable(&self.name),
            Kind::Constant => lookup.context_constant(&self.name),
        };
        match found {
            Some(value) => value.write_text(out),
            None => out.push_str(&self.written),
        }
    }
}
