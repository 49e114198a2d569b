-- Named limits that an operator gives to tenants. They are laid over those of the configuration; a tenant without a tier has just those.
CREATE TABLE tiers (
    name   TEXT NOT NULL PRIMARY KEY,
    -- A JSON object: limits by name.
    limits TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE tenants ADD COLUMN tier TEXT REFERENCES tiers (name);
