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
        let mut check = Check { path: Vec::new(), issues, is_templated: false };
        check.object(self, settings);
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
    path: Vec<Step<'a>>,
    issues: &'a mut Vec<Issue>,
    is_templated: bool,
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Check<'a> {
    fn object(&mut self, schema: &'a Schema, settings: &'a Map) {
        for field in &schema.fields {
            match settings.get(&field.name) {
                None | Some(Value::Null) => self.absent(field),
                Some(value) => {
                    self.path.push(Step::Key(&field.name));
                    self.value(&field.rule, value, field.is_literal);
                    self.path.pop();
                }
            }
        }
        let is_set = |name: &str| settings.get(name).is_some_and(|value| !value.is_null());
        if !schema.any_of.is_empty() && !schema.any_of.iter().any(|group| group.iter().all(|name| is_set(name))) {
            let groups: Vec<String> = schema.any_of.iter().map(|group| format!("`{}`", group.join("` with `"))).collect();
            self.report("missing_field", format!("{} is required", groups.join(" or ")));
        }
    }

    fn absent(&mut self, field: &'a Field) {
        if field.is_required {
            self.path.push(Step::Key(&field.name));
            let kinds = field.rule.kinds.describe();
            let wanted = if kinds.is_empty() { String::new() } else { format!(", {kinds}") };
            self.report("missing_field", format!("`{}` is required{wanted}", field.name));
            self.path.pop();
        }
    }

    fn value(&mut self, rule: &'a Rule, value: &'a Value, is_literal: bool) {
        if let Value::String(text) = value
            && !is_literal
            && text.contains("{{")
        {
            self.is_templated = true;
            return;
        }
        if !rule.kinds.allow(value) {
            let found = if value.kind() == thaiyyal_model::Kind::Number { value.to_string() } else { value.kind().name().to_owned() };
            let name = self.name();
            return self.report("wrong_kind", format!("{name} must be {}, not {found}", rule.kinds.describe()));
        }
        if let Some(choices) = &rule.choices
            && !choices.contains(value)
        {
            return self.unknown_choice(choices, value);
        }
        self.bounds(rule, value);
        match value {
            Value::List(list) => {
                for (at, item) in list.iter().enumerate() {
                    self.path.push(Step::Index(at));
                    self.value(rule.items.as_deref().unwrap_or(&ANY), item, is_literal);
                    self.path.pop();
                }
            }
            Value::Map(map) => match &rule.object {
                Some(schema) => self.object(schema, map),
                None => {
                    for (key, member) in map.iter() {
                        self.path.push(Step::Key(key));
                        self.value(&ANY, member, is_literal);
                        self.path.pop();
                    }
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Large(_) => {}
        }
    }

    fn bounds(&mut self, rule: &Rule, value: &Value) {
        let name = || self.name();
        let issue = match value {
            Value::Number(number) => match (rule.minimum, rule.maximum) {
                (Some(bound), _) if *number < bound.least || (bound.is_exclusive && *number == bound.least) => {
                    let wanted = if bound.is_exclusive { "more than" } else { "at least" };
                    format!("{} must be {wanted} {}, not {value}", name(), Value::from(bound.least))
                }
                (_, Some(most)) if *number > most => format!("{} must be at most {}, not {value}", name(), Value::from(most)),
                _ => return,
            },
            Value::String(text) if text.chars().take(rule.min_length).count() < rule.min_length => format!("{} must not be empty", name()),
            Value::List(list) if list.len() < rule.min_items => {
                format!("{} must have at least {} elements, not {}", name(), rule.min_items, list.len())
            }
            _ => return,
        };
        self.report("invalid_value", issue);
    }

    fn unknown_choice(&mut self, choices: &[Value], value: &Value) {
        let all: Vec<String> = choices.iter().map(|choice| choice.text().to_string()).collect();
        let meant = did_you_mean(value.as_str().unwrap_or_default(), all.iter().map(String::as_str));
        let detail = format!("{} must be one of {}, not {value}{meant}", self.name(), all.join(", "));
        self.report("invalid_value", detail);
    }

    /// The field at the path, as people call it.
    fn name(&self) -> String {
        let mut name = String::from("`");
        for step in &self.path {
            match step {
                Step::Key(key) if name.len() > 1 => name.push_str(&format!(".{key}")),
                Step::Key(key) => name.push_str(key),
                Step::Index(at) => name.push_str(&format!("[{at}]")),
            }
        }
        name + "`"
    }

    fn report(&mut self, code: &'static str, detail: String) {
        let mut pointer = String::new();
        for step in &self.path {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Step::Index(at) => pointer.push_str(&at.to_string()),
            }
        }
        self.issues.push(Issue { pointer, code, detail });
    }
}

static ANY: Rule = Rule::ANY;
