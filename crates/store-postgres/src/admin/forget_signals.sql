-- What nobody will take any more: posted in the moment in which its execution ended, which an end does not see.
DELETE FROM signals s
WHERE s.is_told AND s.created_at < now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM executions e WHERE e.tenant_id = s.tenant_id AND e.id = s.execution_id AND e.status IN ('queued', 'waiting'))
