-- What came from outside for executions and is not in their journals yet: signals, decisions, callbacks, ends of children. Whoever sends
-- only inserts; telling the execution (waking it, or making its worker look) is a step of its own that anyone may do.
CREATE TABLE signals (
    -- In the order of arrival, never used twice.
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id    BLOB NOT NULL,
    execution_id BLOB NOT NULL,
    name         TEXT NOT NULL,
    payload      BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    is_told      INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1)),
    FOREIGN KEY (tenant_id, execution_id) REFERENCES executions (tenant_id, id)
) STRICT;
CREATE INDEX signals_execution ON signals (tenant_id, execution_id, seq);
CREATE INDEX signals_untold ON signals (seq) WHERE is_told = 0;

-- How often the execution was told that there is something for it. A worker that gives it back says up to which of these it has looked.
ALTER TABLE executions ADD COLUMN signalled INTEGER NOT NULL DEFAULT 0;
