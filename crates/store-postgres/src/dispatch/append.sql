-- The lock makes a claim, a reap or an end of the same execution wait for us, or us for them; then the epoch decides.
WITH held AS MATERIALIZED (
    SELECT i.*
    FROM unnest($1::uuid[], $2::uuid[], $3::int8[], $4::int8[], $5::int8[], $6::bytea[]) WITH ORDINALITY
        AS i (tenant_id, execution_id, epoch, first_seq, last_seq, bytes, ord)
    JOIN run_queue q ON q.execution_id = ANY (ARRAY[i.execution_id]) AND q.tenant_id = i.tenant_id AND q.epoch = i.epoch AND q.state = 'leased'
    FOR NO KEY UPDATE OF q
), written AS (
    INSERT INTO journal (tenant_id, execution_id, first_seq, last_seq, epoch, bytes)
    -- A statement may not touch a row twice: of two segments of the batch that begin at the same record, the longer one is written.
    SELECT DISTINCT ON (h.execution_id, h.first_seq) h.tenant_id, h.execution_id, h.first_seq, h.last_seq, h.epoch, h.bytes
    FROM held h
    ORDER BY h.execution_id, h.first_seq, h.last_seq DESC
    ON CONFLICT (tenant_id, execution_id, first_seq) DO UPDATE SET last_seq = excluded.last_seq, epoch = excluded.epoch, bytes = excluded.bytes
    WHERE (excluded.epoch, excluded.last_seq) > (journal.epoch, journal.last_seq)
), taken AS (
    -- By place in the batch: the signals that its records tell of.
    DELETE FROM signals s USING unnest($7::int8[], $8::int8[]) AS t (ord, seq) JOIN held h ON h.ord = t.ord
    WHERE s.tenant_id = ANY (ARRAY[h.tenant_id]) AND s.execution_id BETWEEN h.execution_id AND h.execution_id AND s.seq BETWEEN t.seq AND t.seq
)
SELECT h.ord FROM held h
