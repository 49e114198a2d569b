-- Workflows, their published versions, and the texts both refer to by hash: a text is stored once per tenant.
CREATE TABLE definitions (
    tenant_id BLOB NOT NULL REFERENCES tenants,
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    text      BLOB NOT NULL,
    PRIMARY KEY (tenant_id, hash)
) STRICT;

CREATE TABLE workflows (
    tenant_id    BLOB NOT NULL REFERENCES tenants,
    id           BLOB NOT NULL CHECK (length(id) = 16),
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    tags         TEXT NOT NULL CHECK (json_valid(tags)),
    revision     INTEGER NOT NULL,
    draft_hash   BLOB NOT NULL,
    version      INTEGER,
    version_hash BLOB,
    created_by   BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    deleted_at   INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, draft_hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, version_hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, created_by) REFERENCES users (tenant_id, id),
    CHECK ((version IS NULL) = (version_hash IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
    tenant_id   BLOB NOT NULL,
    workflow_id BLOB NOT NULL,
    number      INTEGER NOT NULL CHECK (number > 0),
    hash        BLOB NOT NULL,
    created_by  BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, workflow_id, number),
    FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows (tenant_id, id),
    FOREIGN KEY (tenant_id, hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, created_by) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- PostgreSQL refuses both by not granting UPDATE.
CREATE TRIGGER a_version_never_changes BEFORE UPDATE ON versions
BEGIN
    SELECT raise(ABORT, 'a published version never changes');
END;
CREATE TRIGGER a_definition_never_changes BEFORE UPDATE ON definitions
BEGIN
    SELECT raise(ABORT, 'a stored definition never changes');
END;
