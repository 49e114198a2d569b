-- What the keys that were used before were used for.
SELECT i.ord, k.request, k.execution_id, k.workflow_id, k.version
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) WITH ORDINALITY AS i (tenant_id, route, key, created_at, ord)
JOIN idempotency_keys k ON (k.tenant_id, k.route, k.key) BETWEEN (i.tenant_id, i.route, i.key) AND (i.tenant_id, i.route, i.key)
WHERE k.created_at > i.created_at - interval '24 hours'
