-- Tenants with so many hints on their way that what they have accepted waits without one, until the scheduler gives it its turn. Nearly
-- always empty: accepting reads all of it.
CREATE TABLE closed_windows (
    tenant_id BLOB NOT NULL PRIMARY KEY,
    closed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was never hinted, in the order in which it gets its turn; ordinary rows never enter it.
CREATE INDEX run_queue_unhinted ON run_queue
    (tenant_id, (CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END), execution_id) WHERE hinted_at IS NULL;
