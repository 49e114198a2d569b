-- Answers only the leases that something happened to: lost, to be cancelled, or (null) told of signals.
WITH beat AS (
    INSERT INTO workers (id, last_seen, version, host, slots) VALUES ($1, clock_timestamp(), $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET last_seen = clock_timestamp(), version = excluded.version, host = excluded.host, slots = excluded.slots
)
SELECT i.execution_id, q.execution_id IS NULL AS lost
FROM unnest($5::uuid[], $6::int8[]) AS i (execution_id, epoch)
LEFT JOIN run_queue q ON q.execution_id = ANY (ARRAY[i.execution_id]) AND q.epoch = i.epoch AND q.state = 'leased' AND q.worker_id = $1
WHERE q.execution_id IS NULL OR q.cancel_requested_at IS NOT NULL
UNION ALL
SELECT i.execution_id, NULL
FROM unnest($7::uuid[], $8::uuid[], $9::int8[]) AS i (tenant_id, execution_id, seen)
JOIN executions e ON e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.execution_id AND i.execution_id AND e.signalled > i.seen
ORDER BY execution_id
