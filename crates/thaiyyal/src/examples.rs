//! The workflows a new tenant of `thaiyyal dev` starts with.

use anyhow::Context;
use serde_json::json;
use thaiyyal_commands::definitions::Checked;
use thaiyyal_commands::workflows::{self, Create};
use thaiyyal_model::{Limits, TenantScope, UserId};

use crate::parts::Parts;

/// In the order of creation: the list shows the newest first.
const EXAMPLES: [&str; 4] = [
    include_str!("../../../examples/apis/call-an-api.json"),
    include_str!("../../../examples/first-steps/sum.json"),
    include_str!("../../../examples/branching/grade.json"),
    include_str!("../../../examples/branching/order-triage.json"),
];

/// Creates and publishes every example.
pub(crate) async fn create(parts: &Parts, limits: &Limits, scope: &TenantScope, by: UserId) -> anyhow::Result<()> {
    let mut tx = parts.storage.store.begin(scope).await?;
    for text in EXAMPLES {
        let document: serde_json::Value = serde_json::from_str(text).context("an example is not JSON")?;
        let word = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
        let definition = serde_json::to_vec_pretty(
            &json!({ "workflow_id": document["workflow_id"], "nodes": document["nodes"], "edges": document["edges"] }),
        )?;
        let definition =
            Checked::check(definition, &parts.catalog, limits).with_context(|| format!("the example {:?} is refused", word("name")))?;
        let create = Create {
            name: word("name"),
            description: word("description"),
            tags: document["tags"].as_array().into_iter().flatten().filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
            definition,
            publish: true,
            by,
        };
        workflows::create(&mut *tx, create, &*parts.clock).await?;
    }
    tx.commit().await?;
    Ok(())
}
