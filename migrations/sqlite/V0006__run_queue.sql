-- One row per execution that is runnable or leased: small, hot, deleted when the execution ends or waits.
--
-- No index besides the key: what looks for due rows runs seldom and on a reading connection, while every execution would pay for an
-- index when it comes, is claimed, and goes.
CREATE TABLE run_queue (
    execution_id        BLOB NOT NULL PRIMARY KEY,
    tenant_id           BLOB NOT NULL,
    worker_id           BLOB,
    epoch               INTEGER NOT NULL,
    available_at        INTEGER NOT NULL,
    -- When its last hint was written; null for never.
    hinted_at           INTEGER,
    started_at          INTEGER,
    cancel_requested_at INTEGER,
    crash_count         INTEGER NOT NULL DEFAULT 0,
    shard               INTEGER NOT NULL,
    priority            TEXT NOT NULL,
    state               TEXT NOT NULL CHECK (state IN ('ready', 'leased')),
    FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id),
    CHECK ((state = 'leased') = (worker_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
