-- Accepts a batch: resolves what each request runs, takes idempotency keys, writes executions, queue rows or timers, and hints.
-- Answers one row per request ("hint_id" is null) and one row per hint.
WITH resolved AS MATERIALIZED (
    SELECT
        i.*,
        CASE i.target WHEN 'inline' THEN i.inline_hash WHEN 'draft' THEN w.draft_hash WHEN 'published' THEN w.version_hash ELSE v.hash END
            AS definition,
        CASE i.target WHEN 'published' THEN w.version WHEN 'version' THEN v.number END AS version,
        CASE
            -- Of a child first of all: whether its parent still runs, and whether it is there already.
            WHEN i.parent_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM run_queue q
                WHERE q.execution_id = ANY (ARRAY[i.parent_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.parent_epoch AND q.state = 'leased'
            ) THEN 'fenced'
            WHEN i.parent_id IS NOT NULL AND EXISTS (
                SELECT FROM executions e WHERE e.tenant_id = ANY (ARRAY[i.tenant_id]) AND e.id BETWEEN i.id AND i.id
            ) THEN 'there'
            WHEN i.target = 'inline' THEN NULL
            WHEN w.id IS NULL THEN 'unknown_workflow'
            WHEN i.target = 'published' AND w.version IS NULL THEN 'not_published'
            WHEN i.target = 'version' AND v.number IS NULL THEN 'unknown_version'
        END AS refused
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::int4[], $6::bytea[], $7::bytea[], $8::text[], $9::text[], $10::int2[],
        $11::bytea[], $12::bytea[], $13::text[], $14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::text[],
        $18::text[], $19::text[], $20::bytea[], $21::uuid[], $22::int8[], $23::text[], $24::int2[], $25::bool[]
    ) WITH ORDINALITY AS i (
        id, tenant_id, target, workflow_id, wanted_version, inline_hash, inline_text, trigger, priority, shard,
        input, labels, concurrency_key, created_at, start_at, deadline, trace,
        route, key, request, parent_id, parent_epoch, parent_step, depth, waits, ord
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
        coalesce(r.start_at > now(), false) AND r.parent_id IS NULL AS delayed
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
    WHERE j.outcome = 'new' AND j.parent_id IS NULL
), born AS (
    -- The id of a child may be there: whoever runs its parent may ask for it twice at the same time.
    INSERT INTO executions (
        tenant_id, id, workflow_id, definition, version, status, trigger, priority, shard, created_at, deadline,
        concurrency_key, trace, labels, input, parent_id, parent_step, depth
    )
    SELECT
        j.tenant_id, j.id, j.workflow_id, j.definition, j.version, 'queued', j.trigger, j.priority, j.shard, j.created_at, j.deadline,
        j.concurrency_key, j.trace, j.labels, j.input, j.parent_id, j.parent_step, j.depth
    FROM judged j
    WHERE j.outcome = 'new' AND j.parent_id IS NOT NULL
    ON CONFLICT (tenant_id, id) DO NOTHING
    RETURNING id
), waited_for AS (
    INSERT INTO children (tenant_id, child_id, parent_id)
    SELECT j.tenant_id, j.id, j.parent_id FROM judged j WHERE j.outcome = 'new' AND j.waits AND j.id IN (SELECT b.id FROM born b)
), timed AS (
    INSERT INTO timers (due_at, execution_id, tenant_id)
    SELECT j.start_at, j.id, j.tenant_id FROM judged j WHERE j.outcome = 'new' AND j.delayed
), queued AS (
    INSERT INTO run_queue (execution_id, tenant_id, shard, priority, state, epoch, available_at, hinted_at)
    SELECT
        j.id, j.tenant_id, j.shard, j.priority, 'ready', 0, now(),
        CASE WHEN EXISTS (SELECT FROM closed_windows c WHERE c.tenant_id = ANY (ARRAY[j.tenant_id])) THEN '-infinity' ELSE now() END
    FROM judged j
    WHERE j.outcome = 'new' AND NOT j.delayed AND (j.parent_id IS NULL OR j.id IN (SELECT b.id FROM born b))
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
SELECT
    j.ord,
    CASE WHEN j.outcome = 'new' AND j.parent_id IS NOT NULL AND j.id NOT IN (SELECT b.id FROM born b) THEN 'there' ELSE j.outcome END,
    j.version, NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions
FROM judged j
UNION ALL
SELECT NULL, NULL, NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
