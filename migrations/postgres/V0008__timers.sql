-- When to queue waiting executions again at the latest. Partitioned by day, so that what lies far ahead costs nothing today and the
-- dead rows of a day go with its partition.
CREATE TABLE timers (
    due_at       timestamptz NOT NULL,
    execution_id uuid NOT NULL,
    tenant_id    uuid NOT NULL,
    PRIMARY KEY (due_at, execution_id)
) PARTITION BY RANGE (due_at);
SELECT protect('timers');
CREATE POLICY dispatch ON timers TO thaiyyal_dispatch USING (true) WITH CHECK (true);
-- Rows of a day that has no partition yet lie in the default partition; whoever creates the partition moves them. There is nothing
-- of a tenant's in them but ids.
CREATE POLICY maintenance ON timers TO thaiyyal_owner USING (true) WITH CHECK (true);
-- Locking a row takes the right to update some column of it.
GRANT SELECT, UPDATE (due_at), DELETE ON timers TO thaiyyal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON timers TO thaiyyal_dispatch;
