-- The owner of everything.
--
-- In all tables: ids are 16 bytes (UUIDs of version 7), hashes 32 bytes, times microseconds since 1970 in UTC, lists of words JSON
-- arrays, payloads JSON as bytes (handed on as they came; they may hold NUL). Keys that others refer to begin with the tenant, so that
-- a row that refers to another tenant's is a constraint error.
CREATE TABLE tenants (
    tenant_id  BLOB NOT NULL PRIMARY KEY CHECK (length(tenant_id) = 16),
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
