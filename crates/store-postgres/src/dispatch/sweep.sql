WITH unclaimed AS MATERIALIZED (
    SELECT c.execution_id
    FROM generate_series(0, $3::int4 - 1) AS s (shard)
    CROSS JOIN LATERAL (
        SELECT q.execution_id, q.hinted_at
        FROM run_queue q
        WHERE q.shard = s.shard::int2 AND q.hinted_at > '-infinity' AND q.hinted_at < now() - $1::float8 * interval '1 second'
            AND q.state = 'ready' AND q.available_at <= now()
        ORDER BY q.hinted_at
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ) c
    ORDER BY c.hinted_at
    LIMIT $2
)
UPDATE run_queue q SET hinted_at = now() FROM unclaimed u WHERE q.execution_id = ANY (ARRAY[u.execution_id])
RETURNING q.execution_id, q.shard, q.priority
