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
    RETURNING g.ord, g.tenant_id, g.execution_id, g.epoch, g.first_seq, g.last_seq, g.bytes, e.signalled
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    SELECT e.tenant_id, e.execution_id, e.first_seq, e.last_seq, e.epoch, e.bytes FROM ended e WHERE e.first_seq IS NOT NULL
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), left_over AS (
    -- Nobody will take them any more. Nearly all executions never had any and are not looked up.
    DELETE FROM signals s USING ended e
    WHERE e.signalled > 0 AND s.tenant_id = ANY (ARRAY[e.tenant_id]) AND s.execution_id BETWEEN e.execution_id AND e.execution_id
)
SELECT e.ord FROM ended e
