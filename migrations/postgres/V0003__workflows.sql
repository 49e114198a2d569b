-- Workflows, their published versions, and the texts both refer to by hash: a text is stored once per tenant.
CREATE TABLE definitions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    hash      bytea NOT NULL CHECK (length(hash) = 32),
    text      bytea NOT NULL,
    PRIMARY KEY (tenant_id, hash)
);
ALTER TABLE definitions ALTER COLUMN text SET COMPRESSION lz4;
SELECT protect('definitions');
-- Accepting an inline definition stores it; the hot path never reads texts.
CREATE POLICY dispatch ON definitions TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON definitions TO thaiyyal_app;
GRANT SELECT (tenant_id, hash), INSERT ON definitions TO thaiyyal_dispatch;

CREATE TABLE workflows (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    id           uuid NOT NULL,
    name         text NOT NULL,
    description  text NOT NULL,
    tags         text[] NOT NULL,
    revision     bigint NOT NULL,
    draft_hash   bytea NOT NULL,
    version      integer,
    version_hash bytea,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, draft_hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, version_hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, created_by) REFERENCES users (tenant_id, id),
    CHECK ((version IS NULL) = (version_hash IS NULL))
);
SELECT protect('workflows');
CREATE POLICY dispatch ON workflows FOR SELECT TO thaiyyal_dispatch USING (true);
GRANT SELECT, INSERT, UPDATE ON workflows TO thaiyyal_app;
GRANT SELECT (tenant_id, id, draft_hash, version, version_hash, deleted_at) ON workflows TO thaiyyal_dispatch;

CREATE TABLE versions (
    tenant_id   uuid NOT NULL,
    workflow_id uuid NOT NULL,
    number      integer NOT NULL CHECK (number > 0),
    hash        bytea NOT NULL,
    created_by  uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, workflow_id, number),
    FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows (tenant_id, id),
    FOREIGN KEY (tenant_id, hash) REFERENCES definitions (tenant_id, hash),
    FOREIGN KEY (tenant_id, created_by) REFERENCES users (tenant_id, id)
);
SELECT protect('versions');
CREATE POLICY dispatch ON versions FOR SELECT TO thaiyyal_dispatch USING (true);
GRANT SELECT, INSERT ON versions TO thaiyyal_app;
GRANT SELECT (tenant_id, workflow_id, number, hash) ON versions TO thaiyyal_dispatch;
