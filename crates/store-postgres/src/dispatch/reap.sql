-- Frees what silent workers hold. Their heartbeats could not arrive while the database was down, so a fresh start counts as a life sign
-- of everyone but those who said goodbye. Reads the queue only when a worker is silent.
WITH silent AS MATERIALIZED (
    SELECT w.id FROM workers w
    WHERE w.last_seen = '-infinity'
        OR (
            w.last_seen < now() - $1::float8 * interval '1 second'
            AND pg_postmaster_start_time() < now() - $1::float8 * interval '1 second'
        )
), lost AS MATERIALIZED (
    SELECT q.execution_id, q.crash_count
    FROM run_queue q
    WHERE EXISTS (SELECT FROM silent) AND q.state = 'leased' AND q.worker_id IN (SELECT id FROM silent)
    LIMIT $3
    FOR UPDATE OF q SKIP LOCKED
), freed AS (
    -- The first crash may be an accident and is tried again at once; then 1 s, 2 s, 4 s, ... up to a minute. Nobody is told of those until they are due.
    UPDATE run_queue q
    SET state = 'ready', worker_id = NULL, epoch = q.epoch + 1, crash_count = l.crash_count + 1,
        available_at = now() + CASE WHEN l.crash_count = 0 THEN 0 ELSE least(60, power(2, l.crash_count - 1)) END * interval '1 second',
        hinted_at = CASE WHEN l.crash_count = 0 THEN now() ELSE '-infinity' END
    FROM lost l
    WHERE q.execution_id = ANY (ARRAY[l.execution_id]) AND l.crash_count < $2
    RETURNING q.execution_id, q.shard, q.priority, q.crash_count
), dead AS (
    DELETE FROM run_queue q USING lost l WHERE q.execution_id = ANY (ARRAY[l.execution_id]) AND l.crash_count >= $2
    RETURNING q.tenant_id, q.execution_id, q.epoch, q.started_at, q.crash_count
), failed AS (
    UPDATE executions e
    SET status = 'failed', error = $4, finished_at = now(), started_at = d.started_at, epoch = d.epoch + 1,
        crash_count = d.crash_count + 1, reason = NULL, wake_at = NULL
    FROM dead d
    WHERE e.tenant_id = ANY (ARRAY[d.tenant_id]) AND e.id BETWEEN d.execution_id AND d.execution_id AND e.status IN ('queued', 'waiting')
    RETURNING e.tenant_id, e.id, e.parent_id, e.status, e.output, e.error
), reported AS (
    -- Whoever waits for it is told, by a signal.
    DELETE FROM children c USING failed e
    WHERE e.parent_id IS NOT NULL AND c.child_id = ANY (ARRAY[e.id]) AND c.tenant_id = e.tenant_id
    RETURNING c.tenant_id, c.child_id, c.parent_id, c.is_abandoned, e.status, e.output, e.error
), told AS (
    INSERT INTO signals (tenant_id, execution_id, name, payload)
    SELECT
        r.tenant_id, r.parent_id, 'child:' || r.child_id,
        '{"status":"'::bytea || convert_to(r.status, 'UTF8') || '","output":'::bytea || coalesce(r.output, 'null'::bytea)
        || ',"error":'::bytea || coalesce(r.error, 'null'::bytea) || '}'::bytea
    FROM reported r
    WHERE NOT r.is_abandoned
), left_behind AS (
    -- One that someone else is changing is ending at this moment, or abandoned already. Ends are told first: nobody waits for a row of
    -- children once it holds one that is only marked, so no two ends wait for each other.
    UPDATE children c SET is_abandoned = true
    FROM (
        SELECT l.tenant_id, l.child_id
        FROM failed e
        JOIN children l ON l.parent_id = ANY (ARRAY[e.id]) AND l.tenant_id = e.tenant_id AND NOT l.is_abandoned
        WHERE (SELECT count(*) FROM reported) >= 0 AND l.child_id NOT IN (SELECT x.id FROM failed x)
        FOR UPDATE OF l SKIP LOCKED
    ) l
    WHERE c.child_id = ANY (ARRAY[l.child_id]) AND c.tenant_id = l.tenant_id
), hinted AS (
    INSERT INTO outbox (shard, priority, executions)
    SELECT q.shard, q.priority, array_agg(q.execution_id)
    FROM (
        SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority) - 1) / 64 AS message
        FROM freed WHERE crash_count = 1
    ) q
    GROUP BY q.shard, q.priority, q.message
    RETURNING id, shard, priority, executions
), forgotten AS (
    -- Long after its end, so that no claim of its can still be under way.
    DELETE FROM workers w USING silent s
    WHERE w.id = s.id AND w.started_at < now() - interval '1 hour'
        AND (w.last_seen = '-infinity' OR w.last_seen < now() - interval '1 hour')
        AND NOT EXISTS (SELECT FROM run_queue q WHERE q.worker_id = w.id)
)
SELECT f.execution_id, NULL::uuid AS tenant_id, NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions
FROM freed f
UNION ALL
SELECT d.id, d.tenant_id, NULL, NULL, NULL, NULL FROM failed d
UNION ALL
SELECT NULL, NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
