-- Roles belong to the whole server, the schema to this database, so both are looked after before the numbered migrations and at every
-- run. Several databases of one server may do this at the same moment: whoever comes second finds the role there, or loses the race
-- for the catalogue row and finds it there then. Nothing is altered that exists, so an operator may create the roles beforehand.
DO $$
DECLARE
    role name;
BEGIN
    FOREACH role IN ARRAY ARRAY['thaiyyal_owner', 'thaiyyal_app', 'thaiyyal_dispatch', 'thaiyyal_directory']::name[] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF NOT pg_has_role(current_user, role, 'MEMBER') THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', role);
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    IF to_regnamespace('thaiyyal') IS NULL THEN
        CREATE SCHEMA thaiyyal AUTHORIZATION thaiyyal_owner;
    END IF;
END
$$;
SET ROLE thaiyyal_owner;
SET search_path = thaiyyal;
