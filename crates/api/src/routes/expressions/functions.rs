use std::sync::LazyLock;

use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use thaiyyal_expr::{Area, Count, Function, Role, areas};
use utoipa::ToSchema;

use crate::auth::{Allowed, ReadCatalog};
use crate::problem::Problem;

/// A function or method of the expression language.
#[derive(Serialize, ToSchema)]
struct ExpressionFunction {
    name: &'static str,
    /// Other names for it.
    aliases: &'static [&'static str],
    /// What it is a method of; null for a function.
    receiver: Option<&'static str>,
    /// As it is written: `slice(array, start, [end])`.
    signature: String,
    /// What it is about.
    area: &'static str,
    params: Vec<ExpressionParam>,
    /// The kind of its result.
    returns: &'static str,
    summary: &'static str,
    examples: Vec<ExpressionExample>,
}

#[derive(Serialize, ToSchema)]
struct ExpressionParam {
    name: &'static str,
    /// What it accepts, in words.
    accepts: &'static str,
    count: ExpressionParamCount,
    role: ExpressionParamRole,
}

/// How often an argument is given.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExpressionParamCount {
    One,
    Optional,
    Any,
}

/// How an argument is taken: by its value, once per element (also as a lambda), or as a regular expression.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExpressionParamRole {
    Value,
    PerElement,
    Pattern,
}

#[derive(Serialize, ToSchema)]
struct ExpressionExample {
    expression: &'static str,
    /// JSON of what it gives.
    result: &'static str,
}

/// All functions and methods.
#[derive(Serialize, ToSchema)]
struct ExpressionFunctions {
    items: Vec<ExpressionFunction>,
}

static ALL: LazyLock<Bytes> = LazyLock::new(|| {
    let items = areas().iter().flat_map(|area| area.functions.iter().map(|function| describe(area, function))).collect();
    serde_json::to_vec(&ExpressionFunctions { items }).expect("the catalogue is plain data").into()
});

/// The functions and methods of expressions
#[utoipa::path(operation_id = "list_expression_functions", tag = "catalog", responses((status = 200, description = "The functions and methods, by area", body = ExpressionFunctions)))]
#[get("/api/v1/expressions/functions")]
pub(crate) async fn functions(_caller: Allowed<ReadCatalog>) -> Result<HttpResponse, Problem> {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(HttpResponse::Ok().insert_header(json).body(ALL.clone()))
}

fn describe(area: &Area, function: &'static Function) -> ExpressionFunction {
    let param = |param: &thaiyyal_expr::Param| ExpressionParam {
        name: param.name,
        accepts: param.accepts,
        count: match param.count {
            Count::One => ExpressionParamCount::One,
            Count::Optional => ExpressionParamCount::Optional,
            Count::Any => ExpressionParamCount::Any,
        },
        role: match param.role {
            Role::Value => ExpressionParamRole::Value,
            Role::PerElement => ExpressionParamRole::PerElement,
            Role::Pattern => ExpressionParamRole::Pattern,
        },
    };
    ExpressionFunction {
        name: function.name,
        aliases: function.aliases,
        receiver: function.receiver,
        signature: function.signature(),
        area: area.title,
        params: function.params.iter().map(param).collect(),
        returns: function.returns,
        summary: function.summary,
        examples: function.examples.iter().map(|(expression, result)| ExpressionExample { expression, result }).collect(),
    }
}
