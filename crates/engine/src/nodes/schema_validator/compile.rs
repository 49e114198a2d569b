//! JSON Schema of draft 4, 6 and 7, compiled once per node. Nothing outside of the document is ever read.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use thaiyyal_model::{Kind, Map, Str, Value};

use super::format::Format;

/// A compiled schema: its parts by number, the first one the whole.
#[derive(Debug, Default)]
pub(super) struct JsonSchema {
    pub(super) parts: Vec<Part>,
}

/// The number of a part of a schema.
pub(super) type Id = usize;

/// One (sub)schema.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The schema `false`: nothing fits.
    pub(super) is_never: bool,
    pub(super) reference: Option<Id>,
    pub(super) types: Option<Types>,
    pub(super) choices: Option<Vec<Value>>,
    pub(super) constant: Option<Value>,
    pub(super) number: NumberRules,
    pub(super) text: TextRules,
    pub(super) array: ArrayRules,
    pub(super) object: ObjectRules,
    pub(super) all_of: Vec<Id>,
    pub(super) any_of: Vec<Id>,
    pub(super) one_of: Vec<Id>,
    pub(super) not: Option<Id>,
    /// `if`, `then`, `else`
    pub(super) condition: Option<(Id, Option<Id>, Option<Id>)>,
}

#[derive(Debug, Default)]
pub(super) struct NumberRules {
    /// With whether the bound itself is out.
    pub(super) minimum: Vec<(f64, bool)>,
    pub(super) maximum: Vec<(f64, bool)>,
    pub(super) multiple_of: Option<f64>,
}

#[derive(Debug, Default)]
pub(super) struct TextRules {
    pub(super) min_length: Option<u64>,
    pub(super) max_length: Option<u64>,
    pub(super) pattern: Option<Regex>,
    pub(super) format: Option<Format>,
}

#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) items: Option<Id>,
    /// Of `items` as a list: one schema for each of the first elements.
    pub(super) first: Option<Vec<Id>>,
    pub(super) additional: Option<Id>,
    pub(super) min_items: Option<u64>,
    pub(super) max_items: Option<u64>,
    pub(super) is_unique: bool,
    pub(super) contains: Option<Id>,
}

#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) properties: Vec<(Str, Id)>,
    pub(super) patterns: Vec<(Regex, Id)>,
    pub(super) additional: Option<Id>,
    pub(super) required: Vec<Str>,
    pub(super) min_properties: Option<u64>,
    pub(super) max_properties: Option<u64>,
    pub(super) names: Option<Id>,
    pub(super) dependencies: Vec<(Str, Dependency)>,
}

#[derive(Debug)]
pub(super) enum Dependency {
    Members(Vec<Str>),
    Schema(Id),
}

/// A set of the type words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Types(u8);

const WORDS: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];

impl Types {
    fn read(value: &Value) -> Result<Self, String> {
        let one = |value: &Value| {
            let word = value.as_str().and_then(|word| WORDS.iter().position(|known| *known == word));
            word.map(|at| 1_u8 << at).ok_or_else(|| format!("{value} is no type; the types are {}", WORDS.join(", ")))
        };
        match value {
            Value::List(list) => list.iter().map(one).try_fold(0, |all, word| Ok(all | word?)).map(Self),
            value => one(value).map(Self),
        }
    }

    pub(super) fn allow(self, value: &Value) -> bool {
        let has = |word: &str| WORDS.iter().position(|known| *known == word).is_some_and(|at| self.0 & 1 << at != 0);
        match value.kind() {
            Kind::Number => has("number") || (has("integer") && value.as_f64().is_some_and(|number| number.fract() == 0.0)),
            kind => has(kind.name()),
        }
    }

    pub(super) fn describe(self) -> String {
        let named: Vec<&str> = (0..WORDS.len()).filter(|at| self.0 & 1 << at != 0).map(|at| WORDS[at]).collect();
        named.join(" or ")
    }
}

/// Where a schema is wrong, and why.
pub(super) type Wrong = (String, String);

impl JsonSchema {
    pub(super) fn compile(document: &Value) -> Result<Self, Wrong> {
        let mut compiler = Compiler { document, schema: Self::default(), known: HashMap::new(), open: Vec::new() };
        compiler.part("")?;
        while let Some((id, pointer)) = compiler.open.pop() {
            let part = compiler.read(&pointer)?;
            compiler.schema.parts[id] = part;
        }
        Ok(compiler.schema)
    }
}

struct Compiler<'a> {
    document: &'a Value,
    schema: JsonSchema,
    /// Parts by their JSON pointer.
    known: HashMap<String, Id>,
    /// Parts that have a number and are not read yet.
    open: Vec<(Id, String)>,
}

impl<'a> Compiler<'a> {
    /// The number of the schema at a pointer.
    fn part(&mut self, pointer: &str) -> Result<Id, Wrong> {
        if let Some(id) = self.known.get(pointer) {
            return Ok(*id);
        }
        self.at(pointer).ok_or_else(|| (String::new(), format!("there is nothing at `#{pointer}`")))?;
        let id = self.schema.parts.len();
        self.schema.parts.push(Part::default());
        self.known.insert(pointer.to_owned(), id);
        self.open.push((id, pointer.to_owned()));
        Ok(id)
    }

    fn at(&self, pointer: &str) -> Option<&'a Value> {
        let mut value = self.document;
        for step in pointer.split('/').skip(1) {
            value = match value {
                Value::Map(map) => map.get(&step.replace("~1", "/").replace("~0", "~"))?,
                Value::List(list) => list.get(step.parse::<usize>().ok()?)?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Large(_) => return None,
            };
        }
        Some(value)
    }

    fn read(&mut self, pointer: &str) -> Result<Part, Wrong> {
        let wrong = |why: String| (pointer.to_owned(), why);
        let map = match self.at(pointer) {
            Some(Value::Map(map)) => map,
            Some(Value::Bool(fits)) => return Ok(Part { is_never: !fits, ..Part::default() }),
            Some(_) | None => return Err(wrong("a schema is an object or a boolean".to_owned())),
        };
        let mut part = Part::default();
        if let Some(reference) = map.get("$ref") {
            let target = reference.as_str().and_then(|text| text.strip_prefix('#'));
            let Some(target) = target else { return Err(wrong(format!("`$ref` may only point inside the schema, not to {reference}"))) };
            part.reference = Some(self.part(&unescaped(target)).map_err(|(_, why)| wrong(why))?);
            return Ok(part);
        }
        part.types = map.get("type").map(Types::read).transpose().map_err(wrong)?;
        part.choices = map
            .get("enum")
            .map(|list| list.as_list().map(|list| list.as_slice().to_vec()).ok_or("`enum` is a list"))
            .transpose()
            .map_err(|why| wrong(why.to_owned()))?;
        part.constant = map.get("const").cloned();
        part.number = numbers(map).map_err(wrong)?;
        part.text = texts(map).map_err(wrong)?;
        part.array = self.arrays(map, pointer)?;
        part.object = self.objects(map, pointer)?;
        part.all_of = self.list(map, pointer, "allOf")?;
        part.any_of = self.list(map, pointer, "anyOf")?;
        part.one_of = self.list(map, pointer, "oneOf")?;
        part.not = self.one(map, pointer, "not")?;
        if let Some(condition) = self.one(map, pointer, "if")? {
            part.condition = Some((condition, self.one(map, pointer, "then")?, self.one(map, pointer, "else")?));
        }
        Ok(part)
    }

    fn one(&mut self, map: &Map, pointer: &str, key: &str) -> Result<Option<Id>, Wrong> {
        if !map.contains_key(key) {
            return Ok(None);
        }
        self.part(&below(pointer, key)).map(Some)
    }

    fn list(&mut self, map: &Map, pointer: &str, key: &str) -> Result<Vec<Id>, Wrong> {
        match map.get(key) {
            None => Ok(Vec::new()),
            Some(Value::List(list)) => (0..list.len()).map(|at| self.part(&below(&below(pointer, key), &at.to_string()))).collect(),
            Some(_) => Err((pointer.to_owned(), format!("`{key}` is a list of schemas"))),
        }
    }

    fn named(&mut self, map: &Map, pointer: &str, key: &str) -> Result<Vec<(Str, Id)>, Wrong> {
        match map.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Map(members)) => {
                let folder = below(pointer, key);
                members.keys().map(|name| Ok((name.clone(), self.part(&below(&folder, name))?))).collect()
            }
            Some(_) => Err((pointer.to_owned(), format!("`{key}` is an object of schemas"))),
        }
    }

    fn arrays(&mut self, map: &Map, pointer: &str) -> Result<ArrayRules, Wrong> {
        let wrong = |why| (pointer.to_owned(), why);
        let mut rules = ArrayRules {
            min_items: count(map, "minItems").map_err(wrong)?,
            max_items: count(map, "maxItems").map_err(wrong)?,
            is_unique: map.get("uniqueItems").and_then(Value::as_bool) == Some(true),
            contains: self.one(map, pointer, "contains")?,
            additional: self.one(map, pointer, "additionalItems")?,
            ..ArrayRules::default()
        };
        match map.get("items") {
            Some(Value::List(_)) => rules.first = Some(self.list(map, pointer, "items")?),
            _ => rules.items = self.one(map, pointer, "items")?,
        }
        Ok(rules)
    }

    fn objects(&mut self, map: &Map, pointer: &str) -> Result<ObjectRules, Wrong> {
        let wrong = |why| (pointer.to_owned(), why);
        let mut rules = ObjectRules {
            properties: self.named(map, pointer, "properties")?,
            additional: self.one(map, pointer, "additionalProperties")?,
            required: map.get("required").map_or(Ok(Vec::new()), |names| words(names, "required")).map_err(wrong)?,
            min_properties: count(map, "minProperties").map_err(wrong)?,
            max_properties: count(map, "maxProperties").map_err(wrong)?,
            names: self.one(map, pointer, "propertyNames")?,
            ..ObjectRules::default()
        };
        for (name, id) in self.named(map, pointer, "patternProperties")? {
            rules.patterns.push((pattern(&name).map_err(wrong)?, id));
        }
        if let Some(Value::Map(members)) = map.get("dependencies") {
            for (name, value) in members.iter() {
                let dependency = match value {
                    Value::List(_) => Dependency::Members(words(value, "dependencies").map_err(wrong)?),
                    _ => Dependency::Schema(self.part(&below(&below(pointer, "dependencies"), name))?),
                };
                rules.dependencies.push((name.clone(), dependency));
            }
        }
        Ok(rules)
    }
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A fragment of a URI without its percent signs.
fn unescaped(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(hex.unwrap_or(first));
        rest = if hex.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| fragment.to_owned())
}

fn words(names: &Value, key: &str) -> Result<Vec<Str>, String> {
    // In draft 3 `required` was a boolean of the member itself; such schemas ask for nothing here.
    let Some(list) = names.as_list() else {
        return if names.as_bool().is_some() { Ok(Vec::new()) } else { Err(format!("`{key}` is a list of texts")) };
    };
    list.iter().map(|name| name.as_str().map(Str::from).ok_or_else(|| format!("`{key}` is a list of texts"))).collect()
}

fn count(map: &Map, key: &str) -> Result<Option<u64>, String> {
    match map.get(key).map(Value::as_f64) {
        None => Ok(None),
        Some(Some(number)) if number >= 0.0 && number.fract() == 0.0 => Ok(Some(number as u64)),
        Some(_) => Err(format!("`{key}` is a whole number from 0")),
    }
}

fn numbers(map: &Map) -> Result<NumberRules, String> {
    let number = |key: &str| map.get(key).map(|value| value.as_f64().ok_or_else(|| format!("`{key}` is a number"))).transpose();
    // In draft 4 the exclusive words are booleans that change the plain ones.
    let bounds = |plain: &str, exclusive: &str| -> Result<Vec<(f64, bool)>, String> {
        let flag = map.get(exclusive).and_then(Value::as_bool);
        let own = if flag.is_some() { None } else { number(exclusive)? };
        let plain = number(plain)?.map(|bound| (bound, flag == Some(true)));
        Ok(plain.into_iter().chain(own.map(|bound| (bound, true))).collect())
    };
    let multiple_of = number("multipleOf")?;
    if multiple_of.is_some_and(|step| step <= 0.0) {
        return Err("`multipleOf` is more than 0".to_owned());
    }
    Ok(NumberRules { minimum: bounds("minimum", "exclusiveMinimum")?, maximum: bounds("maximum", "exclusiveMaximum")?, multiple_of })
}

fn texts(map: &Map) -> Result<TextRules, String> {
    Ok(TextRules {
        min_length: count(map, "minLength")?,
        max_length: count(map, "maxLength")?,
        pattern: map.get("pattern").map(|text| text.as_str().ok_or("`pattern` is a text".to_owned()).and_then(pattern)).transpose()?,
        format: map.get("format").and_then(Value::as_str).and_then(Format::named),
    })
}

/// Expressions whose time is linear in the text; what only backtracking can match is refused.
fn pattern(source: &str) -> Result<Regex, String> {
    RegexBuilder::new(source).size_limit(1 << 20).build().map_err(|error| format!("the pattern {source:?} cannot be used: {error}"))
}
