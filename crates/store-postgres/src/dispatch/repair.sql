-- Looks again before it mends: between the check and the repair the execution may have moved on by itself.
WITH item AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS i (tenant_id, execution_id, kind)
), stranded AS (
    UPDATE executions e SET status = 'queued', reason = NULL, wake_at = NULL
    FROM item i
    WHERE i.kind = 'stranded' AND e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id
        AND (e.status = 'queued' OR (e.status = 'waiting' AND e.wake_at IS NOT NULL))
        AND NOT EXISTS (SELECT FROM run_queue q WHERE q.execution_id = ANY (ARRAY[e.id]))
        AND NOT EXISTS (SELECT FROM timers t WHERE e.status = 'waiting' AND t.due_at = ANY (ARRAY[e.wake_at]) AND t.execution_id BETWEEN e.id AND e.id)
    RETURNING e.tenant_id, e.id, e.shard, e.priority, e.epoch, e.started_at, e.crash_count
), queued AS (
    -- The epochs of the row that got lost are lost with it; a worker may still hold one of them. The gap puts it behind us.
    INSERT INTO run_queue (
        execution_id, tenant_id, shard, priority, state, epoch, started_at, crash_count, available_at, hinted_at
    )
    SELECT
        s.id, s.tenant_id, s.shard, s.priority, 'ready',
        1000 + greatest(s.epoch, (SELECT max(j.epoch) FROM journal j WHERE j.tenant_id = ANY (ARRAY[s.tenant_id]) AND j.execution_id BETWEEN s.id AND s.id)),
        s.started_at, s.crash_count, now(), '-infinity'
    FROM stranded s
    ON CONFLICT (execution_id) DO NOTHING
    RETURNING 1
), resumed AS (
    UPDATE executions e SET status = 'queued', reason = NULL, wake_at = NULL
    FROM item i JOIN run_queue q ON q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id
    WHERE i.kind = 'queued_while_waiting' AND e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id AND e.status = 'waiting'
    RETURNING 1
), removed AS (
    DELETE FROM run_queue q
    USING item i JOIN executions e ON e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id
    WHERE i.kind = 'queued_after_end' AND q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id
        AND e.status NOT IN ('queued', 'waiting')
    RETURNING 1
), reported AS (
    DELETE FROM children c
    USING item i JOIN executions e ON e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id
    WHERE i.kind = 'unreported' AND c.child_id = ANY (ARRAY[i.execution_id]) AND c.tenant_id = i.tenant_id
        AND e.status NOT IN ('queued', 'waiting')
    RETURNING c.tenant_id, c.child_id, c.parent_id, c.is_abandoned, e.status, e.output, e.error
), told AS (
    INSERT INTO signals (tenant_id, execution_id, name, payload)
    SELECT
        r.tenant_id, r.parent_id, 'child:' || r.child_id,
        '{"status":"'::bytea || convert_to(r.status, 'UTF8') || '","output":'::bytea || coalesce(r.output, 'null'::bytea)
        || ',"error":'::bytea || coalesce(r.error, 'null'::bytea) || '}'::bytea
    FROM reported r
    WHERE NOT r.is_abandoned
), abandoned AS (
    UPDATE children c SET is_abandoned = true
    FROM item i
    WHERE i.kind = 'orphaned' AND c.child_id = ANY (ARRAY[i.execution_id]) AND c.tenant_id = i.tenant_id
        AND NOT c.is_abandoned
        AND EXISTS (
            SELECT FROM executions p
            WHERE p.tenant_id = ANY (ARRAY[c.tenant_id]) AND p.id BETWEEN c.parent_id AND c.parent_id AND p.status NOT IN ('queued', 'waiting')
        )
    RETURNING 1
)
SELECT (SELECT count(*) FROM queued) + (SELECT count(*) FROM resumed) + (SELECT count(*) FROM removed)
    + (SELECT count(*) FROM reported) + (SELECT count(*) FROM abandoned)
