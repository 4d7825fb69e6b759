-- Roles of bill_inquiry_db and what each may do, run by `migrate` as a superuser after the migrations, each time.
-- None of them is a superuser. No passwords here: until `passwords` sets one, a role cannot log in under SCRAM.
--   billing_owner   owns all tables of public and cache; nobody logs in as it
--   billing_app     the service: reads and writes rows, changes no tables
--   pgvigil         the monitoring exporter: reads statistics and the sums of views.sql, sees no row of any table
--   billing_backup  dumps everything and writes audit.backup_history

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['billing_owner', 'billing_app', 'pgvigil', 'billing_backup'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I', name);
        END IF;
    END LOOP;
END $$;
ALTER ROLE billing_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE billing_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE pgvigil LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 5;
ALTER ROLE billing_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 8;
GRANT pg_monitor TO pgvigil;
ALTER ROLE pgvigil SET statement_timeout = '30s';  -- pgvigil sets shorter ones itself; this holds for whoever borrows the role
-- Neither what watches nor a dump of minutes may show up in the service's mean response time.
ALTER ROLE pgvigil SET pg_stat_statements.track = none;
ALTER ROLE billing_backup SET pg_stat_statements.track = none;
ALTER ROLE pgvigil SET pgaudit.log = 'role, ddl';  -- it reads no row, but every few seconds

-- By default every role may connect to every database and make temporary tables there, and in PostgreSQL 14 and older
-- tables in public, where they can shadow the service's.
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT datname FROM pg_database WHERE datname IN (current_database(), 'postgres', 'template1') LOOP
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name);
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO billing_app, pgvigil, billing_backup', current_database());
    EXECUTE 'GRANT CONNECT ON DATABASE postgres TO pgvigil, billing_backup';  -- pg_dumpall --roles-only starts there
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public, cache TO billing_owner;
GRANT USAGE ON SCHEMA public, cache TO billing_app;

-- Whoever made them, relations of public and cache are billing_owner's and the service uses their rows; but not those
-- that an extension brought. A sequence of a column follows its table.
DO $$
DECLARE
    relation regclass;
    kind "char";
    follows boolean;
BEGIN
    FOR relation, kind, follows IN
        SELECT c.oid, c.relkind, EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                            AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
          FROM pg_class c
         WHERE c.relnamespace IN ('public'::regnamespace, 'cache'::regnamespace)
           AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                                                     AND d.deptype = 'e')
         ORDER BY c.relkind = 'S', c.oid
    LOOP
        IF NOT follows AND (SELECT relowner <> 'billing_owner'::regrole FROM pg_class WHERE oid = relation) THEN
            EXECUTE format('ALTER TABLE %s OWNER TO billing_owner', relation);
        END IF;
        IF kind = 'S' THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE %s TO billing_app', relation);
            EXECUTE format('GRANT SELECT ON SEQUENCE %s TO pgvigil', relation);
        ELSE
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO billing_app', relation);
        END IF;
    END LOOP;
END $$;
REVOKE INSERT, UPDATE, DELETE ON public.system_config FROM billing_app;  -- settings are the operator's
ALTER FUNCTION public.touch_updated_at() OWNER TO billing_owner;

-- The same for tables made between two runs of this file, by the superuser or by billing_owner. pgvigil sees how far a
-- sequence has got, for the alert before its end; that does not allow nextval().
ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, billing_owner IN SCHEMA public, cache
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO billing_app;
ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, billing_owner IN SCHEMA public, cache
    GRANT USAGE ON SEQUENCES TO billing_app;
ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, billing_owner IN SCHEMA public, cache
    GRANT SELECT ON SEQUENCES TO pgvigil;

-- Nobody but the superuser owns audit, so nobody can put another function in the place of server_stopping().
ALTER SCHEMA audit OWNER TO CURRENT_USER;
REVOKE ALL ON SCHEMA audit FROM PUBLIC, billing_owner, billing_app;
ALTER TABLE audit.backup_history OWNER TO CURRENT_USER;
GRANT USAGE ON SCHEMA audit TO pgvigil, billing_backup;
GRANT SELECT ON SEQUENCE audit.backup_history_id_seq TO pgvigil;
GRANT SELECT, INSERT, UPDATE ON audit.backup_history TO billing_backup;
GRANT USAGE ON SEQUENCE audit.backup_history_id_seq TO billing_backup;

-- A smart shutdown waits until every session has ended, also an exporter's, and no view shows it: only line 8 of
-- postmaster.pid does. So this function reads that file, and that file alone, with its owner's, a superuser's, rights.
CREATE OR REPLACE FUNCTION audit.server_stopping() RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT trim(split_part(pg_read_file('postmaster.pid'), E'\n', 8)) = 'stopping' $$;
COMMENT ON FUNCTION audit.server_stopping() IS '서버 종료 진행 여부 (whether the server is shutting down)';
REVOKE ALL ON FUNCTION audit.server_stopping() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.server_stopping() TO pgvigil;

-- PostgreSQL 13 has no pg_read_all_data.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_read_all_data') THEN
        GRANT pg_read_all_data TO billing_backup;
    ELSE
        GRANT USAGE ON SCHEMA public, cache, audit TO billing_backup;
        GRANT SELECT ON ALL TABLES IN SCHEMA public, cache, audit TO billing_backup;
        GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, cache, audit TO billing_backup;
        ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, billing_owner IN SCHEMA public, cache, audit
            GRANT SELECT ON TABLES TO billing_backup;
        ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER, billing_owner IN SCHEMA public, cache, audit
            GRANT SELECT ON SEQUENCES TO billing_backup;
    END IF;
END $$;
