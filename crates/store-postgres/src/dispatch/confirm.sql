-- Losing a confirmation costs one message too many, so the commit need not wait for the disk.
DELETE FROM outbox o
WHERE o.id = ANY ($1::uuid[]) AND (SELECT set_config('synchronous_commit', 'off', true)) IS NOT NULL
