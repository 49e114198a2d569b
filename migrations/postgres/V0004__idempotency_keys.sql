-- Requests that were made before, so that repeating one does nothing twice. An execution's answer is its ids; any other request's is
-- the stored response.
CREATE TABLE idempotency_keys (
    tenant_id    uuid NOT NULL REFERENCES tenants,
    route        text NOT NULL,
    key          text NOT NULL,
    request      bytea NOT NULL CHECK (length(request) = 32),
    created_at   timestamptz NOT NULL,
    execution_id uuid,
    workflow_id  uuid,
    version      integer,
    status       integer,
    body         bytea,
    location     text,
    etag         text,
    PRIMARY KEY (tenant_id, route, key)
);
-- For forgetting those that are free again.
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
SELECT protect('idempotency_keys');
CREATE POLICY dispatch ON idempotency_keys TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO thaiyyal_dispatch;
