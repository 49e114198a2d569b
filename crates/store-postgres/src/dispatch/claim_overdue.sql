-- Leases what was hinted long ago and is still there, each shard's in the order of its hints, the shards in turn. What somebody else is
-- claiming, sweeping or cancelling is left to them.
WITH overdue AS MATERIALIZED (
    SELECT c.execution_id
    FROM generate_series(0, $5::int4 - 1) AS s (shard)
    CROSS JOIN LATERAL (
        SELECT l.execution_id, row_number() OVER (ORDER BY l.hinted_at) AS place
        FROM (
            SELECT q.execution_id, q.hinted_at
            FROM run_queue q
            WHERE q.shard = s.shard::int2 AND q.hinted_at > '-infinity' AND q.hinted_at < now() - $2::float8 * interval '1 second'
                AND q.state = 'ready' AND q.available_at <= now()
            ORDER BY q.hinted_at
            LIMIT $4
            FOR UPDATE SKIP LOCKED
        ) l
    ) c
    ORDER BY c.place
    LIMIT $3
), claimed AS (
    UPDATE run_queue q
    SET state = 'leased', epoch = q.epoch + 1, worker_id = $1, started_at = coalesce(q.started_at, now())
    FROM overdue o
    WHERE q.execution_id = ANY (ARRAY[o.execution_id])
        AND EXISTS (SELECT FROM workers w WHERE w.id = $1 AND w.last_seen > '-infinity')
    RETURNING q.execution_id, q.tenant_id, q.epoch, q.started_at, q.cancel_requested_at IS NOT NULL AS cancel_requested, q.crash_count
)
SELECT
    c.tenant_id, c.execution_id, c.epoch, e.workflow_id, e.version, e.definition, e.trigger, e.priority, e.input, e.created_at,
    c.started_at, e.deadline, c.cancel_requested, c.crash_count, e.trace, e.signalled, e.parent_id, e.depth,
    (SELECT t.limits FROM tenants n JOIN tiers t ON t.name = ANY (ARRAY[n.tier]) WHERE n.tenant_id = ANY (ARRAY[c.tenant_id])) AS limits
FROM claimed c
JOIN executions e ON e.tenant_id = ANY (ARRAY[c.tenant_id]) AND e.id BETWEEN c.execution_id AND c.execution_id
