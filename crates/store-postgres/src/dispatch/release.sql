WITH freed AS (
    UPDATE run_queue q
    SET state = 'ready', worker_id = NULL, available_at = now(), hinted_at = now()
    FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::bytea[]) WITH ORDINALITY
        AS i (tenant_id, execution_id, epoch, first_seq, last_seq, bytes, ord)
    WHERE q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.epoch AND q.state = 'leased'
    RETURNING i.*, q.shard, q.priority
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    SELECT f.tenant_id, f.execution_id, f.first_seq, f.last_seq, f.epoch, f.bytes FROM freed f WHERE f.first_seq IS NOT NULL
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), hinted AS (
    INSERT INTO outbox (shard, priority, executions)
    SELECT q.shard, q.priority, array_agg(q.execution_id)
    FROM (
        SELECT execution_id, shard, priority, (row_number() OVER (PARTITION BY shard, priority) - 1) / 64 AS message FROM freed
    ) q
    GROUP BY q.shard, q.priority, q.message
    RETURNING id, shard, priority, executions
)
SELECT f.ord, NULL::uuid AS hint_id, NULL::int2 AS shard, NULL::text AS priority, NULL::uuid[] AS executions FROM freed f
UNION ALL
SELECT NULL, h.id, h.shard, h.priority, h.executions FROM hinted h
