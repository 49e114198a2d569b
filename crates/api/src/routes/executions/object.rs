use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get};
use thaiyyal_model::{ExecutionId, Form, Seq, Value, journal};

use crate::auth::{Allowed, ReadExecutions};
use crate::problem::Problem;
use crate::state::State;
use crate::{journal as records, large};

/// A value of an execution that is too large to be shown with it
///
/// Its address is told with the execution and its steps. Texts come as they are, arrays as JSON lines, other values as JSON.
#[utoipa::path(
    operation_id = "get_execution_object", tag = "executions",
    params(("id" = Uuid, Path), ("sha256" = String, Path, description = "The name of the value")),
    responses((status = 200, description = "The value", content_type = "application/octet-stream"))
)]
#[get("/api/v1/executions/{id}/objects/{sha256}")]
pub(crate) async fn object(
    caller: Allowed<ReadExecutions>,
    state: Data<State>,
    path: Path<(ExecutionId, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, sha256) = path.into_inner();
    let missing = || Problem::not_found("value");
    let mut tx = state.storage.store.begin(&caller.scope).await?;
    let (execution, segments) = tx.recorded(id, Seq(0)).await?.ok_or_else(|| Problem::not_found("execution"))?;
    drop(tx);
    let records = records::records(&segments, Seq(0))?;
    let output = execution.output.as_deref().filter(|output| journal::has_kept(output));
    let output = output.map(journal::decode_value).transpose().map_err(Problem::internal)?.unwrap_or(Value::Null);
    let values = records.iter().flat_map(|record| record.kind.values()).flatten().map(|(_, value)| value);
    let found = large::find(values.chain([&output]), &sha256).ok_or_else(missing)?;
    let shelf = state.shelf(&caller.scope, id).ok_or_else(missing)?;
    let (kind, extension) = match found.form() {
        Form::Text => ("text/plain; charset=utf-8", "txt"),
        Form::Array => ("application/x-ndjson", "ndjson"),
        Form::Json => ("application/json", "json"),
    };
    let name = sha256.get(..12).unwrap_or_default().to_owned();
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}.{extension}\"")))
        .insert_header(("x-content-type-options", "nosniff"))
        .no_chunking(found.bytes())
        .streaming(large::content(&shelf, found)))
}
