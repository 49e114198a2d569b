use std::cell::Cell;

use thaiyyal_model::{Map, Str, Value};

use super::compile::{ArrayRules, Dependency, Id, JsonSchema, NumberRules, ObjectRules, Part, TextRules};
use crate::fault::Fault;

/// Something in a value that does not fit.
#[derive(Debug)]
pub(super) struct Mistake {
    /// `(root)`, or the path with dots.
    pub(super) field: Str,
    /// The word for the rule, as the original has it.
    pub(super) rule: &'static str,
    pub(super) description: String,
    pub(super) value: Value,
}

impl Mistake {
    pub(super) fn into_value(self) -> Value {
        let members = [
            ("description", Value::from(self.description)),
            ("field", Value::String(self.field)),
            ("type", Value::from(self.rule)),
            ("value", self.value),
        ];
        Map::from_pairs(members).into()
    }
}

/// How deep references and combinations may lead; a schema that refers to itself without an end comes here.
const MOST_DEPTH: u32 = 400;
/// How many rules one check looks at in all.
const MOST_RULES: u64 = 2_000_000;
/// Mistakes beyond these are not told.
const MOST_MISTAKES: usize = 1_000;

impl JsonSchema {
    /// Every mistake in a value.
    pub(super) fn check(&self, value: &Value, fuel: &Cell<u64>) -> Result<Vec<Mistake>, Fault> {
        let mut check = Check { schema: self, fuel, rules: 0, depth: 0, path: Vec::new() };
        let mut mistakes = Vec::new();
        check.value(0, value, &mut mistakes)?;
        Ok(mistakes)
    }
}

struct Check<'a> {
    schema: &'a JsonSchema,
    fuel: &'a Cell<u64>,
    rules: u64,
    depth: u32,
    path: Vec<String>,
}

type Checked = Result<(), Fault>;

impl Check<'_> {
    fn spend(&self, steps: u64) {
        self.fuel.set(self.fuel.get().saturating_sub(steps));
    }

    fn value(&mut self, id: Id, value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        self.rules += 1;
        self.spend(3);
        if self.depth >= MOST_DEPTH || self.rules > MOST_RULES {
            return Err(Fault::new("schema_too_complex", "the schema leads in a circle, or has too many rules for this value"));
        }
        self.depth += 1;
        let schema = self.schema;
        let checked = self.part(&schema.parts[id], value, mistakes);
        self.depth -= 1;
        checked
    }

    fn part(&mut self, part: &Part, value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        if part.is_never {
            self.report(mistakes, "false", "no value fits here".to_owned(), value);
            return Ok(());
        }
        if let Some(target) = part.reference {
            return self.value(target, value, mistakes);
        }
        if let Some(types) = part.types.filter(|types| !types.allow(value)) {
            self.report(mistakes, "invalid_type", format!("must be {}, not {}", types.describe(), value.kind()), value);
            return Ok(());
        }
        if part.constant.as_ref().is_some_and(|constant| constant != value) {
            self.report(mistakes, "const", "must be the one value that the schema has".to_owned(), value);
        }
        if part.choices.as_ref().is_some_and(|choices| !choices.contains(value)) {
            self.report(mistakes, "enum", "must be one of the values that the schema has".to_owned(), value);
        }
        self.combinations(part, value, mistakes)?;
        match value {
            Value::Number(number) => self.number(&part.number, *number, value, mistakes),
            Value::String(text) => self.text(&part.text, text, value, mistakes),
            Value::List(list) => self.array(&part.array, list.as_slice(), value, mistakes)?,
            Value::Map(map) => self.object(&part.object, map, value, mistakes)?,
            Value::Null | Value::Bool(_) | Value::Large(_) => {}
        }
        Ok(())
    }

    /// The mistakes by another part, which need not be mistakes of the value.
    fn tried(&mut self, id: Id, value: &Value) -> Result<Vec<Mistake>, Fault> {
        let mut mistakes = Vec::new();
        self.value(id, value, &mut mistakes)?;
        Ok(mistakes)
    }

    fn combinations(&mut self, part: &Part, value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        if !part.any_of.is_empty() {
            let (fits, closest) = self.choose(&part.any_of, value)?;
            if fits == 0 {
                self.report(mistakes, "number_any_of", "must fit one of several schemas".to_owned(), value);
                mistakes.extend(closest);
            }
        }
        if !part.one_of.is_empty() {
            let (fits, closest) = self.choose(&part.one_of, value)?;
            if fits != 1 {
                self.report(mistakes, "number_one_of", format!("must fit exactly one of several schemas, not {fits}"), value);
                mistakes.extend(closest);
            }
        }
        if !part.all_of.is_empty() {
            let (fits, closest) = self.choose(&part.all_of, value)?;
            if fits != part.all_of.len() {
                self.report(mistakes, "number_all_of", "must fit all of several schemas".to_owned(), value);
                mistakes.extend(closest);
            }
        }
        if let Some(not) = part.not
            && self.tried(not, value)?.is_empty()
        {
            self.report(mistakes, "number_not", "must not fit a schema that it fits".to_owned(), value);
        }
        if let Some((condition, then, otherwise)) = part.condition {
            let (branch, rule) =
                if self.tried(condition, value)?.is_empty() { (then, "condition_then") } else { (otherwise, "condition_else") };
            if let Some(branch) = branch {
                let inner = self.tried(branch, value)?;
                if !inner.is_empty() {
                    self.report(mistakes, rule, "must fit the schema that its condition asks for".to_owned(), value);
                    mistakes.extend(inner);
                }
            }
        }
        Ok(())
    }

    /// How many of the schemas fit, and the mistakes of the one that comes closest when none does.
    fn choose(&mut self, ids: &[Id], value: &Value) -> Result<(usize, Vec<Mistake>), Fault> {
        let mut fits = 0;
        let mut closest: Option<Vec<Mistake>> = None;
        for id in ids {
            let inner = self.tried(*id, value)?;
            if inner.is_empty() {
                fits += 1;
            } else if closest.as_ref().is_none_or(|closest| inner.len() < closest.len()) {
                closest = Some(inner);
            }
        }
        Ok((fits, closest.filter(|_| fits == 0).unwrap_or_default()))
    }

    fn number(&self, rules: &NumberRules, number: f64, value: &Value, mistakes: &mut Vec<Mistake>) {
        for (bound, is_out) in &rules.minimum {
            if number < *bound || (*is_out && number == *bound) {
                let (rule, words) = if *is_out { ("number_gt", "more than") } else { ("number_gte", "at least") };
                self.report(mistakes, rule, format!("must be {words} {}", Value::Number(*bound)), value);
            }
        }
        for (bound, is_out) in &rules.maximum {
            if number > *bound || (*is_out && number == *bound) {
                let (rule, words) = if *is_out { ("number_lt", "less than") } else { ("number_lte", "at most") };
                self.report(mistakes, rule, format!("must be {words} {}", Value::Number(*bound)), value);
            }
        }
        if let Some(step) = rules.multiple_of {
            let times = number / step;
            // 0.3 is a multiple of 0.1, although not in binary.
            if (times - times.round()).abs() > 1e-9 * times.abs().max(1.0) {
                self.report(mistakes, "multiple_of", format!("must be a multiple of {}", Value::Number(step)), value);
            }
        }
    }

    fn text(&self, rules: &TextRules, text: &str, value: &Value, mistakes: &mut Vec<Mistake>) {
        if rules.min_length.is_some() || rules.max_length.is_some() {
            let length = text.chars().count() as u64;
            if let Some(least) = rules.min_length.filter(|least| length < *least) {
                self.report(mistakes, "string_gte", format!("must have at least {least} characters"), value);
            }
            if let Some(most) = rules.max_length.filter(|most| length > *most) {
                self.report(mistakes, "string_lte", format!("must have at most {most} characters"), value);
            }
        }
        if rules.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            self.report(mistakes, "pattern", "must match the pattern".to_owned(), value);
        }
        if let Some(format) = rules.format.filter(|format| !format.fits(text)) {
            self.report(mistakes, "format", format!("must be of the format {}", format.name()), value);
        }
    }

    fn array(&mut self, rules: &ArrayRules, items: &[Value], value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        let count = items.len() as u64;
        if let Some(least) = rules.min_items.filter(|least| count < *least) {
            self.report(mistakes, "array_min_items", format!("must have at least {least} elements"), value);
        }
        if let Some(most) = rules.max_items.filter(|most| count > *most) {
            self.report(mistakes, "array_max_items", format!("must have at most {most} elements"), value);
        }
        if rules.is_unique {
            self.unique(items, value, mistakes)?;
        }
        if let Some(contained) = rules.contains {
            let mut is_there = false;
            for item in items {
                is_there = is_there || self.tried(contained, item)?.is_empty();
            }
            if !is_there {
                self.report(mistakes, "contains", "must have an element that fits a schema".to_owned(), value);
            }
        }
        let first = rules.first.as_deref().unwrap_or_default();
        for (at, item) in items.iter().enumerate() {
            let id = match (first.get(at), &rules.first) {
                (Some(id), _) => Some(*id),
                (None, Some(_)) => rules.additional,
                (None, None) => rules.items,
            };
            let Some(id) = id else { continue };
            if self.schema.parts[id].is_never && rules.first.is_some() {
                self.report(mistakes, "array_no_additional_items", "must have no further elements".to_owned(), value);
                break;
            }
            self.path.push(at.to_string());
            self.value(id, item, mistakes)?;
            self.path.pop();
        }
        Ok(())
    }

    fn unique(&mut self, items: &[Value], value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        let mut texts: Vec<Vec<u8>> = items.iter().map(Value::to_json).collect();
        self.rules += items.len() as u64;
        texts.sort_unstable();
        if texts.windows(2).any(|two| two[0] == two[1]) {
            self.report(mistakes, "unique", "must not have an element twice".to_owned(), value);
        }
        Ok(())
    }

    fn object(&mut self, rules: &ObjectRules, map: &Map, value: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        for name in rules.required.iter().filter(|name| !map.contains_key(name)) {
            self.report(mistakes, "required", format!("must have the member `{name}`"), value);
        }
        let count = map.len() as u64;
        if let Some(least) = rules.min_properties.filter(|least| count < *least) {
            self.report(mistakes, "array_min_properties", format!("must have at least {least} members"), value);
        }
        if let Some(most) = rules.max_properties.filter(|most| count > *most) {
            self.report(mistakes, "array_max_properties", format!("must have at most {most} members"), value);
        }
        for (name, dependency) in rules.dependencies.iter().filter(|(name, _)| map.contains_key(name)) {
            match dependency {
                Dependency::Members(others) => {
                    for other in others.iter().filter(|other| !map.contains_key(other)) {
                        self.report(
                            mistakes,
                            "missing_dependency",
                            format!("must have the member `{other}` because it has `{name}`"),
                            value,
                        );
                    }
                }
                Dependency::Schema(id) => self.value(*id, value, mistakes)?,
            }
        }
        for (name, member) in map.iter() {
            self.member(rules, (name, member), value, mistakes)?;
        }
        Ok(())
    }

    fn member(&mut self, rules: &ObjectRules, entry: (&Str, &Value), object: &Value, mistakes: &mut Vec<Mistake>) -> Checked {
        let (name, member) = entry;
        if let Some(names) = rules.names
            && !self.tried(names, &Value::String(name.clone()))?.is_empty()
        {
            self.report(mistakes, "invalid_property_name", format!("must have no member called `{name}`"), object);
        }
        let property = rules.properties.binary_search_by(|(own, _)| own.as_str().cmp(name)).ok().map(|at| rules.properties[at].1);
        let patterns: Vec<Id> = rules.patterns.iter().filter(|(pattern, _)| pattern.is_match(name)).map(|(_, id)| *id).collect();
        let mut ids: Vec<Id> = property.into_iter().chain(patterns).collect();
        if ids.is_empty() {
            let Some(id) = rules.additional else { return Ok(()) };
            if self.schema.parts[id].is_never {
                self.report(mistakes, "additional_property_not_allowed", format!("must have no member `{name}`"), member);
                return Ok(());
            }
            ids.push(id);
        }
        self.path.push(name.to_string());
        for id in ids {
            self.value(id, member, mistakes)?;
        }
        self.path.pop();
        Ok(())
    }

    fn report(&self, mistakes: &mut Vec<Mistake>, rule: &'static str, description: String, value: &Value) {
        if mistakes.len() < MOST_MISTAKES {
            let field = if self.path.is_empty() { Str::inline("(root)") } else { self.path.join(".").into() };
            mistakes.push(Mistake { field, rule, description, value: value.clone() });
        }
    }
}
