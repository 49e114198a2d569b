-- Under the lease: what a step asks is written once, and closed unless somebody decided.
WITH held AS MATERIALIZED (
    SELECT q.tenant_id, q.execution_id FROM run_queue q
    WHERE q.execution_id = ANY (ARRAY[$2::uuid]) AND q.tenant_id = $1::uuid AND q.epoch = $3::int8 AND q.state = 'leased'
    FOR NO KEY UPDATE OF q
), opened AS (
    INSERT INTO approvals (tenant_id, execution_id, id, step, attempt, signal, question, expires_at)
    SELECT h.tenant_id, h.execution_id, i.id, i.step, i.attempt, i.signal, i.question, i.expires_at
    FROM held h, unnest($4::uuid[], $5::text[], $6::int4[], $7::text[], $8::bytea[], $9::timestamptz[])
        AS i (id, step, attempt, signal, question, expires_at)
    ON CONFLICT (tenant_id, execution_id, step, attempt) DO NOTHING
), closed AS (
    UPDATE approvals a SET closed_at = coalesce(a.closed_at, now())
    FROM held h, unnest($10::text[], $11::int4[]) AS i (step, attempt)
    WHERE (a.tenant_id, a.execution_id, a.step, a.attempt) BETWEEN (h.tenant_id, h.execution_id, i.step, i.attempt)
            AND (h.tenant_id, h.execution_id, i.step, i.attempt)
        AND a.decision IS NULL
)
SELECT 1 FROM held
