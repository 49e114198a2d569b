mod array_methods;
mod arrays;
mod calendar;
mod case;
mod convert;
pub(crate) mod dates;
mod elements;
mod encode;
mod math;
mod objects;
pub(crate) mod pattern;
mod regex;
mod sorting;
mod text;
mod text_methods;

use std::fmt;

use crate::evaluate::{Evaluator, Operand, Outcome};
use crate::syntax::tree::Call;

/// A function or method of the language: the one description from which the checker, the documentation and completion come.
#[derive(Debug)]
pub struct Function {
    /// How it is called.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// What it is a method of; `None` for a function.
    pub receiver: Option<&'static str>,
    /// What it takes, in order; a method's receiver is not among them.
    pub params: &'static [Param],
    /// The kind of its result.
    pub returns: &'static str,
    /// What it does, in a sentence or two.
    pub summary: &'static str,
    /// Expressions and the JSON of what they give.
    pub examples: &'static [(&'static str, &'static str)],
    pub(crate) body: Body,
}

/// A parameter of a [`Function`].
#[derive(Debug)]
pub struct Param {
    /// Its name in the documentation.
    pub name: &'static str,
    /// What it accepts, in words.
    pub accepts: &'static str,
    /// How often it is given.
    pub count: Count,
    /// How it is taken.
    pub role: Role,
}

/// How an argument is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// By its value.
    Value,
    /// Evaluated once per element: with `item` and `input` bound to that, or as a lambda.
    PerElement,
    /// A regular expression; one that is written out is compiled together with the expression.
    Pattern,
}

/// How often an argument is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Once.
    One,
    /// Once or not at all.
    Optional,
    /// Any number of times, also not at all. Only the last parameter.
    Any,
}

/// The code of a function or of a method, which gets its receiver evaluated. Both evaluate their arguments themselves.
pub(crate) enum Body {
    Function(FunctionBody),
    Method(MethodBody),
}

type FunctionBody = for<'v> fn(&mut Evaluator<'v>, &'v Call) -> Outcome<'v>;
type MethodBody = for<'v> fn(&mut Evaluator<'v>, &Operand<'v>, &'v Call) -> Outcome<'v>;

/// The functions of one area, for documentation.
#[derive(Debug)]
pub struct Area {
    /// What they are about.
    pub title: &'static str,
    /// In the order in which they are best read.
    pub functions: &'static [Function],
}

static AREAS: &[Area] = &[
    Area { title: "Any value", functions: text::FUNCTIONS },
    Area { title: "Numbers", functions: math::FUNCTIONS },
    Area { title: "Arrays", functions: arrays::FUNCTIONS },
    Area { title: "Elements of arrays", functions: elements::FUNCTIONS },
    Area { title: "Objects", functions: objects::FUNCTIONS },
    Area { title: "Conversion", functions: convert::FUNCTIONS },
    Area { title: "Encoding and hashes", functions: encode::FUNCTIONS },
    Area { title: "Regular expressions", functions: regex::FUNCTIONS },
    Area { title: "Dates and times", functions: dates::FUNCTIONS },
    Area { title: "Methods of texts", functions: text_methods::METHODS },
    Area { title: "Methods of arrays", functions: array_methods::METHODS },
];

/// Functions and methods by area.
pub fn areas() -> &'static [Area] {
    AREAS
}

fn all() -> impl Iterator<Item = &'static Function> {
    AREAS.iter().flat_map(|area| area.functions)
}

/// All functions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    all().filter(|function| function.receiver.is_none())
}

/// All methods.
pub fn methods() -> impl Iterator<Item = &'static Function> {
    all().filter(|function| function.receiver.is_some())
}

pub(crate) fn function(name: &str) -> Option<&'static Function> {
    functions().find(|function| function.is_called(name))
}

/// Methods of one name on several receivers are one entry, because the receiver is known only when it is evaluated.
pub(crate) fn method(name: &str) -> Option<&'static Function> {
    methods().find(|method| method.is_called(name))
}

impl Function {
    /// As it is written: `slice(array, start, [end])`, `text.split(separator)`.
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| match param.count {
                Count::One => param.name.to_owned(),
                Count::Optional => format!("[{}]", param.name),
                Count::Any => format!("{}...", param.name),
            })
            .collect();
        let receiver = self.receiver.map(|receiver| format!("{receiver}.")).unwrap_or_default();
        format!("{receiver}{}({})", self.name, params.join(", "))
    }

    /// Whether this is its name or another name for it.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }

    /// Whether it can be called with that many arguments.
    pub fn accepts(&self, arguments: usize) -> bool {
        arguments >= self.least() && self.most().is_none_or(|most| arguments <= most)
    }

    /// How many arguments it takes, in words.
    pub(crate) fn wants(&self) -> String {
        match (self.least(), self.most()) {
            (1, Some(1)) => "1 argument".to_owned(),
            (least, Some(most)) if least == most => format!("{least} arguments"),
            (least, Some(most)) => format!("{least} to {most} arguments"),
            (1, None) => "at least 1 argument".to_owned(),
            (least, None) => format!("at least {least} arguments"),
        }
    }

    /// Whether the argument at this place is evaluated per element.
    pub(crate) fn binds_element(&self, at: usize) -> bool {
        self.params.get(at).is_some_and(|param| param.role == Role::PerElement)
    }

    /// Whether it goes through an array, its first argument, so that it may be written behind that: `array.map(x => ...)`.
    pub fn goes_through_array(&self) -> bool {
        self.receiver.is_none() && self.params.first().is_some_and(|param| param.name == "array" && param.count == Count::One)
    }

    /// The place of the argument that is a regular expression.
    pub(crate) fn pattern_at(&self) -> Option<usize> {
        self.params.iter().position(|param| param.role == Role::Pattern)
    }

    fn least(&self) -> usize {
        self.params.iter().filter(|param| param.count == Count::One).count()
    }

    fn most(&self) -> Option<usize> {
        let endless = self.params.last().is_some_and(|param| param.count == Count::Any);
        (!endless).then_some(self.params.len())
    }
}

impl Param {
    pub(crate) const fn one(name: &'static str, accepts: &'static str) -> Self {
        Self { name, accepts, count: Count::One, role: Role::Value }
    }

    pub(crate) const fn optional(name: &'static str, accepts: &'static str) -> Self {
        Self { name, accepts, count: Count::Optional, role: Role::Value }
    }

    pub(crate) const fn any(name: &'static str, accepts: &'static str) -> Self {
        Self { name, accepts, count: Count::Any, role: Role::Value }
    }

    pub(crate) const fn pattern(name: &'static str) -> Self {
        Self { name, accepts: "regular expression", count: Count::One, role: Role::Pattern }
    }

    pub(crate) const fn per_element(name: &'static str, accepts: &'static str) -> Self {
        Self { name, accepts, count: Count::One, role: Role::PerElement }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function(_) => "Function",
            Self::Method(_) => "Method",
        })
    }
}
