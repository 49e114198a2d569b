//! The cases every back end has to pass.

#![expect(clippy::unwrap_used, reason = "what goes wrong in a test fails it, also outside of the test function")]

mod support {
    pub(crate) mod folder;
}

use support::folder::{Folder, open};
use thaiyyal_store::Storage;

thaiyyal_store::conformance!(fresh_store);

/// An empty, migrated store of its own.
async fn fresh_store() -> (Storage, Folder) {
    let folder = Folder::new();
    let storage = open(&folder.database());
    storage.admin.migrate().await.unwrap();
    (storage, folder)
}
