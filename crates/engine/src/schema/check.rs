use std::fmt;

use thaiyyal_model::{List, Map, Value};

use super::{Field, Rule, Schema};
use crate::suggest::did_you_mean;

/// Something in settings that does not fit their schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Issue {
    /// JSON pointer inside the settings, `/field` or `/cases/0/when`.
    pub(crate) pointer: String,
    pub(crate) code: &'static str,
    /// What is wrong and what would be right; names the field.
    pub(crate) detail: String,
}

/// What a check found besides issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// Settings as they are.
    Literal,
    /// Somewhere in them is `{{ }}`; what it will be is not known yet.
    Templated,
}

impl Schema {
    /// Checks one object of settings, and finds out whether templates are in it.
    pub(crate) fn check(&self, settings: &Map, issues: &mut Vec<Issue>) -> Checked {
        let mut check = Check { issues, is_templated: false };
        check.object(self, settings, &Path::Whole);
        // A setting that the schema does not name may hold templates too, but nothing reads it.
        if check.is_templated { Checked::Templated } else { Checked::Literal }
    }

    /// The setting as the schema wants it, when a template gave a value of another kind: text becomes the number or boolean that it is,
    /// and where the schema wants text, anything becomes its text.
    pub(crate) fn convert(&self, name: &str, value: Value) -> Value {
        match self.fields.iter().find(|field| field.name == name) {
            Some(field) => field.rule.convert(value),
            None => value,
        }
    }
}

impl Rule {
    fn convert(&self, value: Value) -> Value {
        match &value {
            Value::String(text) => self.read_text(text).unwrap_or(value),
            Value::List(list) if self.kinds.allow(&value) => match &self.items {
                Some(rule) => list.iter().map(|item| rule.convert(item.clone())).collect::<List>().into(),
                None => value,
            },
            Value::Map(map) if self.kinds.allow(&value) => match &self.object {
                Some(schema) => map.iter().map(|(key, member)| (key.clone(), schema.convert(key, member.clone()))).collect::<Map>().into(),
                None => value,
            },
            Value::Bool(_) | Value::Number(_) if self.kinds.wants_text_rather_than(&value) => value.text().into(),
            // Not where lists or objects may stand: there it is a mistake, of which the text would say nothing.
            Value::List(_) | Value::Map(_) if self.kinds.wants_only_text() && !value.has_large() => value.text().into(),
            _ => value,
        }
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        match text.trim() {
            number if self.kinds.wants_number() => number.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number),
            "true" if self.kinds.wants_boolean() => Some(Value::Bool(true)),
            "false" if self.kinds.wants_boolean() => Some(Value::Bool(false)),
            _ => None,
        }
    }
}

struct Check<'a> {
    issues: &'a mut Vec<Issue>,
    is_templated: bool,
}

/// Where in the settings something is, from there back to their beginning.
#[derive(Clone, Copy)]
enum Path<'p> {
    Whole,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Check<'_> {
    fn object(&mut self, schema: &Schema, settings: &Map, path: &Path<'_>) {
        for field in &schema.fields {
            match settings.get(&field.name) {
                None | Some(Value::Null) if !field.is_required => {}
                None | Some(Value::Null) => self.missing(field, path),
                Some(value) => self.value(&field.rule, value, field.is_literal, &Path::Key(path, &field.name)),
            }
        }
        let is_set = |name: &str| settings.get(name).is_some_and(|value| !value.is_null());
        if !schema.any_of.is_empty() && !schema.any_of.iter().any(|group| group.iter().all(|name| is_set(name))) {
            let groups: Vec<String> = schema.any_of.iter().map(|group| format!("`{}`", group.join("` with `"))).collect();
            self.report(path, "missing_field", format!("{} is required", groups.join(" or ")));
        }
    }

    fn missing(&mut self, field: &Field, path: &Path<'_>) {
        let kinds = field.rule.kinds.describe();
        let wanted = if kinds.is_empty() { String::new() } else { format!(", {kinds}") };
        self.report(&Path::Key(path, &field.name), "missing_field", format!("`{}` is required{wanted}", field.name));
    }

    fn value(&mut self, rule: &Rule, value: &Value, is_literal: bool, path: &Path<'_>) {
        if let Value::String(text) = value
            && !is_literal
            && has_template(text)
        {
            self.is_templated = true;
            return;
        }
        if !rule.kinds.allow(value) {
            let found = if value.kind() == thaiyyal_model::Kind::Number { value.to_string() } else { value.kind().name().to_owned() };
            return self.report(path, "wrong_kind", format!("{path} must be {}, not {found}", rule.kinds.describe()));
        }
        if let Some(choices) = &rule.choices
            && !choices.contains(value)
        {
            return self.unknown_choice(choices, value, path);
        }
        self.bounds(rule, value, path);
        match value {
            Value::List(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.value(rule.items.as_deref().unwrap_or(&ANY), item, is_literal, &Path::Index(path, at));
                }
            }
            Value::Map(map) => match &rule.object {
                Some(schema) => self.object(schema, map, path),
                None => {
                    for (key, member) in map.iter() {
                        self.value(&ANY, member, is_literal, &Path::Key(path, key));
                    }
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Large(_) => {}
        }
    }

    fn bounds(&mut self, rule: &Rule, value: &Value, path: &Path<'_>) {
        let issue = match value {
            Value::Number(number) => match (rule.minimum, rule.maximum) {
                (Some(bound), _) if *number < bound.least || (bound.is_exclusive && *number == bound.least) => {
                    let wanted = if bound.is_exclusive { "more than" } else { "at least" };
                    format!("{path} must be {wanted} {}, not {value}", Value::from(bound.least))
                }
                (_, Some(most)) if *number > most => format!("{path} must be at most {}, not {value}", Value::from(most)),
                _ => return,
            },
            Value::String(text) if text.chars().take(rule.min_length).count() < rule.min_length => format!("{path} must not be empty"),
            Value::List(list) if list.len() < rule.min_items => {
                format!("{path} must have at least {} elements, not {}", rule.min_items, list.len())
            }
            _ => return,
        };
        self.report(path, "invalid_value", issue);
    }

    fn unknown_choice(&mut self, choices: &[Value], value: &Value, path: &Path<'_>) {
        let all: Vec<String> = choices.iter().map(|choice| choice.text().to_string()).collect();
        let meant = did_you_mean(value.as_str().unwrap_or_default(), all.iter().map(String::as_str));
        let detail = format!("{path} must be one of {}, not {value}{meant}", all.join(", "));
        self.report(path, "invalid_value", detail);
    }

    fn report(&mut self, path: &Path<'_>, code: &'static str, detail: String) {
        let mut pointer = String::new();
        path.write_pointer(&mut pointer);
        self.issues.push(Issue { pointer, code, detail });
    }
}

impl Path<'_> {
    fn write_pointer(&self, pointer: &mut String) {
        match self {
            Self::Whole => {}
            Self::Key(before, key) => {
                before.write_pointer(pointer);
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            Self::Index(before, at) => {
                before.write_pointer(pointer);
                pointer.push_str(&format!("/{at}"));
            }
        }
    }

    fn write_name(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Key(Self::Whole, key) => f.write_str(key),
            Self::Key(before, key) => {
                before.write_name(f)?;
                write!(f, ".{key}")
            }
            Self::Index(before, at) => {
                before.write_name(f)?;
                write!(f, "[{at}]")
            }
        }
    }
}

/// As people call it.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`")?;
        self.write_name(f)?;
        f.write_str("`")
    }
}

/// Whether there is `{{` in it. Few texts have any brace, and looking for one byte is much quicker than for two.
fn has_template(text: &str) -> bool {
    memchr::memchr(b'{', text.as_bytes()).is_some_and(|first| text[first..].contains("{{"))
}

static ANY: Rule = Rule::ANY;
