-- One row per worker process, with one heartbeat for all it holds. Not a tenant's.
CREATE TABLE workers (
    id         uuid PRIMARY KEY,
    last_seen  timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    slots      integer NOT NULL,
    version    text NOT NULL,
    host       text NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO thaiyyal_dispatch;
