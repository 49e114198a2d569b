-- Named limits that an operator gives to tenants. They are laid over those of the configuration; a tenant without a tier has just those.
CREATE TABLE tiers (
    name   text PRIMARY KEY,
    -- A JSON object: limits by name.
    limits text NOT NULL
);
GRANT SELECT ON tiers TO thaiyyal_app, thaiyyal_dispatch;
GRANT SELECT, INSERT, UPDATE (limits) ON tiers TO thaiyyal_directory;

ALTER TABLE tenants ADD COLUMN tier text REFERENCES tiers (name);
GRANT UPDATE (tier) ON tenants TO thaiyyal_directory;
-- A claim tells the limits of the tenant's tier.
CREATE POLICY dispatch ON tenants FOR SELECT TO thaiyyal_dispatch USING (true);
GRANT SELECT (tenant_id, tier) ON tenants TO thaiyyal_dispatch;
