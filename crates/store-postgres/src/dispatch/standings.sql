-- How each tenant stands for which there may be something to do: one with a closed window, with queue rows that were never hinted, or
-- with more hints than a window is wide. Looks at every row that was hinted, and for the others only at the next tenant that has any.
WITH RECURSIVE waiting AS (
    (SELECT q.tenant_id FROM run_queue q WHERE q.hinted_at = '-infinity' ORDER BY q.tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT q.tenant_id FROM run_queue q WHERE q.hinted_at = '-infinity' AND q.tenant_id > w.tenant_id ORDER BY q.tenant_id LIMIT 1)
    FROM waiting w
    WHERE w.tenant_id IS NOT NULL
)
SELECT t.tenant_id, sum(t.hinted)::int8, bool_or(t.waiting), bool_or(t.closed)
FROM (
    SELECT q.tenant_id, count(*) AS hinted, false AS waiting, false AS closed
    FROM generate_series(0, $2::int4 - 1) AS s (shard)
    JOIN run_queue q ON q.shard = s.shard::int2 AND q.hinted_at > '-infinity' AND q.state = 'ready' AND q.available_at <= now()
    GROUP BY q.tenant_id
    UNION ALL
    SELECT w.tenant_id, 0, true, false FROM waiting w WHERE w.tenant_id IS NOT NULL
    UNION ALL
    SELECT c.tenant_id, 0, false, true FROM closed_windows c
) t
GROUP BY t.tenant_id
HAVING bool_or(t.waiting) OR bool_or(t.closed) OR sum(t.hinted) > $1::int8
