-- Keys are free after a day by the clock of whoever asks, so they are kept a little longer by ours.
WITH free AS MATERIALIZED (
    SELECT tenant_id, route, key FROM idempotency_keys
    WHERE created_at <= now() - interval '25 hours'
    ORDER BY created_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
DELETE FROM idempotency_keys k USING free f WHERE (k.tenant_id, k.route, k.key) BETWEEN (f.tenant_id, f.route, f.key) AND (f.tenant_id, f.route, f.key)
RETURNING 1
