-- A cancel that was requested before we had the row keeps the lease; one that comes later finds the execution waiting.
WITH held AS MATERIALIZED (
    SELECT i.*, q.started_at, q.crash_count, q.cancel_requested_at IS NOT NULL AS cancel_requested
    FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::text[], $5::timestamptz[], $6::int8[], $7::int8[], $8::bytea[]) WITH ORDINALITY
        AS i (tenant_id, execution_id, epoch, reason, wake_at, first_seq, last_seq, bytes, ord)
    JOIN run_queue q ON q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.epoch AND q.state = 'leased'
    FOR UPDATE OF q
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    SELECT h.tenant_id, h.execution_id, h.first_seq, h.last_seq, h.epoch, h.bytes FROM held h WHERE h.first_seq IS NOT NULL
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), gone AS (
    DELETE FROM run_queue q USING held h WHERE q.execution_id = ANY (ARRAY[h.execution_id]) AND NOT h.cancel_requested RETURNING h.*
), waiting AS (
    UPDATE executions e
    SET status = 'waiting', reason = g.reason, wake_at = g.wake_at, epoch = g.epoch, started_at = g.started_at, crash_count = g.crash_count
    FROM gone g
    WHERE e.tenant_id = ANY (ARRAY[g.tenant_id]) AND e.id BETWEEN g.execution_id AND g.execution_id AND e.status IN ('queued', 'waiting')
), timed AS (
    INSERT INTO timers (due_at, execution_id, tenant_id)
    SELECT g.wake_at, g.execution_id, g.tenant_id FROM gone g WHERE g.wake_at IS NOT NULL
    ON CONFLICT (due_at, execution_id) DO NOTHING
)
SELECT h.ord, h.cancel_requested FROM held h
