-- Partitions are made ahead by the scheduler, which may not create tables; this function does it with its owner's rights.

-- Makes one partition unless it is there, and shuts it off: rows are reached through the parent, where the policies are.
CREATE FUNCTION create_partition(parent regclass, name text, lower text, upper text, options text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = thaiyyal, pg_temp
AS $$
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF lower IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %s DEFAULT WITH (%s)', name, parent, options);
    ELSE
        EXECUTE format('CREATE TABLE %I PARTITION OF %s FOR VALUES FROM (%L) TO (%L) WITH (%s)', name, parent, lower, upper, options);
    END IF;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    RETURN true;
END
$$;
REVOKE ALL ON FUNCTION create_partition(regclass, text, text, text, text) FROM PUBLIC;

-- The smallest UUID of version 7 that an instant can have.
CREATE FUNCTION uuid_floor(at timestamptz) RETURNS uuid
    LANGUAGE sql
    IMMUTABLE
    SET search_path = thaiyyal, pg_temp
AS $$
    SELECT rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
REVOKE ALL ON FUNCTION uuid_floor(timestamptz) FROM PUBLIC;

-- Creates what the coming weeks need and drops days of timers that are over and empty; returns how many partitions it made. A new
-- partition locks its parent for a moment: rather than queue behind a long transaction, and everyone else behind us, it gives up and is
-- tried again next time.
CREATE FUNCTION maintain_partitions() RETURNS integer
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = thaiyyal, pg_temp
    SET lock_timeout = '1s'
    SET timezone = 'UTC'
AS $$
DECLARE
    monthly constant text := 'autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0';
    daily constant text := 'autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0';
    made integer := 0;
    start timestamptz;
    next timestamptz;
    partition text;
    old record;
BEGIN
    -- Two schedulers at once: the second finds nothing left to do.
    PERFORM pg_advisory_xact_lock(hashtext('thaiyyal.maintain_partitions'));

    made := made + create_partition('executions', 'executions_default', NULL, NULL, monthly || ', fillfactor = 40')::int;
    made := made + create_partition('journal', 'journal_default', NULL, NULL, monthly)::int;
    made := made + create_partition('timers', 'timers_default', NULL, NULL, daily)::int;

    FOR ahead IN 0..1 LOOP
        start := date_trunc('month', now()) + make_interval(months => ahead);
        next := date_trunc('month', now()) + make_interval(months => ahead + 1);
        BEGIN
            made := made + create_partition('executions', 'executions_' || to_char(start, 'YYYY_MM'),
                uuid_floor(start)::text, uuid_floor(next)::text, monthly || ', fillfactor = 40')::int;
            made := made + create_partition('journal', 'journal_' || to_char(start, 'YYYY_MM'),
                uuid_floor(start)::text, uuid_floor(next)::text, monthly)::int;
        EXCEPTION WHEN check_violation THEN
            RAISE WARNING 'executions of % already lie in the default partition and stay there', to_char(start, 'YYYY-MM');
        END;
    END LOOP;

    FOR ahead IN 0..7 LOOP
        start := date_trunc('day', now()) + make_interval(days => ahead);
        next := start + interval '1 day';
        partition := 'timers_' || to_char(start, 'YYYY_MM_DD');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        -- Timers of that day which were set long ago lie in the default partition.
        EXECUTE format('CREATE TABLE %I (LIKE timers INCLUDING ALL) WITH (%s)', partition, daily);
        EXECUTE format(
            'WITH moved AS (DELETE FROM timers WHERE due_at >= %L AND due_at < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
            start, next, partition
        );
        EXECUTE format('ALTER TABLE timers ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', partition, start, next);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
        made := made + 1;
    END LOOP;

    FOR old IN
        SELECT c.relname AS name, to_timestamp(right(c.relname, 10), 'YYYY_MM_DD') AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'timers'::regclass AND c.relname ~ '^timers_\d{4}_\d\d_\d\d$'
    LOOP
        CONTINUE WHEN old.day >= now() - interval '2 days';
        IF NOT EXISTS (SELECT FROM timers WHERE due_at >= old.day AND due_at < old.day + interval '1 day') THEN
            EXECUTE format('DROP TABLE %I', old.name);
        END IF;
    END LOOP;
    RETURN made;
END
$$;
REVOKE ALL ON FUNCTION maintain_partitions() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION maintain_partitions() TO thaiyyal_dispatch;

SELECT maintain_partitions();
