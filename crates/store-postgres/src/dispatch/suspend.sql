-- A cancel that was requested before we had the row keeps the lease; one that comes later finds the execution waiting. So does a signal:
-- the row of the execution is looked at again once we have it, and when it was told of more than the worker has seen, nothing waits.
WITH held AS MATERIALIZED (
    SELECT i.*, q.started_at, q.crash_count, q.cancel_requested_at IS NOT NULL AS cancel_requested
    FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::text[], $5::timestamptz[], $6::int8[], $7::int8[], $8::bytea[], $9::int8[]) WITH ORDINALITY
        AS i (tenant_id, execution_id, epoch, reason, wake_at, first_seq, last_seq, bytes, seen, ord)
    JOIN run_queue q ON q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.epoch AND q.state = 'leased'
    FOR UPDATE OF q
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    SELECT h.tenant_id, h.execution_id, h.first_seq, h.last_seq, h.epoch, h.bytes FROM held h WHERE h.first_seq IS NOT NULL
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), waiting AS (
    UPDATE executions e
    SET status = 'waiting', reason = h.reason, wake_at = h.wake_at, epoch = h.epoch, started_at = h.started_at, crash_count = h.crash_count
    FROM held h
    WHERE e.tenant_id = ANY (ARRAY[h.tenant_id]) AND e.id BETWEEN h.execution_id AND h.execution_id AND e.status IN ('queued', 'waiting')
        AND NOT h.cancel_requested AND e.signalled <= h.seen
    RETURNING h.ord, h.tenant_id, h.execution_id, h.wake_at
), gone AS (
    DELETE FROM run_queue q USING waiting w WHERE q.execution_id = ANY (ARRAY[w.execution_id])
), timed AS (
    INSERT INTO timers (due_at, execution_id, tenant_id)
    SELECT w.wake_at, w.execution_id, w.tenant_id FROM waiting w WHERE w.wake_at IS NOT NULL
    ON CONFLICT (due_at, execution_id) DO NOTHING
)
SELECT h.ord, h.cancel_requested, w.ord IS NOT NULL FROM held h LEFT JOIN waiting w ON w.ord = h.ord
