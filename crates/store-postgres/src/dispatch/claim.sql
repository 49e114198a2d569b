-- Leases what is ready and due, in the order of ids, as everyone does; a row that someone else is changing is waited for and looked at
-- again. Inputs never change, so they may come from the statement's snapshot. Journals may not: see journals.sql.
WITH claimed AS (
    UPDATE run_queue q
    SET state = 'leased', epoch = q.epoch + 1, worker_id = $1, started_at = coalesce(q.started_at, now())
    FROM unnest($2::uuid[]) AS wanted (execution_id)
    WHERE q.execution_id = ANY (ARRAY[wanted.execution_id])
        AND q.state = 'ready'
        AND q.available_at <= now()
        AND EXISTS (SELECT FROM workers w WHERE w.id = $1 AND w.last_seen > '-infinity')
    RETURNING q.execution_id, q.tenant_id, q.epoch, q.started_at, q.cancel_requested_at IS NOT NULL AS cancel_requested, q.crash_count
)
SELECT
    c.tenant_id, c.execution_id, c.epoch, e.workflow_id, e.version, e.definition, e.trigger, e.priority, e.input, e.created_at,
    c.started_at, e.deadline, c.cancel_requested, c.crash_count, e.trace, e.signalled, e.parent_id, e.depth,
    (SELECT t.limits FROM tenants n JOIN tiers t ON t.name = ANY (ARRAY[n.tier]) WHERE n.tenant_id = ANY (ARRAY[c.tenant_id])) AS limits
FROM claimed c
JOIN executions e ON e.tenant_id = ANY (ARRAY[c.tenant_id]) AND e.id BETWEEN c.execution_id AND c.execution_id
