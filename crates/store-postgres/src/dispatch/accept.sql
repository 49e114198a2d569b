-- Accepts a batch: resolves what each request runs, takes idempotency keys, writes executions, queue rows or timers, and hints.
-- Answers one row per request ("hint_id" is null) and one row per hint.
WITH resolved AS MATERIALIZED (
    SELECT
        i.*,
        CASE i.target WHEN 'inline' THEN i.inline_hash WHEN 'draft' THEN w.draft_hash WHEN 'published' THEN w.version_hash ELSE v.hash END
            AS definition,
        CASE i.target WHEN 'published' THEN w.version WHEN 'version' THEN v.number END AS version,
        CASE
            WHEN i.target = 'inline' THEN NULL
            WHEN w.id IS NULL THEN 'unknown_workflow'
            WHEN i.target = 'published' AND w.version IS NULL THEN 'not_published'
            WHEN i.target = 'version' AND v.number IS NULL THEN 'unknown_version'
        END AS refused
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int4[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::int2[],
        $11::bytea[], $12::bytea[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[],
        $18::text[], $19::text[], $20::bytea[]
    ) WITH ORDINALITY AS i (
        id, tenant_id, target, workflow_id, wanted_version, inline_hash, inline_text, trigger, priority, shard,
        input, labels, concurrency_key, created_at, start_at, deadline, trace,
        route, key, request, ord
    )
    LEFT JOIN workflows w ON w.tenant_id = ANY (ARRAY[i.tenant_id]) AND w.id BETWEEN i.workflow_id AND i.workflow_id AND w.deleted_at IS NULL
    LEFT JOIN versions v ON (v.tenant_id, v.workflow_id, v.number)
        BETWEEN (i.tenant_id, i.workflow_id, i.wanted_version) AND (i.tenant_id, i.workflow_id, i.wanted_version)
), taken AS (
    -- Keys are taken in one order by everyone; one that another transaction is taking is waited for. A key older than a day is free.
    INSERT INTO idempotency_keys (tenant_id, route, key, request, created_at, execution_id, workflow_id, version)
    SELECT r.tenant_id, r.route, r.key, r.request, r.created_at, r.id, r.workflow_id, r.version
    FROM resolved r
    WHERE r.key IS NOT NULL AND r.refused IS NULL
    ORDER BY r.tenant_id, r.route, r.key
    ON CONFLICT (tenant_id, route, key) DO UPDATE SET
        request = excluded.request, created_at = excluded.created_at, execution_id = excluded.execution_id,
        workflow_id = excluded.workflow_id, version = excluded.version,
        status = NULL, body = NULL, location = NULL, etag = NULL
    WHERE idempotency_keys.created_at <= excluded.created_at - interval '24 hours'
    RETURNING execution_id
), judged AS MATERIALIZED (
    SELECT
        r.*,
        coalesce(r.refused, CASE WHEN r.key IS NULL OR r.id IN (SELECT execution_id FROM taken) THEN 'new' ELSE 'used' END) AS outcome,
        coalesce(r.start_at > now(), false) AS delayed
    FROM resolved r
), stored AS (
    INSERT INTO definitions (tenant_id, hash, text)
    SELECT DISTINCT ON (j.tenant_id, j.inline_hash) j.tenant_id, j.inline_hash, j.inline_text
    FROM judged j
    WHERE j.outcome = 'new' AND j.target = 'inline'
    ORDER BY j.tenant_id, j.inline_hash
    ON CONFLICT (tenant_id, hash) DO NOTHING
), created AS (
    INSERT INTO executions (
        tenant_id, id, workflow_id, definition, version, status, reason, trigger, priority, shard, created_at, deadline, wake_at,
        concurrency_key, trace, labels, input
    )
    SELECT
        j.tenant_id, j.id, j.workflow_id, j.definition, j.version,
        CASE WHEN j.delayed THEN 'waiting' ELSE 'queued' END, CASE WHEN j.delayed THEN 'timer' END,
        j.trigger, j.priority, j.shard, j.created_at, j.deadline, CASE WHEN j.delayed THEN j.start_at END,
        j.concurrency_key, j.trace, j.labels, j.input
    FROM judged j
    WHERE j.outcome = 'new'
), timed AS (
    INSERT INTO timers (due_at, execution_id, tenant_id)
    SELECT j.start_at, j.id, j.tenant_id FROM judged j WHERE j.outcome = 'new' AND j.delayed
), queued AS (
    INSERT INTO run_queue (execution_id, tenant_id, shard, priority, state, epoch, available_at, hinted_at)
    SELECT
        j.id, j.tenant_id, j.shard, j.priority, 'ready', 0, now(),
        CASE WHEN EXISTS (SELECT FROM closed_windows c WHERE c.tenant_id = ANY (ARRAY[j.tenant_id])) THEN '-infinity' ELSE now() END
    FROM judged j
    WHERE j.outcome = 'new' AND NOT j.delayed
    RETURNING execution_id, shard, priority, hinted_at
), hinted AS (
    INSERT INTO outbox (shard, priority, executions)
    SELECT q.shard, q.priority, array_agg(q.execution_id)
    FROM (
        SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority) - 1) / 64 AS message
        FROM queued
        WHERE hinted_at > '-infinity'
    ) q
    GROUP BY q.shard, q.priority, q.message
    RETURNING id, shard, priority, executions
)
SELECT j.ord, j.outcome, j.version, NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions
FROM judged j
UNION ALL
SELECT NULL, NULL, NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
