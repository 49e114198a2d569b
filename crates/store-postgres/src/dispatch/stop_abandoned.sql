-- Locks no row of children: whoever ends one of them has its queue row already when he deletes that.
WITH due AS MATERIALIZED (
    SELECT c.tenant_id, c.child_id
    FROM children c
    JOIN executions e ON e.tenant_id = ANY (ARRAY[c.tenant_id]) AND e.id BETWEEN c.child_id AND c.child_id AND e.status IN ('queued', 'waiting')
    WHERE c.is_abandoned AND c.child_id > '00000000-0000-0000-0000-000000000000'
        AND NOT EXISTS (
            SELECT FROM run_queue q WHERE q.execution_id = ANY (ARRAY[c.child_id]) AND q.cancel_requested_at IS NOT NULL
        )
    ORDER BY c.child_id
    LIMIT $1
), asked AS (
    UPDATE run_queue q SET cancel_requested_at = now()
    FROM due d
    WHERE q.execution_id = ANY (ARRAY[d.child_id]) AND q.tenant_id = d.tenant_id AND q.cancel_requested_at IS NULL
    RETURNING q.tenant_id, q.execution_id, q.state
), standing AS MATERIALIZED (
    SELECT e.tenant_id, e.id, e.wake_at
    FROM due d JOIN executions e ON e.tenant_id = ANY (ARRAY[d.tenant_id]) AND e.id BETWEEN d.child_id AND d.child_id
    WHERE e.status = 'waiting'
    FOR NO KEY UPDATE OF e
), woken AS (
    UPDATE executions e SET status = 'queued', reason = NULL, wake_at = NULL
    FROM standing s
    WHERE e.tenant_id = ANY (ARRAY[s.tenant_id]) AND e.id BETWEEN s.id AND s.id
    RETURNING e.tenant_id, e.id, s.wake_at AS woken_before, e.shard, e.priority, e.epoch, e.started_at, e.crash_count
), untimed AS (
    -- A timer that is firing right now is dropped by whoever fires it.
    DELETE FROM timers t USING (
        SELECT f.due_at, f.execution_id
        FROM woken w JOIN timers f ON f.due_at = ANY (ARRAY[w.woken_before]) AND f.execution_id BETWEEN w.id AND w.id
        FOR UPDATE OF f SKIP LOCKED
    ) f
    WHERE t.due_at = ANY (ARRAY[f.due_at]) AND t.execution_id BETWEEN f.execution_id AND f.execution_id
), queued AS (
    INSERT INTO run_queue (
        execution_id, tenant_id, shard, priority, state, epoch, started_at, crash_count, available_at, hinted_at, cancel_requested_at
    )
    SELECT w.id, w.tenant_id, w.shard, w.priority, 'ready', w.epoch, w.started_at, w.crash_count, now(), now(), now() FROM woken w
    ON CONFLICT (execution_id) DO NOTHING
    RETURNING execution_id, shard, priority
), hinted AS (
    INSERT INTO outbox (shard, priority, executions)
    SELECT q.shard, q.priority, array_agg(q.execution_id)
    FROM (
        SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority) - 1) / 64 AS message FROM queued
    ) q
    GROUP BY q.shard, q.priority, q.message
    RETURNING id, shard, priority, executions
)
SELECT a.tenant_id, a.execution_id, NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions
FROM asked a WHERE a.state = 'leased'
UNION ALL
SELECT NULL, NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
