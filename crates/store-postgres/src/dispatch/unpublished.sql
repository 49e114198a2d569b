WITH overdue AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE attempted_at < now() - $1::float8 * interval '1 second'
    ORDER BY attempted_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
UPDATE outbox o SET attempted_at = now() FROM overdue WHERE o.id = ANY (ARRAY[overdue.id])
RETURNING o.id, o.shard, o.priority, o.executions
