"""Bill-Inquiry's database as it ships: its settings, who gets in and how, what each role may do, what the tables do."""

import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import database
import psycopg2
import pytest
import yaml
from postgres import Postgres
from psycopg2.errors import InsufficientPrivilege

TABLES = ['customer_info', 'bill_inquiry_history', 'kos_inquiry_history', 'bill_info_cache', 'system_config']
ROLES = ['postgres', 'billing_app', 'pgvigil', 'billing_backup']
PASSWORD = "it's 비밀"
OLD_AND_NEW = pytest.mark.parametrize('server', [13, 14, 18], indirect=True)
PLAN = {  # sections 4.1, 4.2, 4.3, 2.1, and what makes pg_stat_statements answer
    'max_connections': '100', 'shared_buffers': '256MB', 'effective_cache_size': '1GB', 'work_mem': '4MB',
    'maintenance_work_mem': '64MB', 'log_destination': 'stderr', 'log_min_duration_statement': '1s',
    'log_statement': 'none', 'log_connections': 'on', 'log_disconnections': 'on',
    'password_encryption': 'scram-sha-256', 'ssl': 'on', 'ssl_min_protocol_version': 'TLSv1.2', 'timezone': 'Asia/Seoul', 'log_timezone': 'Asia/Seoul',
    'shared_preload_libraries': 'pg_stat_statements', 'server_encoding': 'UTF8', 'lc_messages': 'C.UTF-8'}
DEFAULTS = {
    'bill.cache.ttl.hours': '4', 'bill.customer.cache.ttl.hours': '1', 'bill.inquiry.available.months': '24',
    'kos.connection.timeout.ms': '30000', 'kos.read.timeout.ms': '60000', 'kos.retry.max.attempts': '3',
    'kos.retry.delay.ms': '1000', 'circuit.breaker.failure.threshold': '5',
    'circuit.breaker.recovery.timeout.ms': '60000', 'circuit.breaker.success.threshold': '3',
    'mvno.connection.timeout.ms': '10000', 'bill.history.retention.days': '730', 'kos.history.retention.days': '365'}


@pytest.fixture(scope='module')
def tls():
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-', dir='/tmp') as directory:
        Path(directory).chmod(0o711)  # the server's user goes through it
        yield database.certificate(Path(directory), 'postgresql-bill-inquiry')


@pytest.fixture(scope='module', params=[14])
def server(request, tls, tmp_path_factory):
    """A server with the shipped configuration, access rules and TLS; every role has the same password."""
    password = tmp_path_factory.mktemp('secrets') / 'password'
    password.write_text(PASSWORD + '\n', encoding='utf-8')
    with Postgres(request.param, conf=database.SCRIPTS / 'postgresql.conf', tls=tls,
                  hba=(database.SCRIPTS / 'pg_hba.conf').read_text(encoding='utf-8')) as server:
        database.create(server)
        database.run(server, 'passwords', *(f'{role}={password}' for role in ROLES))
        server.ca = tls / 'ca.crt'
        yield server


def connect(server, user, **more):
    """As a client in the cluster does: over TCP, with TLS, its certificate verified."""
    return server.connect(database.NAME, user, **{'password': PASSWORD, 'sslmode': 'verify-full',
                                                  'sslrootcert': str(server.ca), **more})


def ask(server, user, query, parameters=None):
    """A statement in a new session; its rows, or the number of rows that it changed."""
    with closing(connect(server, user)) as session, session.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def refused(server, user, *queries):
    for query in queries:
        with pytest.raises(InsufficientPrivilege):
            ask(server, user, query)
            pytest.fail(f'{user} may {query}')


# Settings


@pytest.mark.parametrize('name', PLAN)
def test_a_setting_is_the_plans(server, name):
    assert server.sql(f'SHOW {name}') == [(PLAN[name],)]


def test_a_new_session_lives_in_seoul(server):
    assert ask(server, 'billing_app', 'SELECT extract(timezone FROM now())::int') == [(9 * 3600,)]


def test_korean_text_comes_back_as_it_was(server):
    name = '홍길동 (요금조회) 똠방각하'
    ask(server, 'billing_app', "INSERT INTO customer_info (customer_id, line_number, customer_name, operator_code,"
        " expires_at) VALUES ('korean', '010', %s, 'MVNO1', now())", [name])
    assert ask(server, 'billing_app', "SELECT customer_name, char_length(customer_name), octet_length(customer_name)"
               " FROM customer_info WHERE customer_id = 'korean'") == [(name, len(name), len(name.encode()))]


# Getting in


def test_tls_and_a_scram_password_get_in(server):
    assert ask(server, 'billing_app', 'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl') \
        in ([('TLSv1.3',)], [('TLSv1.2',)])


@pytest.mark.parametrize('role', ROLES)
def test_plaintext_is_refused(server, role):
    with pytest.raises(psycopg2.OperationalError, match='no pg_hba.conf entry for host .* no encryption'):
        connect(server, role, sslmode='disable')


def test_a_wrong_password_is_refused(server):
    with pytest.raises(psycopg2.OperationalError, match='password authentication failed'):
        connect(server, 'billing_app', password='guessed')


def test_a_role_whose_password_is_stored_as_md5_is_refused(server):
    server.sql("SET password_encryption = md5; CREATE ROLE relic LOGIN PASSWORD 'relic';"
               "GRANT CONNECT ON DATABASE bill_inquiry_db TO relic")
    with pytest.raises(psycopg2.OperationalError, match='password authentication failed'):
        connect(server, 'relic', password='relic')
    server.sql("SET password_encryption = 'scram-sha-256'; ALTER ROLE relic PASSWORD 'relic'")
    connect(server, 'relic', password='relic').close()


@pytest.mark.parametrize('version, answer', [('tls1_1', 'alert protocol version'), ('tls1_2', 'Verify return code: 0')])
def test_tls_before_1_2_is_refused(server, version, answer):
    said = subprocess.run(['openssl', 's_client', '-connect', f'127.0.0.1:{server.port}', '-starttls', 'postgres',
                           f'-{version}', '-cipher', 'ALL@SECLEVEL=0', '-CAfile', server.ca], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert answer in said.stdout + said.stderr


# Roles


@OLD_AND_NEW
def test_nobody_but_postgres_is_a_superuser(server):
    assert server.sql('SELECT rolname FROM pg_roles WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication'
                      ' OR rolbypassrls') == [('postgres',)]


@OLD_AND_NEW
def test_the_service_works_with_rows_and_changes_no_tables(server):
    assert ask(server, 'billing_app', "INSERT INTO bill_inquiry_history (request_id, user_id, line_number)"
               " VALUES ('r', 'u', '010')") == 1
    assert ask(server, 'billing_app', "UPDATE bill_inquiry_history SET status = 'FAILED' WHERE request_id = 'r'") == 1
    assert ask(server, 'billing_app', "DELETE FROM bill_inquiry_history WHERE request_id = 'r'") == 1
    refused(server, 'billing_app', 'CREATE TABLE public.mine ()', 'CREATE TABLE cache.mine ()',
            'CREATE TEMP TABLE mine ()', 'CREATE SCHEMA mine', 'DROP TABLE bill_info_cache',
            'ALTER TABLE bill_info_cache ADD mine text', 'TRUNCATE bill_info_cache', 'CREATE INDEX ON bill_info_cache (cached_at)', 'CREATE ROLE mine',
            "UPDATE system_config SET config_value = '0'", 'SELECT FROM audit.backup_history',
            'CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$')
    with pytest.raises(psycopg2.OperationalError, match='permission denied for database'):
        server.connect('postgres', 'billing_app', password=PASSWORD, sslmode='require')


@OLD_AND_NEW
@pytest.mark.parametrize('maker', ['postgres', 'billing_owner'])
def test_the_service_works_with_tables_made_later(server, maker):
    server.sql(f'SET ROLE {maker}; CREATE TABLE public.later (id bigserial, name text)', dbname=database.NAME)
    try:
        assert ask(server, 'billing_app', "INSERT INTO later (name) VALUES ('x')") == 1
        refused(server, 'pgvigil', 'SELECT FROM later')
        assert ask(server, 'billing_backup', 'SELECT name FROM later') == [('x',)]
        database.run(server, 'migrate')
        assert server.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'later'", dbname=database.NAME) \
            == [('billing_owner',)]
    finally:
        server.sql('DROP TABLE public.later', dbname=database.NAME)


@OLD_AND_NEW
def test_the_exporter_reads_statistics_and_sums_but_no_row(server):
    assert ask(server, 'pgvigil', 'SELECT count(*) > 0 FROM pg_stat_statements WHERE query IS NOT NULL') == [(True,)]
    assert ask(server, 'pgvigil', 'SELECT audit.server_stopping()') == [(False,)]
    views = server.sql("SELECT viewname FROM pg_views WHERE schemaname = 'audit'", dbname=database.NAME)
    assert len(views) == 7
    for view, in views:
        ask(server, 'pgvigil', f'SELECT * FROM audit.{view}')
    refused(server, 'pgvigil', *(f'SELECT FROM {table}' for table in [*TABLES, 'audit.backup_history']),
            *(f'INSERT INTO {table} DEFAULT VALUES' for table in TABLES), 'CREATE TABLE public.mine ()',
            "SELECT nextval('bill_inquiry_history_id_seq')", 'CREATE TEMP TABLE mine ()', 'CREATE SCHEMA mine',
            'CREATE TABLE audit.mine ()')


@OLD_AND_NEW
def test_the_exporter_is_limited_and_stays_out_of_the_statistics(server):
    assert ask(server, 'pgvigil', "SELECT rolconnlimit, current_setting('statement_timeout'),"
               " current_setting('pg_stat_statements.track') FROM pg_roles WHERE rolname = current_user") \
        == [(5, '30s', 'none')]


@OLD_AND_NEW
def test_the_backups_role_reads_all_and_writes_its_own_history_only(server):
    for table in [*TABLES, 'audit.backup_history', 'audit.schema_migrations', 'bill_inquiry_history_id_seq']:
        ask(server, 'billing_backup', f'SELECT * FROM {table}')
    assert ask(server, 'billing_backup', "INSERT INTO audit.backup_history (kind) VALUES ('backup')") == 1
    assert ask(server, 'billing_backup', 'UPDATE audit.backup_history SET finished_at = now(), succeeded = true') == 1
    refused(server, 'billing_backup', 'DELETE FROM audit.backup_history', 'CREATE TABLE audit.mine ()',
            'CREATE TABLE public.mine ()', 'DELETE FROM audit.schema_migrations',
            *(f'DELETE FROM {table}' for table in TABLES), "UPDATE system_config SET config_value = '0'")


def test_nobody_but_postgres_can_put_anything_into_audit(server):
    assert server.sql("SELECT rolname FROM pg_roles WHERE has_schema_privilege(rolname, 'audit', 'CREATE')",
                      dbname=database.NAME) == [('postgres',)]


# Tables


def test_the_default_settings_are_there(server):
    assert dict(ask(server, 'billing_app', "SELECT config_key, config_value FROM system_config"
                    " WHERE config_type = 'INTEGER' AND is_active")) == DEFAULTS


def test_an_update_sets_updated_at_wherever_there_is_one(server):
    dated = server.sql("SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'"
                       " WHERE a.attname = 'updated_at' ORDER BY 1", dbname=database.NAME)
    assert [name for name, in dated] == sorted(set(TABLES) - {'bill_info_cache'})
    server.sql("INSERT INTO bill_inquiry_history (request_id, user_id, line_number) VALUES ('dated', 'u', '010');"
               "INSERT INTO kos_inquiry_history (bill_request_id, line_number) VALUES ('dated', '010');"
               "INSERT INTO customer_info (customer_id, line_number, operator_code, expires_at)"
               " VALUES ('dated', '011', 'MVNO1', now())", dbname=database.NAME)
    for table, in dated:
        newest = server.sql(f"UPDATE {table} SET updated_at = '2000-01-01' RETURNING updated_at = LOCALTIMESTAMP",
                            dbname=database.NAME)
        assert newest and set(newest) == {(True,)}, table


def test_the_configmap_has_every_migration():
    kustomization = yaml.safe_load((database.SCRIPTS / 'kustomization.yaml').read_text(encoding='utf-8'))
    maps = {each['name']: each['files'] for each in kustomization['configMapGenerator']}
    assert [file for file in maps['bill-inquiry-schema-script'] if '/' in file] == \
        sorted(str(path.relative_to(database.SCRIPTS)) for path in (database.SCRIPTS / 'migrations').iterdir())
