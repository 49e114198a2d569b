-- Tenants with so many hints on their way that what they have accepted waits without one, until the scheduler gives it its turn. Nearly
-- always empty: accepting looks here for each execution.
CREATE TABLE closed_windows (
    tenant_id uuid PRIMARY KEY,
    closed_at timestamptz NOT NULL DEFAULT now()
);
SELECT protect('closed_windows');
CREATE POLICY dispatch ON closed_windows TO thaiyyal_dispatch USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON closed_windows TO thaiyyal_dispatch;

-- A row stands in one of two indexes. Those that were hinted, by shard, for whoever repeats hints or claims without them. Those that
-- never were, in the order in which they get their turn; ordinary rows never enter that one.
CREATE INDEX run_queue_unclaimed ON run_queue (shard, hinted_at) WHERE hinted_at > '-infinity';
CREATE INDEX run_queue_unhinted ON run_queue
    (tenant_id, (CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END), execution_id) WHERE hinted_at = '-infinity';
DROP INDEX run_queue_hinted;
