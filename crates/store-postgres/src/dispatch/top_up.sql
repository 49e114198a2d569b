-- Hints what waits longest of each tenant, the urgent before the rest. What is locked is being claimed or cancelled.
WITH turn AS MATERIALIZED (
    SELECT c.execution_id
    FROM unnest($1::uuid[], $2::int8[]) AS i (tenant_id, share)
    CROSS JOIN LATERAL (
        SELECT q.execution_id
        FROM run_queue q
        WHERE q.hinted_at = '-infinity' AND q.tenant_id = i.tenant_id AND q.state = 'ready' AND q.available_at <= now()
        ORDER BY CASE q.priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, q.execution_id
        LIMIT i.share
        FOR UPDATE SKIP LOCKED
    ) c
), given AS (
    UPDATE run_queue q SET hinted_at = now() FROM turn t WHERE q.execution_id = ANY (ARRAY[t.execution_id])
    RETURNING q.execution_id, q.shard, q.priority
)
INSERT INTO outbox (shard, priority, executions)
SELECT g.shard, g.priority, array_agg(g.execution_id ORDER BY g.execution_id)
FROM (
    SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority ORDER BY execution_id) - 1) / 64 AS message FROM given
) g
GROUP BY g.shard, g.priority, g.message
RETURNING id, shard, priority, executions
