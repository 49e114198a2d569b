-- Accounts and what proves them.
CREATE TABLE users (
    tenant_id   BLOB NOT NULL REFERENCES tenants,
    id          BLOB NOT NULL CHECK (length(id) = 16),
    email       TEXT NOT NULL,
    -- The address in small letters. People sign in by address alone, so an address belongs to one account of the whole installation;
    -- SQLite itself knows the small letters of ASCII only.
    email_key   TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    password    TEXT NOT NULL,
    permissions TEXT NOT NULL CHECK (json_valid(permissions)),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    tenant_id   BLOB NOT NULL,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    user_id     BLOB NOT NULL,
    name        TEXT NOT NULL,
    secret      BLOB NOT NULL CHECK (length(secret) = 32),
    permissions TEXT NOT NULL CHECK (json_valid(permissions)),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    revoked_at  INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    tenant_id  BLOB NOT NULL,
    id         BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    user_id    BLOB NOT NULL,
    token      BLOB NOT NULL UNIQUE CHECK (length(token) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_links (
    token      BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    tenant_id  BLOB NOT NULL,
    user_id    BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT, WITHOUT ROWID;
