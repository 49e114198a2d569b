-- Tells executions of signals that were posted: those that wait are queued, the others are counted up. The rows of executions are locked
-- in the order of ids before their status is looked at, and a signal row only while nobody else can want it: it is not told yet, so no
-- worker has seen it.
WITH untold AS MATERIALIZED (
    SELECT s.tenant_id, s.execution_id, s.seq
    FROM signals s
    WHERE NOT s.is_told AND s.seq > 0
    ORDER BY s.seq
    LIMIT $1
    FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE signals s SET is_told = true FROM untold u
    WHERE s.tenant_id = ANY (ARRAY[u.tenant_id]) AND s.execution_id BETWEEN u.execution_id AND u.execution_id AND s.seq BETWEEN u.seq AND u.seq
    RETURNING s.seq
), concerned AS MATERIALIZED (
    SELECT DISTINCT u.tenant_id, u.execution_id FROM untold u ORDER BY u.execution_id
), standing AS MATERIALIZED (
    SELECT e.tenant_id, e.id, e.status, e.wake_at
    FROM concerned c JOIN executions e ON e.tenant_id = ANY (ARRAY[c.tenant_id]) AND e.id BETWEEN c.execution_id AND c.execution_id
    WHERE e.status IN ('queued', 'waiting')
    FOR NO KEY UPDATE OF e
), counted AS (
    UPDATE executions e SET status = 'queued', reason = NULL, wake_at = NULL, signalled = e.signalled + 1
    FROM standing s
    WHERE e.tenant_id = ANY (ARRAY[s.tenant_id]) AND e.id BETWEEN s.id AND s.id
    RETURNING e.tenant_id, e.id, s.status AS before, s.wake_at AS woken_before, e.shard, e.priority, e.epoch, e.started_at, e.crash_count
), untimed AS (
    -- A timer that is firing right now is dropped by whoever fires it.
    DELETE FROM timers t USING (
        SELECT f.due_at, f.execution_id
        FROM counted c JOIN timers f ON f.due_at = ANY (ARRAY[c.woken_before]) AND f.execution_id BETWEEN c.id AND c.id
        WHERE c.before = 'waiting'
        FOR UPDATE OF f SKIP LOCKED
    ) f
    WHERE t.due_at = ANY (ARRAY[f.due_at]) AND t.execution_id BETWEEN f.execution_id AND f.execution_id
), queued AS (
    INSERT INTO run_queue (
        execution_id, tenant_id, shard, priority, state, epoch, started_at, crash_count, available_at, hinted_at
    )
    SELECT c.id, c.tenant_id, c.shard, c.priority, 'ready', c.epoch, c.started_at, c.crash_count, now(), now()
    FROM counted c WHERE c.before = 'waiting'
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
SELECT
    NULL::int8 AS signals, c.tenant_id, c.id, c.before = 'waiting' AS is_woken,
    NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions
FROM counted c
UNION ALL
SELECT NULL, NULL, NULL, NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
UNION ALL
SELECT count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM told
