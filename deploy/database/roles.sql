-- Roles of bill_inquiry_db, run by a superuser after schema.sql; running it again changes nothing.
-- No passwords here: until one is set (psql: \password billing_app), a role cannot log in under SCRAM.
--   billing_owner  owns the tables; nobody logs in as it
--   billing_app    the service: reads and writes rows, changes no tables
--   pgvigil        the monitoring exporter: reads statistics and the sums of views.sql, sees no row of any table

SET client_min_messages = warning;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['billing_owner', 'billing_app', 'pgvigil'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END $$;
ALTER ROLE billing_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE billing_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE pgvigil LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;
GRANT pg_monitor TO pgvigil;
ALTER ROLE pgvigil SET pg_stat_statements.track = none;  -- what watches must not show up in what it watches

-- The default of PostgreSQL 14 and older lets every role create objects that shadow the service's.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public, cache TO billing_owner;
GRANT USAGE ON SCHEMA public, cache TO billing_app;

ALTER TABLE public.customer_info OWNER TO billing_owner;
ALTER TABLE public.bill_inquiry_history OWNER TO billing_owner;
ALTER TABLE public.kos_inquiry_history OWNER TO billing_owner;
ALTER TABLE public.bill_info_cache OWNER TO billing_owner;
ALTER TABLE public.system_config OWNER TO billing_owner;
ALTER FUNCTION public.touch_updated_at() OWNER TO billing_owner;

GRANT SELECT, INSERT, UPDATE, DELETE ON public.customer_info, public.bill_inquiry_history,
    public.kos_inquiry_history, public.bill_info_cache TO billing_app;
GRANT USAGE ON SEQUENCE public.bill_inquiry_history_id_seq, public.kos_inquiry_history_id_seq TO billing_app;
GRANT SELECT ON public.system_config TO billing_app;

-- How far a sequence has got, for the alert before its end; that does not allow nextval().
GRANT SELECT ON SEQUENCE public.bill_inquiry_history_id_seq, public.kos_inquiry_history_id_seq,
    audit.backup_history_id_seq TO pgvigil;

-- How far each sequence has gone: no role sees that of another's sequence otherwise.
GRANT SELECT ON SEQUENCE public.bill_inquiry_history_id_seq, public.kos_inquiry_history_id_seq TO pgvigil;
ALTER DEFAULT PRIVILEGES FOR ROLE billing_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO pgvigil;

-- A smart shutdown waits until every session has ended, also an exporter's, and no view shows it: only line 8 of
-- postmaster.pid does. So this function reads that file, and that file alone, with its owner's, a superuser's, rights.
-- Nobody but the superuser owns the schema, so nobody can put another function in its place.
CREATE OR REPLACE FUNCTION audit.server_stopping() RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT trim(split_part(pg_read_file('postmaster.pid'), E'\n', 8)) = 'stopping' $$;
COMMENT ON FUNCTION audit.server_stopping() IS '서버 종료 진행 여부 (whether the server is shutting down)';
REVOKE ALL ON FUNCTION audit.server_stopping() FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO pgvigil;
GRANT EXECUTE ON FUNCTION audit.server_stopping() TO pgvigil;
