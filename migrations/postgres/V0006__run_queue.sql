-- One row per execution that is runnable or leased: small, hot, deleted when the execution ends or waits.
--
-- The index serves the sweeper: a row's place in it changes only when the row is hinted again. Claims and cancels touch no indexed
-- column, so they stay inside their page, for which the fill factor leaves room.
CREATE TABLE run_queue (
    execution_id        uuid PRIMARY KEY,
    tenant_id           uuid NOT NULL,
    worker_id           uuid,
    epoch               bigint NOT NULL,
    available_at        timestamptz NOT NULL,
    -- When its last hint was written; -infinity for never.
    hinted_at           timestamptz NOT NULL,
    started_at          timestamptz,
    cancel_requested_at timestamptz,
    crash_count         integer NOT NULL DEFAULT 0,
    shard               smallint NOT NULL,
    priority            text NOT NULL,
    state               text NOT NULL CHECK (state IN ('ready', 'leased')),
    CHECK ((state = 'leased') = (worker_id IS NOT NULL))
) WITH (
    fillfactor = 45,
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
    autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.5
);
CREATE INDEX run_queue_hinted ON run_queue (hinted_at);
SELECT protect('run_queue');
CREATE POLICY dispatch ON run_queue TO thaiyyal_dispatch USING (true) WITH CHECK (true);
-- A tenant cancels what is queued, and flags what is leased.
GRANT SELECT, UPDATE (cancel_requested_at), DELETE ON run_queue TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON run_queue TO thaiyyal_dispatch;
