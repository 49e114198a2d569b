-- What came from outside for executions and is not in their journals yet: signals, decisions, callbacks, ends of children. Whoever sends
-- only inserts, in any transaction; telling the execution (waking it, or making its worker look) is a step of its own that anyone may
-- do, so that no sender ever holds a row of an execution that others are writing.
--
-- No foreign key, as with all that belongs to executions: a row is inserted by a statement that has found the execution of the very
-- tenant, and leaves with the records that tell of it, or with the end of the execution.
CREATE TABLE signals (
    tenant_id    uuid NOT NULL,
    execution_id uuid NOT NULL,
    -- In the order of arrival. Numbers are given before their transactions commit, so nobody may go by "all up to".
    seq          bigint GENERATED ALWAYS AS IDENTITY,
    name         text NOT NULL,
    payload      bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    is_told      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant_id, execution_id, seq)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE signals ALTER COLUMN payload SET COMPRESSION lz4;
CREATE INDEX signals_untold ON signals (seq) WHERE NOT is_told;
SELECT protect('signals');
CREATE POLICY dispatch ON signals TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON signals TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE (is_told), DELETE ON signals TO thaiyyal_dispatch;

-- How often the execution was told that there is something for it. A worker that gives it back says up to which of these it has looked;
-- the row lock makes sure that nothing comes in between.
ALTER TABLE executions ADD COLUMN signalled bigint NOT NULL DEFAULT 0;
GRANT UPDATE (signalled) ON executions TO thaiyyal_dispatch;
