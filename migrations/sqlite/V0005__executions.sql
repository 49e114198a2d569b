-- Executions and their journals. Both keep a rowid: their rows are wide, and new ones go to the end.
CREATE TABLE executions (
    tenant_id       BLOB NOT NULL,
    id              BLOB NOT NULL CHECK (length(id) = 16),
    workflow_id     BLOB,
    definition      BLOB NOT NULL,
    version         INTEGER,
    -- 'running' is not stored: it is a queued execution whose row in run_queue is leased.
    status          TEXT NOT NULL CHECK (status IN ('queued', 'waiting', 'succeeded', 'failed', 'cancelled', 'timed_out')),
    reason          TEXT,
    trigger         TEXT NOT NULL,
    priority        TEXT NOT NULL,
    -- What the run_queue row knew when it was deleted; a new one starts from here, so that an epoch is never used twice.
    epoch           INTEGER NOT NULL DEFAULT 0,
    crash_count     INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    started_at      INTEGER,
    finished_at     INTEGER,
    deadline        INTEGER,
    wake_at         INTEGER,
    parent_id       BLOB,
    retry_of        BLOB,
    concurrency_key TEXT,
    trace           TEXT,
    -- The widest come last, so that a list reads no overflow pages.
    error           BLOB,
    labels          BLOB,
    input           BLOB NOT NULL,
    output          BLOB,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, workflow_id) REFERENCES workflows (tenant_id, id),
    FOREIGN KEY (tenant_id, definition) REFERENCES definitions (tenant_id, hash)
) STRICT;
CREATE INDEX executions_workflow ON executions (tenant_id, workflow_id, id) WHERE workflow_id IS NOT NULL;
-- SQLite uses a partial index for a query only if one of the alternatives stands in the query as it stands here.
CREATE INDEX executions_unfinished ON executions (tenant_id, id) WHERE status = 'queued' OR status = 'waiting';
-- Rows enter this one only when they go wrong, so that a good run does not pay for it.
CREATE INDEX executions_unsuccessful ON executions (tenant_id, status, id)
    WHERE status = 'failed' OR status = 'cancelled' OR status = 'timed_out';

CREATE TRIGGER an_end_is_final BEFORE UPDATE OF status ON executions
WHEN old.status IN ('succeeded', 'failed', 'cancelled', 'timed_out') AND new.status IS NOT old.status
BEGIN
    SELECT raise(ABORT, 'an execution that has ended cannot change its status');
END;

CREATE TABLE journal (
    tenant_id    BLOB NOT NULL,
    execution_id BLOB NOT NULL,
    first_seq    INTEGER NOT NULL,
    last_seq     INTEGER NOT NULL CHECK (last_seq >= first_seq),
    epoch        INTEGER NOT NULL,
    bytes        BLOB NOT NULL,
    PRIMARY KEY (tenant_id, execution_id, first_seq),
    FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
) STRICT;
