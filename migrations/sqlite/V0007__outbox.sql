-- Hints that nobody has confirmed yet. One row is one message and may name executions of several tenants.
CREATE TABLE outbox (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    created_at   INTEGER NOT NULL,
    -- When someone last took it for publishing; whoever wrote it publishes it first.
    attempted_at INTEGER NOT NULL,
    shard        INTEGER NOT NULL,
    priority     TEXT NOT NULL,
    -- 1 to 64 ids, one after the other.
    executions   BLOB NOT NULL CHECK (length(executions) % 16 = 0 AND length(executions) BETWEEN 16 AND 64 * 16)
) STRICT, WITHOUT ROWID;
