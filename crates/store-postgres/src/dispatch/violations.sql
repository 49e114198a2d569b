SELECT found.tenant_id, found.id, found.kind
FROM (
    SELECT e.tenant_id, e.id, 'stranded' AS kind
    FROM executions e
    WHERE e.id >= $2
        AND (e.status = 'queued' OR (e.status = 'waiting' AND e.wake_at IS NOT NULL))
        AND NOT EXISTS (SELECT FROM run_queue q WHERE q.execution_id = e.id)
        AND NOT EXISTS (SELECT FROM timers t WHERE e.status = 'waiting' AND t.due_at = e.wake_at AND t.execution_id = e.id)
    UNION ALL
    SELECT e.tenant_id, e.id, CASE e.status WHEN 'waiting' THEN 'queued_while_waiting' ELSE 'queued_after_end' END
    FROM run_queue q
    JOIN executions e ON e.tenant_id = q.tenant_id AND e.id = q.execution_id
    WHERE q.execution_id >= $2 AND e.id >= $2 AND e.status <> 'queued'
    UNION ALL
    SELECT c.tenant_id, c.child_id, CASE WHEN e.status IN ('queued', 'waiting') THEN 'orphaned' ELSE 'unreported' END
    FROM children c
    JOIN executions e ON e.tenant_id = c.tenant_id AND e.id = c.child_id
    JOIN executions p ON p.tenant_id = c.tenant_id AND p.id = c.parent_id
    WHERE c.child_id >= $2 AND e.id >= $2
        AND (e.status NOT IN ('queued', 'waiting') OR (NOT c.is_abandoned AND p.status NOT IN ('queued', 'waiting')))
) found
LIMIT $1
