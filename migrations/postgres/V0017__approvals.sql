-- What people are asked by executions that wait for a decision. The worker writes the question when the wait begins and closes it when the
-- wait ends without an answer; a decision is written once, together with the signal that tells the execution. Questions of executions
-- that have ended are over, whatever stands here.
CREATE TABLE approvals (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    execution_id uuid NOT NULL,
    step         text NOT NULL,
    attempt      integer NOT NULL,
    -- The name of the signal that the step waits for.
    signal       text NOT NULL,
    question     bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    closed_at    timestamptz,
    decision     bytea,
    decided_at   timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, execution_id, step, attempt),
    CHECK ((decision IS NULL) = (decided_at IS NULL))
);
CREATE INDEX approvals_open ON approvals (tenant_id, id) WHERE decided_at IS NULL AND closed_at IS NULL;
SELECT protect('approvals');
CREATE POLICY dispatch ON approvals TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (decision, decided_at) ON approvals TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE (closed_at) ON approvals TO thaiyyal_dispatch;

-- A secret that all processes of the installation share, made by the first that needs it.
CREATE TABLE installation (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    secret  bytea NOT NULL CHECK (length(secret) = 32)
);
GRANT SELECT, INSERT ON installation TO thaiyyal_directory;
