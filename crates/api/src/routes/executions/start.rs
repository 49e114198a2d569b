use actix_web::http::StatusCode;
use serde::Serialize;
use thaiyyal_commands::executions;
use thaiyyal_model::{ExecutionId, ExecutionStatus, Trigger, VersionNumber, WorkflowId};
use thaiyyal_store::dispatch::{Accept, Accepted, NewExecution};
use utoipa::ToSchema;

use crate::auth::{Caller, Via};
use crate::body::Received;
use crate::once;
use crate::problem::{Code, Problem};
use crate::reply::Reply;
use crate::schema;
use crate::state::State;

/// An execution that was accepted: it ends in a recorded outcome, whatever fails from here on.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedExecution)]
pub(crate) struct Started {
    #[schema(value_type = String, format = Uuid)]
    execution_id: ExecutionId,
    #[schema(value_type = schema::ExecutionStatus)]
    status: ExecutionStatus,
    /// Null for an inline definition.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    workflow_id: Option<WorkflowId>,
    /// Null for a draft or an inline definition.
    #[schema(value_type = Option<i32>, required)]
    version: Option<VersionNumber>,
}

impl Started {
    pub(crate) fn reply(accepted: &Accepted) -> Result<Reply, Problem> {
        let Accepted { execution, workflow, version } = *accepted;
        let body = Self { execution_id: execution, status: ExecutionStatus::Queued, workflow_id: workflow, version };
        Ok(Reply::json(StatusCode::ACCEPTED, &body)?.located(format!("/api/v1/executions/{execution}")))
    }
}

/// Accepts an execution, then lets go of the body it came in.
///
/// A client that goes away meanwhile does not stop the execution from being written, so a large input keeps its share of the room until
/// then.
pub(crate) async fn accept(state: &State, received: Received, new: NewExecution) -> Result<(Accepted, bool), Problem> {
    let share = received.into_share();
    if share.is_none() {
        return started(executions::accept(&state.accepting, new).await?);
    }
    let accepting = state.accepting.clone();
    let writing = state.tasks.spawn(async move {
        let _held = share;
        executions::accept(&accepting, new).await
    });
    started(writing.await.map_err(Problem::internal)??)
}

/// What was accepted, and whether that was an earlier request.
fn started(answer: Accept) -> Result<(Accepted, bool), Problem> {
    match answer {
        Accept::New(accepted) => Ok((accepted, false)),
        Accept::Replayed(accepted) => Ok((accepted, true)),
        Accept::Mismatch => Err(once::mismatch()),
        Accept::UnknownWorkflow => Err(Problem::not_found("workflow")),
        Accept::UnknownVersion => Err(Problem::not_found("version of this workflow")),
        Accept::Fenced => Err(Problem::internal("only what another execution starts can lose its parent")),
        Accept::NotPublished => {
            Err(Problem::new(Code::NotPublished, "publish the workflow first, or execute its draft with `\"version\": \"draft\"`"))
        }
    }
}

/// A person in a browser, or a program.
pub(crate) fn trigger(caller: &Caller) -> Trigger {
    match caller.via {
        Via::Key => Trigger::Api,
        Via::Session { .. } => Trigger::Manual,
    }
}
