WITH closed AS (
    INSERT INTO closed_windows (tenant_id) SELECT i.tenant_id FROM unnest($1::uuid[]) AS i (tenant_id) ON CONFLICT DO NOTHING
)
DELETE FROM closed_windows c WHERE c.tenant_id = ANY ($2::uuid[])
