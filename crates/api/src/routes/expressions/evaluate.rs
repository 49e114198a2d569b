use std::cell::Cell;

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thaiyyal_expr::{Bounds, Draw, EvalError, Expression, Lookup, Names, NodeIndex, Problem as Mistake, Scope, Template};
use thaiyyal_model::Value;
use utoipa::ToSchema;

use crate::auth::{Allowed, ReadCatalog};
use crate::body::{Incoming, Received};
use crate::problem::{Code, Item, Problem};
use crate::reply::Reply;
use crate::state::State;

/// An expression, or text with `{{ }}` templates, and sample data.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EvaluateInput)]
struct Input<'a> {
    /// The expression; either this or `template`.
    expression: Option<String>,
    /// Text with `{{ }}`; either this or `expression`.
    template: Option<String>,
    /// `input`.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    input: Option<&'a RawValue>,
    /// `item`, with `index` and `items` as in a list of its own.
    #[serde(borrow)]
    #[schema(value_type = Option<serde_json::Value>)]
    item: Option<&'a RawValue>,
    /// `variables.NAME`.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    variables: Option<&'a RawValue>,
    /// `context.NAME`.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    context: Option<&'a RawValue>,
    /// Results by node id: `node.ID`.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    nodes: Option<&'a RawValue>,
    /// `trigger`.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    trigger: Option<&'a RawValue>,
}

/// What it gives.
#[derive(Serialize, ToSchema)]
#[schema(as = Evaluated)]
struct Output {
    #[schema(value_type = serde_json::Value)]
    value: Value,
    /// What was probably not meant.
    warnings: Vec<Item>,
}

/// Evaluate an expression against sample data
///
/// A 422 tells where in the expression it fails, by line and column.
#[utoipa::path(operation_id = "evaluate_expression", tag = "catalog", request_body = Input, responses((status = 200, description = "Its value", body = Output)))]
#[post("/api/v1/expressions/evaluate")]
pub(crate) async fn evaluate(_caller: Allowed<ReadCatalog>, state: Data<State>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let received = incoming.read(state.settings.max_input_bytes).await?;
    let body: Input<'_> = received.parse()?;
    let now = state.clock.now();
    let sample = Sample {
        seed: now.as_nanosecond().unsigned_abs(),
        draws: Cell::new(0),
        input: value(&received, body.input, "/input")?,
        item: value(&received, body.item, "/item")?,
        variables: value(&received, body.variables, "/variables")?.unwrap_or_default(),
        context: value(&received, body.context, "/context")?.unwrap_or_default(),
        nodes: value(&received, body.nodes, "/nodes")?.unwrap_or_default(),
        trigger: value(&received, body.trigger, "/trigger")?,
    };
    let output = match (body.expression, body.template) {
        (Some(expression), None) => sample.expression(&expression, now)?,
        (None, Some(template)) => sample.template(&template, now)?,
        (None, None) | (Some(_), Some(_)) => return Err(Problem::field("/expression", "send either `expression` or `template`")),
    };
    Ok(Reply::ok(&output)?.respond())
}

fn value(received: &Received, part: Option<&RawValue>, pointer: &str) -> Result<Option<Value>, Problem> {
    part.map(|part| received.check_value(part, pointer)).transpose()
}

struct Sample {
    input: Option<Value>,
    item: Option<Value>,
    variables: Value,
    context: Value,
    nodes: Value,
    trigger: Option<Value>,
    /// Seeds `uuid()`, and counts its calls.
    seed: u128,
    draws: Cell<u64>,
}

/// Trying out costs a fraction of what an execution may.
const BOUNDS: Bounds = Bounds { steps: 100_000, value_bytes: 1 << 20 };

impl Sample {
    fn expression(&self, source: &str, now: thaiyyal_model::Timestamp) -> Result<Output, Problem> {
        let expression = Expression::compile(source, self).map_err(|mistake| misspelt("/expression", &mistake))?;
        let value = self.within(now, |scope| expression.eval_value(scope)).map_err(|error| failed("/expression", &error))?;
        Ok(Output { value, warnings: expression.warnings().iter().map(|mistake| item("/expression", mistake)).collect() })
    }

    fn template(&self, source: &str, now: thaiyyal_model::Timestamp) -> Result<Output, Problem> {
        let template = Template::compile(source, self).map_err(|mistake| misspelt("/template", &mistake))?;
        let value = self.within(now, |scope| template.render(scope)).map_err(|error| failed("/template", &error))?;
        Ok(Output { value, warnings: template.warnings().into_iter().map(|mistake| item("/template", mistake)).collect() })
    }

    fn within<T>(&self, now: thaiyyal_model::Timestamp, work: impl FnOnce(&Scope<'_>) -> T) -> T {
        let mut scope = Scope::new(self, now).with_bounds(BOUNDS);
        let items = Value::from(self.item.iter().cloned().collect::<Vec<_>>());
        if let Some(item) = &self.item {
            scope = scope.at_element(item, 0, &items);
        }
        if let Some(input) = &self.input {
            scope = scope.with_input(input);
        }
        work(&scope)
    }

    fn entry(&self, index: NodeIndex) -> Option<(&str, &Value)> {
        let (id, value) = self.nodes.as_map()?.iter().nth(index.0 as usize)?;
        Some((id.as_str(), value))
    }
}

impl Names for Sample {
    fn node(&self, id: &str) -> Option<NodeIndex> {
        let at = self.nodes.as_map()?.iter().position(|(own, _)| own.as_str() == id)?;
        u32::try_from(at).ok().map(NodeIndex)
    }

    fn node_ids(&self) -> Vec<&str> {
        self.nodes.as_map().into_iter().flat_map(|nodes| nodes.iter().map(|(id, _)| id.as_str())).collect()
    }
}

impl Lookup for Sample {
    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn context_variable(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    fn context_constant(&self, name: &str) -> Option<&Value> {
        self.context.get(name)
    }

    fn node(&self, index: NodeIndex) -> Option<&Value> {
        self.entry(index).map(|(_, value)| value)
    }

    fn trigger(&self) -> Option<&Value> {
        self.trigger.as_ref()
    }

    fn execution(&self) -> Option<&Value> {
        None
    }

    fn env(&self) -> Option<&Value> {
        None
    }

    fn draw(&self) -> Option<Draw> {
        let nth = self.draws.replace(self.draws.get() + 1);
        Some(Draw { seed: self.seed, step: String::new(), nth })
    }
}

fn misspelt(pointer: &str, mistake: &Mistake) -> Problem {
    Problem::new(Code::InvalidExpression, mistake.to_string()).with(item(pointer, mistake))
}

fn item(pointer: &str, mistake: &Mistake) -> Item {
    Item {
        node_id: None,
        pointer: pointer.to_owned(),
        code: mistake.code.as_str().to_owned(),
        detail: mistake.message.clone(),
        offset: Some(mistake.byte_offset),
        line: Some(mistake.line),
        column: Some(mistake.column),
    }
}

fn failed(pointer: &str, error: &EvalError) -> Problem {
    Problem::new(Code::InvalidExpression, error.to_string()).with(Item {
        node_id: None,
        pointer: pointer.to_owned(),
        code: error.code.as_str().to_owned(),
        detail: error.message.clone(),
        offset: Some(error.byte_offset),
        line: Some(error.line),
        column: Some(error.column),
    })
}
