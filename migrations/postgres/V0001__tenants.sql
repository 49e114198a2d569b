-- The owner of everything. All tables live in the schema "thaiyyal" and belong to the role thaiyyal_owner, which nobody logs in as.
-- Code reaches them as thaiyyal_app (one tenant per transaction), thaiyyal_dispatch (the hot path) or thaiyyal_directory (sign-in).
GRANT USAGE ON SCHEMA thaiyyal TO thaiyyal_app, thaiyyal_dispatch, thaiyyal_directory;

-- Shuts a tenant table off: whoever is not let in by a policy sees no row and writes none, the owner included. thaiyyal_app is let in
-- to the rows of the tenant that its transaction names. After a transaction the setting is '' and not null, hence NULLIF.
CREATE FUNCTION protect(target regclass) RETURNS void
    LANGUAGE plpgsql
    SET search_path = thaiyyal, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s TO thaiyyal_app'
        ' USING (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
        ' WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)',
        target
    );
END
$$;
REVOKE ALL ON FUNCTION protect(regclass) FROM PUBLIC;

CREATE TABLE tenants (
    tenant_id  uuid PRIMARY KEY,
    name       text NOT NULL,
    created_at timestamptz NOT NULL
);
SELECT protect('tenants');
CREATE POLICY directory ON tenants TO thaiyyal_directory USING (true) WITH CHECK (true);
GRANT SELECT ON tenants TO thaiyyal_app;
GRANT SELECT, INSERT ON tenants TO thaiyyal_directory;
