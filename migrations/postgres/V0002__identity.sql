-- Accounts and what proves them. thaiyyal_directory looks them up by the secret a caller presents, before a tenant is known.
CREATE TABLE users (
    tenant_id   uuid NOT NULL REFERENCES tenants,
    id          uuid NOT NULL,
    email       text NOT NULL,
    name        text NOT NULL,
    password    text NOT NULL,
    permissions text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- People sign in by address alone, so an address belongs to one account of the whole installation.
CREATE UNIQUE INDEX users_email ON users (lower(email));
SELECT protect('users');
CREATE POLICY directory ON users TO thaiyyal_directory USING (true) WITH CHECK (true);
GRANT SELECT ON users TO thaiyyal_app;
GRANT SELECT, INSERT ON users TO thaiyyal_directory;

CREATE TABLE api_keys (
    tenant_id   uuid NOT NULL,
    id          uuid NOT NULL,
    user_id     uuid NOT NULL,
    name        text NOT NULL,
    secret      bytea NOT NULL CHECK (length(secret) = 32),
    permissions text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    revoked_at  timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX api_keys_id ON api_keys (id);
SELECT protect('api_keys');
CREATE POLICY directory ON api_keys TO thaiyyal_directory USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_keys TO thaiyyal_app;
GRANT SELECT, INSERT ON api_keys TO thaiyyal_directory;

CREATE TABLE sessions (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid NOT NULL,
    token      bytea NOT NULL CHECK (length(token) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX sessions_token ON sessions (token);
CREATE UNIQUE INDEX sessions_id ON sessions (id);
SELECT protect('sessions');
CREATE POLICY directory ON sessions TO thaiyyal_directory USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON sessions TO thaiyyal_app;
GRANT SELECT, INSERT, DELETE ON sessions TO thaiyyal_directory;

CREATE TABLE sign_in_links (
    token      bytea PRIMARY KEY CHECK (length(token) = 32),
    tenant_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
SELECT protect('sign_in_links');
CREATE POLICY directory ON sign_in_links TO thaiyyal_directory USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON sign_in_links TO thaiyyal_directory;
