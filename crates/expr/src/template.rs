mod placeholder;
mod settings;

use thaiyyal_model::{Str, Value};

use placeholder::Placeholder;
pub use settings::{SettingError, SettingProblem, SettingTemplates};

use crate::error::{EvalCode, EvalError};
use crate::evaluate::Evaluator;
use crate::expression::{Expression, check_length};
use crate::names::{Names, Read, References};
use crate::problem::{Problem, ProblemCode};
use crate::scope::Scope;
use crate::syntax::parser::Parser;

/// A text with expressions between `{{` and `}}`. Positions in problems and errors are those in the whole text.
///
/// `{{ variable.NAME }}` and `{{ const.NAME }}` are the older spelling of references to the context: they give text, and stay as they are
/// written when there is no such variable or constant.
#[derive(Debug)]
pub struct Template {
    source: Str,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// No template in it.
    Fixed,
    /// One template and nothing else; its value keeps its kind.
    Whole(Expression),
    Joined(Vec<Part>),
}

#[derive(Debug)]
enum Part {
    Text(Str),
    Expression(Expression),
    Placeholder(Placeholder),
}

impl Template {
    /// The most expressions in one text.
    pub const MAX_PARTS: usize = 1_000;

    /// Compiles the expressions in `text`; the first problem found when one does not compile.
    pub fn compile(text: &str, names: &dyn Names) -> Result<Self, Problem> {
        let source = Str::from(text);
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(found) = text[at..].find("{{") {
            let open = at + found;
            if found > 0 {
                parts.push(Part::Text(text[at..open].into()));
            }
            if parts.len() >= Self::MAX_PARTS * 2 {
                return Err(Problem::new(
                    ProblemCode::TooLong,
                    text,
                    open,
                    format!("more than {} expressions in one text", Self::MAX_PARTS),
                ));
            }
            at = match Placeholder::find(text, open) {
                Some((placeholder, end)) => {
                    parts.push(Part::Placeholder(placeholder));
                    end
                }
                None => {
                    let (expression, end) = expression(&source, open, names)?;
                    parts.push(Part::Expression(expression));
                    end
                }
            };
        }
        if at < text.len() && !parts.is_empty() {
            parts.push(Part::Text(text[at..].into()));
        }
        let form = match (parts.pop(), parts.is_empty()) {
            (None, _) => Form::Fixed,
            (Some(Part::Expression(whole)), true) => Form::Whole(whole),
            (Some(last), _) => {
                parts.push(last);
                Form::Joined(parts)
            }
        };
        Ok(Self { source, form })
    }

    /// The value: of the expression when the text is nothing but one, else a text with the texts of all of them in their places.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.render_with(&mut Evaluator::new(scope))
    }

    fn render_with<'v>(&'v self, evaluator: &mut Evaluator<'v>) -> Result<Value, EvalError> {
        match &self.form {
            Form::Fixed => Ok(Value::String(self.source.clone())),
            Form::Whole(expression) => expression.eval_with(evaluator),
            Form::Joined(parts) => {
                let most = evaluator.scope.bounds.value_bytes;
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(own) => text.push_str(own),
                        Part::Placeholder(placeholder) => placeholder.render(evaluator.scope.lookup, &mut text),
                        Part::Expression(expression) => {
                            let value = expression.eval_with(evaluator)?;
                            if value.size_bytes() > most {
                                return Err(too_large());
                            }
                            value.write_text(&mut text);
                        }
                    }
                    if text.len() as u64 > most {
                        return Err(too_large());
                    }
                }
                Ok(Value::from(text))
            }
        }
    }

    /// Whether there is no template in the text, so that it always renders as itself.
    pub fn is_fixed(&self) -> bool {
        matches!(self.form, Form::Fixed)
    }

    /// What all its expressions read.
    pub fn references(&self) -> References {
        let mut references = References::default();
        match &self.form {
            Form::Fixed => {}
            Form::Whole(expression) => references.merge(expression.references()),
            Form::Joined(parts) => {
                for part in parts {
                    match part {
                        Part::Text(_) => {}
                        Part::Expression(expression) => references.merge(expression.references()),
                        Part::Placeholder(placeholder) => references.add_context(&placeholder.name),
                    }
                }
            }
        }
        references
    }

    /// What all its expressions read of the workflow, and where.
    pub fn reads(&self) -> Vec<&Read> {
        match &self.form {
            Form::Fixed => Vec::new(),
            Form::Whole(expression) => expression.reads().iter().collect(),
            Form::Joined(parts) => parts.iter().flat_map(Part::reads).collect(),
        }
    }

    /// What is probably a mistake although it can run.
    pub fn warnings(&self) -> Vec<&Problem> {
        match &self.form {
            Form::Fixed => Vec::new(),
            Form::Whole(expression) => expression.warnings().iter().collect(),
            Form::Joined(parts) => parts.iter().flat_map(Part::warnings).collect(),
        }
    }
}

impl Part {
    fn reads(&self) -> &[Read] {
        match self {
            Self::Expression(expression) => expression.reads(),
            Self::Text(_) | Self::Placeholder(_) => &[],
        }
    }

    fn warnings(&self) -> &[Problem] {
        match self {
            Self::Expression(expression) => expression.warnings(),
            Self::Text(_) | Self::Placeholder(_) => &[],
        }
    }
}

/// The expression behind the `{{` at `open`, and the byte behind its `}}`.
fn expression(source: &Str, open: usize, names: &dyn Names) -> Result<(Expression, usize), Problem> {
    let Some(length) = source[open..].find("}}") else {
        return Err(Problem::new(ProblemCode::UnclosedTemplate, source, open, "`{{` has no `}}`"));
    };
    // A `}}` inside a text is not the end, so the expression may be longer than this, but not shorter.
    check_length(source, open + 2, open + length)?;
    let (parsed, end) = Parser::new(source, open + 2, names).template().map_err(|problem| *problem)?;
    check_length(source, open + 2, end - 2)?;
    Ok((Expression::new(source.clone(), parsed), end))
}

fn too_large() -> EvalError {
    EvalError { code: EvalCode::TooLarge, message: "the text becomes too large".to_owned(), offset: 0, line: 1, column: 1, byte_offset: 0 }
}
