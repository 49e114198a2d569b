-- Hints that the broker has not confirmed yet. One row is one message and may name executions of several tenants, so no tenant may
-- look inside: thaiyyal_app has no right to it at all.
CREATE TABLE outbox (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- When someone last took it for publishing; whoever wrote it publishes it first.
    attempted_at timestamptz NOT NULL DEFAULT now(),
    shard        smallint NOT NULL,
    priority     text NOT NULL,
    executions   uuid[] NOT NULL CHECK (cardinality(executions) BETWEEN 1 AND 64)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0,
    autovacuum_analyze_scale_factor = 0.5
);
CREATE INDEX outbox_attempted ON outbox (attempted_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox TO thaiyyal_dispatch;
