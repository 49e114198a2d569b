-- When to queue waiting executions again at the latest.
CREATE TABLE timers (
    due_at       INTEGER NOT NULL,
    execution_id BLOB NOT NULL,
    tenant_id    BLOB NOT NULL,
    PRIMARY KEY (due_at, execution_id),
    FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_execution ON timers (tenant_id, execution_id);
