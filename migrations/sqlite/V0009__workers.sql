-- One row per worker process, with one heartbeat for all it holds. Not a tenant's.
CREATE TABLE workers (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    last_seen  INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    slots      INTEGER NOT NULL,
    version    TEXT NOT NULL,
    host       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
