//! The part of JSON Schema that node settings are checked with, compiled once per node type.
//!
//! Understood: `type`, `enum`, `const`, `required`, `properties`, `items`, `minimum`, `exclusiveMinimum`, `maximum`, `minLength`,
//! `minItems`, and `anyOf` whose members only list `required`. Everything else (titles, hints) is for people and forms. Keys without a
//! property are allowed, and null counts as absent, as in the definitions of the original Thaiyyal.

mod check;
mod kinds;

#[cfg(test)]
mod tests;

use thaiyyal_model::{Str, Value};

pub(crate) use check::Checked;
use kinds::Kinds;

/// What one object of settings must look like.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    fields: Box<[Field]>,
    /// Of each group at least one field must be there.
    any_of: Box<[Box<[Str]>]>,
    literals: Box<[Str]>,
}

#[derive(Debug)]
struct Field {
    name: Str,
    is_required: bool,
    /// Expressions and parts of the graph are taken as written; everything else may hold `{{ }}`.
    is_literal: bool,
    rule: Rule,
}

#[derive(Debug)]
struct Rule {
    kinds: Kinds,
    choices: Option<Box<[Value]>>,
    minimum: Option<Bound>,
    maximum: Option<f64>,
    min_length: usize,
    min_items: usize,
    items: Option<Box<Rule>>,
    object: Option<Box<Schema>>,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    least: f64,
    is_exclusive: bool,
}

impl Schema {
    /// Compiles the schema of an object.
    pub(crate) fn new(schema: &serde_json::Value) -> Self {
        let required = names(&schema["required"]);
        let field = |(name, property): (&String, &serde_json::Value)| Field {
            name: name.as_str().into(),
            is_required: required.iter().any(|own| own == name),
            is_literal: is_literal(property),
            rule: Rule::new(property),
        };
        let groups = schema["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
        let fields = schema["properties"].as_object().into_iter().flatten().map(field).collect();
        let any_of = groups.iter().map(|group| names(&group["required"])).collect();
        let mut compiled = Self { fields, any_of, literals: Box::default() };
        let mut literals = Vec::new();
        compiled.collect_literals(&mut literals);
        compiled.literals = literals.into();
        compiled
    }

    /// Names of the settings, at any depth, in which `{{ }}` means what it says.
    pub(crate) fn literal_names(&self) -> impl Iterator<Item = &str> {
        self.literals.iter().map(Str::as_str)
    }

    fn collect_literals(&self, names: &mut Vec<Str>) {
        for field in &self.fields {
            if field.is_literal {
                names.push(field.name.clone());
            }
            for rule in [Some(&field.rule), field.rule.items.as_deref()].into_iter().flatten() {
                rule.object.iter().for_each(|inside| inside.collect_literals(names));
            }
        }
    }
}

impl Rule {
    /// Allows everything.
    const ANY: Self =
        Self { kinds: Kinds::ANY, choices: None, minimum: None, maximum: None, min_length: 0, min_items: 0, items: None, object: None };

    fn new(schema: &serde_json::Value) -> Self {
        let number = |key: &str| schema[key].as_f64();
        let count = |key: &str| schema[key].as_u64().map_or(0, |count| usize::try_from(count).unwrap_or(usize::MAX));
        let exclusive = number("exclusiveMinimum").map(|least| Bound { least, is_exclusive: true });
        Self {
            kinds: Kinds::new(&schema["type"]),
            choices: choices(schema),
            minimum: exclusive.or(number("minimum").map(|least| Bound { least, is_exclusive: false })),
            maximum: number("maximum"),
            min_length: count("minLength"),
            min_items: count("minItems"),
            items: schema.get("items").map(|items| Box::new(Self::new(items))),
            object: schema.get("properties").map(|_| Box::new(Schema::new(schema))),
        }
    }
}

fn choices(schema: &serde_json::Value) -> Option<Box<[Value]>> {
    if let Some(only) = schema.get("const") {
        return Some([Value::from(only.clone())].into());
    }
    schema["enum"].as_array().map(|choices| choices.iter().cloned().map(Value::from).collect())
}

fn names(list: &serde_json::Value) -> Box<[Str]> {
    list.as_array().into_iter().flatten().filter_map(|name| name.as_str()).map(Str::from).collect()
}

/// `"x-ui": {"widget": "expression"}` and the like, or `"x-template": false`.
fn is_literal(property: &serde_json::Value) -> bool {
    property["x-ui"]["widget"] == "expression" || property["x-template"] == false
}
