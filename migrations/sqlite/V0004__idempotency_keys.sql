-- Requests that were made before, so that repeating one does nothing twice. An execution's answer is its ids; any other request's is
-- the stored response.
CREATE TABLE idempotency_keys (
    tenant_id    BLOB NOT NULL REFERENCES tenants,
    route        TEXT NOT NULL,
    key          TEXT NOT NULL,
    request      BLOB NOT NULL CHECK (length(request) = 32),
    created_at   INTEGER NOT NULL,
    execution_id BLOB,
    workflow_id  BLOB,
    version      INTEGER,
    status       INTEGER,
    body         BLOB,
    location     TEXT,
    etag         TEXT,
    PRIMARY KEY (tenant_id, route, key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
