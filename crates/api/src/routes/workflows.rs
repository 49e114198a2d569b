//! Workflows, their drafts and versions.

mod create;
mod create_version;
mod delete;
mod diff_versions;
mod get;
mod get_version;
mod list;
mod list_versions;
mod publish;
mod restore;
mod update;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thaiyyal_commands::Error;
use thaiyyal_commands::definitions::Checked;
use thaiyyal_model::{TenantScope, VersionNumber, WorkflowId};
use thaiyyal_store::TenantTx;
use thaiyyal_store::tenant::{Version, Workflow, WorkflowSummary};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::body::{Received, text};
use crate::etag;
use crate::problem::{Code, Item, Problem};
use crate::reply::{Reply, stored_json};
use crate::schema;
use crate::state::State;
use crate::time::Time;

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list)
        .service(create::create)
        .service(get::get)
        .service(update::update)
        .service(delete::delete)
        .service(publish::publish)
        .service(restore::restore)
        .service(create_version::create_version)
        .service(diff_versions::diff_versions)
        .service(list_versions::list_versions)
        .service(get_version::get_version);
}

/// What a workflow is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WorkflowInput)]
pub(crate) struct Input<'a> {
    /// Name, for people; 1 to 200 characters.
    name: String,
    /// A few sentences.
    #[serde(default)]
    description: String,
    /// Words to find it by; at most 20 of at most 50 characters.
    #[serde(default)]
    tags: Vec<String>,
    /// The definition: `{"nodes": [...], "edges": [...]}`. Kept as it is, with whatever an editor adds.
    #[serde(borrow)]
    #[schema(value_type = schema::Definition)]
    definition: &'a RawValue,
    /// Whether to publish it at once, so that it can be executed.
    #[serde(default = "yes")]
    publish: bool,
}

/// The body of a request that says all it has to say by its address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

fn yes() -> bool {
    true
}

/// Room for what stands around a definition in a body.
const AROUND: usize = 64 << 10;

fn body_limit(state: &State) -> usize {
    state.settings.max_definition_bytes + AROUND
}

impl Input<'_> {
    /// Checks everything but the definition.
    fn check(&self) -> Result<(), Problem> {
        if self.name.trim().is_empty() {
            return Err(Problem::field("/name", "must not be empty"));
        }
        text("/name", &self.name, 200)?;
        text("/description", &self.description, 10_000)?;
        if self.tags.len() > 20 {
            return Err(Problem::field("/tags", "must have at most 20 elements"));
        }
        for (at, tag) in self.tags.iter().enumerate() {
            let pointer = format!("/tags/{at}");
            if tag.trim().is_empty() {
                return Err(Problem::field(pointer, "must not be empty"));
            }
            text(&pointer, tag, 50)?;
        }
        Ok(())
    }
}

/// Where the definition stands in a body that describes a workflow.
const DEFINITION: &str = "/definition";

/// Checks the definition at `pointer` of a body, for whatever is going to store it on behalf of `scope`. Problems and warnings name places
/// of the body.
pub(crate) async fn checked(
    state: &State,
    scope: &TenantScope,
    received: &Received,
    definition: &RawValue,
    pointer: &str,
) -> Result<Checked, Problem> {
    let text = definition.get().as_bytes();
    if text.len() > state.settings.max_definition_bytes {
        return Err(Problem::new(
            Code::PayloadTooLarge,
            format!("a definition may have at most {} bytes", state.settings.max_definition_bytes),
        ));
    }
    match Checked::check(text.to_vec(), &state.catalog, &*state.limits.of(scope).await?) {
        Ok(checked) => Ok(checked),
        Err(Error::InvalidDefinition(invalid)) => {
            // Text that is no JSON a value can hold is a fault of the body, and is told with its place in the body.
            received.check_value(definition, pointer)?;
            Err(Problem::from(*invalid).beneath(pointer))
        }
        Err(error) => Err(error.into()),
    }
}

/// What the author of the definition at `pointer` of a body may not have meant.
pub(crate) fn warnings(checked: &Checked, pointer: &str) -> Vec<Item> {
    checked.warnings().iter().cloned().map(|warning| Item::from(warning).beneath(pointer)).collect()
}

/// A workflow as answers show it.
#[derive(Serialize, ToSchema)]
#[schema(as = Workflow)]
pub(crate) struct Shown<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: WorkflowId,
    name: &'a str,
    description: &'a str,
    tags: &'a [String],
    /// The draft; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Definition)]
    definition: Option<&'a RawValue>,
    /// Counts up with every change; the ETag holds the same number.
    draft_revision: i64,
    /// The latest published version.
    #[schema(value_type = Option<i32>, required)]
    version: Option<VersionNumber>,
    /// Whether the draft differs from the latest published version.
    unpublished_changes: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
    /// What its author may not have meant; in answers to changes only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Item>,
}

impl<'a> Shown<'a> {
    fn summary(summary: &'a WorkflowSummary) -> Self {
        Self {
            id: summary.id,
            name: &summary.name,
            description: &summary.description,
            tags: &summary.tags,
            definition: None,
            draft_revision: summary.revision,
            version: summary.version,
            unpublished_changes: summary.version_hash != Some(summary.hash),
            created_at: Time(summary.created_at),
            updated_at: Time(summary.updated_at),
            warnings: Vec::new(),
        }
    }

    fn whole(workflow: &'a Workflow) -> Result<Self, Problem> {
        Ok(Self { definition: Some(stored_json(&workflow.definition)?), ..Self::summary(&workflow.summary) })
    }
}

/// The answer that shows one workflow.
fn reply(status: StatusCode, workflow: &Workflow, warnings: Vec<Item>) -> Result<Reply, Problem> {
    let shown = Shown { warnings, ..Shown::whole(workflow)? };
    Ok(Reply::json(status, &shown)?.tagged(etag_of(workflow.summary.revision)))
}

fn etag_of(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// The revisions a change may have been made from.
enum Expected {
    Any,
    OneOf(Vec<i64>),
}

/// No workflow is ever at this revision.
const NEVER: i64 = 0;

impl Expected {
    /// Those the caller names. A tag that is none of ours names no revision, and so does a weak one.
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let Some(tags) = etag::required(request)? else { return Ok(Self::Any) };
        Ok(Self::OneOf(tags.iter().filter_map(|tag| tag.trim_matches('"').parse().ok()).collect()))
    }

    /// The one revision that `id` must be at when it is changed.
    async fn revision(self, tx: &mut dyn TenantTx, id: WorkflowId) -> Result<Option<i64>, Problem> {
        match self {
            Self::Any => Ok(None),
            Self::OneOf(revisions) => match revisions.as_slice() {
                [] => Ok(Some(NEVER)),
                [one] => Ok(Some(*one)),
                many => {
                    let current = tx.find_workflow(id).await?.map(|workflow| workflow.summary.revision);
                    Ok(Some(current.filter(|revision| many.contains(revision)).unwrap_or(NEVER)))
                }
            },
        }
    }
}

/// A version as answers show it.
#[derive(Serialize, ToSchema)]
#[schema(as = WorkflowVersion)]
pub(crate) struct ShownVersion<'a> {
    /// Its number, from 1.
    #[schema(value_type = i32)]
    version: VersionNumber,
    /// SHA-256 of the definition's text; equal for equal definitions.
    definition_hash: String,
    /// Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::Definition)]
    definition: Option<&'a RawValue>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    /// Who published it.
    #[schema(value_type = String, format = Uuid)]
    created_by: thaiyyal_model::UserId,
}

impl<'a> ShownVersion<'a> {
    fn summary(version: &Version) -> Self {
        Self {
            version: version.number,
            definition_hash: version.hash.to_string(),
            definition: None,
            created_at: Time(version.created_at),
            created_by: version.by,
        }
    }

    fn etag(version: &Version) -> String {
        format!("\"{}\"", version.hash)
    }

    fn whole(version: &'a Version) -> Result<Self, Problem> {
        Ok(Self { definition: Some(stored_json(&version.definition)?), ..Self::summary(version) })
    }
}
