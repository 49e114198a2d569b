-- A timer that is no longer what its execution waits for (it was cancelled, or woken by something else) is dropped.
WITH due AS MATERIALIZED (
    SELECT t.due_at, t.execution_id, t.tenant_id
    FROM timers t
    WHERE t.due_at <= now()
    ORDER BY t.due_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), fired AS (
    DELETE FROM timers t USING due d WHERE t.due_at = ANY (ARRAY[d.due_at]) AND t.execution_id BETWEEN d.execution_id AND d.execution_id
), woken AS (
    UPDATE executions e
    SET status = 'queued', reason = NULL, wake_at = NULL
    FROM (SELECT * FROM due ORDER BY execution_id) d
    WHERE e.tenant_id = ANY (ARRAY[d.tenant_id]) AND e.id BETWEEN d.execution_id AND d.execution_id AND e.status = 'waiting' AND e.wake_at = d.due_at
    RETURNING e.tenant_id, e.id, e.shard, e.priority, e.epoch, e.started_at, e.crash_count
), queued AS (
    INSERT INTO run_queue (
        execution_id, tenant_id, shard, priority, state, epoch, started_at, crash_count, available_at, hinted_at
    )
    SELECT w.id, w.tenant_id, w.shard, w.priority, 'ready', w.epoch, w.started_at, w.crash_count, now(), now() FROM woken w
    ON CONFLICT (execution_id) DO NOTHING
    RETURNING execution_id, shard, priority
)
INSERT INTO outbox (shard, priority, executions)
SELECT q.shard, q.priority, array_agg(q.execution_id)
FROM (
    SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority) - 1) / 64 AS message FROM queued
) q
GROUP BY q.shard, q.priority, q.message
RETURNING id, shard, priority, executions
