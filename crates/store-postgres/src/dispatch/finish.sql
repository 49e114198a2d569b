-- Whoever deletes the queue row under the right epoch ends the execution.
WITH gone AS (
    DELETE FROM run_queue q
    USING unnest(
        $1::uuid[], $2::uuid[], $3::int8[], $4::text[], $5::bytea[], $6::bytea[], $7::timestamptz[], $8::int8[], $9::int8[], $10::bytea[]
    ) WITH ORDINALITY AS i (
        tenant_id, execution_id, epoch, status, output, error, finished_at, first_seq, last_seq, bytes, ord
    )
    WHERE q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.epoch AND q.state = 'leased'
    RETURNING i.*, q.started_at, q.crash_count
), ended AS (
    UPDATE executions e
    SET status = g.status, output = g.output, error = g.error, finished_at = g.finished_at, started_at = g.started_at,
        epoch = g.epoch, crash_count = g.crash_count, reason = NULL, wake_at = NULL
    FROM gone g
    WHERE e.tenant_id = ANY (ARRAY[g.tenant_id]) AND e.id BETWEEN g.execution_id AND g.execution_id AND e.status IN ('queued', 'waiting')
    RETURNING g.ord, g.tenant_id, g.execution_id, g.epoch, g.first_seq, g.last_seq, g.bytes, e.signalled, e.parent_id, e.status,
        CASE WHEN e.parent_id IS NOT NULL THEN e.output END AS output, CASE WHEN e.parent_id IS NOT NULL THEN e.error END AS error
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    SELECT e.tenant_id, e.execution_id, e.first_seq, e.last_seq, e.epoch, e.bytes FROM ended e WHERE e.first_seq IS NOT NULL
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), left_over AS (
    -- Nobody will take them any more. Nearly all executions never had any and are not looked up.
    DELETE FROM signals s USING ended e
    WHERE e.signalled > 0 AND s.tenant_id = ANY (ARRAY[e.tenant_id]) AND s.execution_id BETWEEN e.execution_id AND e.execution_id
), reported AS (
    -- Whoever waits for it is told, by a signal.
    DELETE FROM children c USING ended e
    WHERE e.parent_id IS NOT NULL AND c.child_id = ANY (ARRAY[e.execution_id]) AND c.tenant_id = e.tenant_id
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
        FROM ended e
        JOIN children l ON l.parent_id = ANY (ARRAY[e.execution_id]) AND l.tenant_id = e.tenant_id AND NOT l.is_abandoned
        WHERE (SELECT count(*) FROM reported) >= 0 AND l.child_id NOT IN (SELECT x.execution_id FROM ended x)
        FOR UPDATE OF l SKIP LOCKED
    ) l
    WHERE c.child_id = ANY (ARRAY[l.child_id]) AND c.tenant_id = l.tenant_id
)
SELECT e.ord FROM ended e
