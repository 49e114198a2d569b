-- Executions and their journals, partitioned by the month in which the execution was accepted (ids are UUIDs of version 7, which begin
-- with the time), so that old months can be dropped instead of deleted.
--
-- No index may name a column that ends or suspends an execution change: such an update then stays inside its page.
--
-- There are no foreign keys on the hot tables. Each costs 4 to 13 microseconds a row, together a quarter of what an execution costs
-- from accept to end, and locks the row it refers to. Instead each statement of the hot path takes workflow, version, definition and
-- queue row of the very tenant it writes for, in the same statement, and a journal grows only under a lease of its tenant.
CREATE TABLE executions (
    tenant_id       uuid NOT NULL,
    id              uuid NOT NULL,
    workflow_id     uuid,
    definition      bytea NOT NULL,
    version         integer,
    -- 'running' is not stored: it is a queued execution whose row in run_queue is leased.
    status          text NOT NULL CHECK (status IN ('queued', 'waiting', 'succeeded', 'failed', 'cancelled', 'timed_out')),
    reason          text,
    trigger         text NOT NULL,
    priority        text NOT NULL,
    shard           smallint NOT NULL,
    -- What the run_queue row knew when it was deleted; a new one starts from here, so that an epoch is never used twice.
    epoch           bigint NOT NULL DEFAULT 0,
    crash_count     integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    started_at      timestamptz,
    finished_at     timestamptz,
    deadline        timestamptz,
    wake_at         timestamptz,
    parent_id       uuid,
    retry_of        uuid,
    concurrency_key text,
    trace           text,
    labels          bytea,
    input           bytea NOT NULL,
    output          bytea,
    error           bytea,
    PRIMARY KEY (tenant_id, id)
) PARTITION BY RANGE (id);
-- Partial, so that nobody mistakes it for a way to one execution: on an empty table it looks as cheap as the primary key, and plans
-- made then are kept.
CREATE INDEX executions_workflow ON executions (tenant_id, workflow_id, id) WHERE workflow_id IS NOT NULL;
ALTER TABLE executions
    ALTER COLUMN input SET COMPRESSION lz4,
    ALTER COLUMN output SET COMPRESSION lz4,
    ALTER COLUMN error SET COMPRESSION lz4,
    ALTER COLUMN labels SET COMPRESSION lz4;

-- An end is final, whoever asks. The trigger runs after the row is written (and undoes the statement), because one that runs before
-- would lock each row a second time.
CREATE FUNCTION refuse_second_end() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = thaiyyal, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'execution % has ended as %, it cannot become %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER an_end_is_final AFTER UPDATE ON executions FOR EACH ROW
    WHEN (OLD.status IN ('succeeded', 'failed', 'cancelled', 'timed_out') AND NEW.status IS DISTINCT FROM OLD.status)
    EXECUTE FUNCTION refuse_second_end();

SELECT protect('executions');
CREATE POLICY dispatch ON executions TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (status, reason, epoch, crash_count, started_at, finished_at, wake_at, error) ON executions TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE (status, reason, epoch, crash_count, started_at, finished_at, wake_at, output, error) ON executions
    TO thaiyyal_dispatch;

CREATE TABLE journal (
    tenant_id    uuid NOT NULL,
    execution_id uuid NOT NULL,
    first_seq    bigint NOT NULL,
    last_seq     bigint NOT NULL CHECK (last_seq >= first_seq),
    epoch        bigint NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (tenant_id, execution_id, first_seq)
) PARTITION BY RANGE (execution_id);
-- Segments arrive compressed.
ALTER TABLE journal ALTER COLUMN bytes SET STORAGE EXTERNAL;
SELECT protect('journal');
CREATE POLICY dispatch ON journal TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT ON journal TO thaiyyal_app;
GRANT SELECT, INSERT ON journal TO thaiyyal_dispatch;
