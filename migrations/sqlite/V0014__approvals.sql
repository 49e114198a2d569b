-- What people are asked by executions that wait for a decision. The worker writes the question when the wait begins and closes it when the
-- wait ends without an answer; a decision is written once, together with the signal that tells the execution. Questions of executions
-- that have ended are over, whatever stands here.
CREATE TABLE approvals (
    tenant_id    BLOB NOT NULL,
    id           BLOB NOT NULL CHECK (length(id) = 16),
    execution_id BLOB NOT NULL,
    step         TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    -- The name of the signal that the step waits for.
    signal       TEXT NOT NULL,
    question     BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    closed_at    INTEGER,
    decision     BLOB,
    decided_at   INTEGER,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, execution_id, step, attempt),
    FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id),
    CHECK ((decision IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_open ON approvals (tenant_id, id) WHERE decided_at IS NULL AND closed_at IS NULL;

-- A secret that all processes of the installation share, made by the first that needs it.
CREATE TABLE installation (
    is_only INTEGER NOT NULL PRIMARY KEY DEFAULT 1 CHECK (is_only = 1),
    secret  BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;
