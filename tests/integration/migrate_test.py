"""deploy/database/migrate and passwords: what they do the first time, again, at once, and when something is wrong."""

import shutil
import subprocess
from contextlib import closing

import database
import psycopg2
import pytest
from machine import free_port, wait_until
from postgres import Postgres

ALL = sorted(path.name for path in (database.SCRIPTS / 'migrations').iterdir())
HALF = 'CREATE TABLE public.half ();\n'
TCP = 'local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n'


@pytest.fixture(scope='module', params=[14])
def server(request):
    with Postgres(request.param, hba=TCP, settings={'autovacuum': False, 'log_statement': 'all'}) as server:
        yield server


@pytest.fixture
def empty(server):
    """The name of an empty database."""
    server.sql("CREATE DATABASE migrated ENCODING 'UTF8' TEMPLATE template0")
    yield 'migrated'
    server.sql('DROP DATABASE migrated')


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """A copy of deploy/database that a test may change."""
    copy = shutil.copytree(database.SCRIPTS, tmp_path / 'database')
    monkeypatch.setattr(database, 'SCRIPTS', copy)
    return copy


def migrate(server, name):
    """What it says it applied."""
    said = database.run(server, 'migrate', database=name)
    return [line.removeprefix('migrate: applied ') for line in said.splitlines()]


def refusal(server, name):
    with pytest.raises(OSError) as error:
        migrate(server, name)
    said = str(error.value).removeprefix('migrate: ')
    assert said.startswith('migrate: ') and '\n' not in said
    return said


def catalogue(server, name):
    """Every row of every system catalogue and of our tables, oids included: {catalogue: rows}."""
    sessions = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND backend_type = 'client backend'"
    wait_until(lambda: server.sql(sessions) == [(0,)], 60, 'sessions to end, and with them their temporary tables')
    with closing(server.connect(name, host=server.socket_dir)) as session, session.cursor() as cursor:
        cursor.execute("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND (relnamespace IN"
                       " ('public'::regnamespace, 'audit'::regnamespace) OR relnamespace = 'pg_catalog'::regnamespace"
                       " AND relname NOT IN ('pg_statistic', 'pg_database'))")
        rows = {}
        for table, in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1')
            rows[table] = {row for row, in cursor if 'pg_temp_' not in row and 'pg_toast_temp_' not in row}
        return rows


def changes(before, after):
    return {name: before[name] ^ after[name] for name in before if before[name] != after[name]}


@pytest.mark.parametrize('server', [13, 14, 18], indirect=True)
def test_a_second_run_changes_nothing(server, empty):
    assert migrate(server, empty) == ALL
    before = catalogue(server, empty)
    assert len(before['audit.schema_migrations']) == len(ALL) and len(before['pg_class']) > 400
    assert migrate(server, empty) == []
    assert changes(before, catalogue(server, empty)) == {}


def test_a_database_that_was_made_without_migrations_is_taken_over(server, empty):
    """As the single script made it before there were migrations: all is there but their list."""
    migrate(server, empty)
    server.sql("DROP TABLE audit.schema_migrations; UPDATE system_config SET config_value = '5'"
               " WHERE config_key = 'bill.cache.ttl.hours'", dbname=empty)
    before = catalogue(server, empty)
    assert migrate(server, empty) == ALL
    after = catalogue(server, empty)
    assert {table: rows for table, rows in changes(before, after).items() if table.startswith('public.')} == {}
    assert len(after['audit.schema_migrations']) == len(ALL)


def test_rights_that_somebody_gave_away_are_taken_back(server, empty):
    migrate(server, empty)
    before = catalogue(server, empty)
    server.sql('ALTER ROLE pgvigil SUPERUSER; ALTER SCHEMA audit OWNER TO billing_owner; GRANT CREATE ON SCHEMA public'
               ' TO PUBLIC; ALTER TABLE customer_info OWNER TO postgres; GRANT ALL ON system_config TO billing_app;'
               'ALTER ROLE billing_backup CONNECTION LIMIT -1', dbname=empty)
    migrate(server, empty)
    changed = changes(before, catalogue(server, empty))
    changed.pop('pg_class', None)  # the order of rights
    assert changed == {}
    assert server.sql("SELECT has_table_privilege('billing_app', 'system_config', 'UPDATE')", dbname=empty) \
        == [(False,)]


def test_an_error_stops_it_and_leaves_nothing_half_done(server, empty, scripts):
    broken = scripts / 'migrations/9001_broken.sql'
    broken.write_text(HALF + 'SELECT 1 / 0;\n')
    (scripts / 'migrations/9002_after.sql').write_text('CREATE TABLE public.after ();\n')
    assert refusal(server, empty) == 'migrate: 9001_broken.sql:2: ERROR:  division by zero'
    assert server.sql("SELECT to_regclass('public.half'), to_regclass('public.after'), count(*)"
                      " FROM audit.schema_migrations", dbname=empty) == [(None, None, len(ALL))]
    broken.write_text(HALF)
    assert migrate(server, empty) == ['9001_broken.sql', '9002_after.sql']
    assert migrate(server, empty) == []


def test_an_error_in_the_repeatable_part_stops_it_too(server, empty, scripts):
    with (scripts / 'views.sql').open('a') as views:
        views.write('GRANT SELECT ON audit.nowhere TO pgvigil;\n')
    assert 'views.sql' in (said := refusal(server, empty)) and 'relation "audit.nowhere" does not exist' in said
    assert server.sql("SELECT count(*) FROM pg_views WHERE schemaname = 'audit'", dbname=empty) == [(0,)]


def test_a_migration_that_has_changed_is_refused_by_its_name(server, empty, scripts):
    migrate(server, empty)
    with (scripts / 'migrations/0002_tables.sql').open('a') as tables:
        tables.write('-- better\n')
    (scripts / 'migrations/9001_next.sql').write_text('CREATE TABLE public.next ();\n')
    assert refusal(server, empty).startswith('migrate: ERROR:  0002_tables.sql has changed since it was applied at ')
    assert server.sql("SELECT to_regclass('public.next')", dbname=empty) == [(None,)]


def test_files_older_than_the_database_are_refused(server, empty, scripts):
    migrate(server, empty)
    (scripts / 'migrations' / ALL[-1]).unlink()
    assert refusal(server, empty) == f'migrate: ERROR:  {ALL[-1]} was applied, but is not here'


def test_migrations_may_lie_beside_the_script_as_in_a_configmap(server, empty, scripts):
    for migration in (scripts / 'migrations').iterdir():
        migration.rename(scripts / migration.name)
    (scripts / 'migrations').rmdir()
    assert migrate(server, empty) == ALL


def started(server, name, **environment):
    return subprocess.Popen([database.SCRIPTS / 'migrate'], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={'PATH': '/usr/bin:/bin', 'PGHOST': server.socket_dir, 'PGPORT': str(server.port),
                                 'PGUSER': 'postgres', 'PGDATABASE': name, **environment})


def test_of_two_at_once_one_waits_for_the_other(server, empty):
    with closing(server.connect(empty, host=server.socket_dir)) as session, session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('migrate'))")
        both = [started(server, empty), started(server, empty)]
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        wait_until(lambda: server.sql(waiting) == [(2,)], what='both wait')
    said = [process.communicate(timeout=60) for process in both]
    assert sorted(said) == [('', ''), (''.join(f'migrate: applied {name}\n' for name in ALL), '')]
    assert [process.returncode for process in both] == [0, 0]


def test_it_gives_up_waiting_for_another_one(server, empty):
    with closing(server.connect(empty, host=server.socket_dir)) as session, session.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('migrate'))")
        process = started(server, empty, MIGRATE_WAIT='1')
        assert process.communicate(timeout=30) == ('', 'migrate: ERROR:  another migrate has been running for 1 s\n')
        assert process.returncode == 1


def test_it_waits_for_the_server(server, empty):
    server.stop()
    process = started(server, empty)
    server.start()
    assert process.communicate(timeout=60)[1] == '' and process.returncode == 0


def test_it_gives_up_waiting_for_the_server(server):
    process = started(server, 'postgres', PGHOST='127.0.0.1', PGPORT=str(free_port()), MIGRATE_WAIT='1')
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 1 and 'Connection refused' in said.splitlines()[0]


# Passwords


@pytest.fixture
def roles(server):
    server.sql('CREATE ROLE app LOGIN; CREATE ROLE "Odd ""one" LOGIN;'
               'GRANT CONNECT ON DATABASE postgres TO app, "Odd ""one"')
    yield
    server.sql('DROP OWNED BY app, "Odd ""one"; DROP ROLE app, "Odd ""one"')


def set_passwords(server, *pairs):
    return database.run(server, 'passwords', *pairs, database='postgres')


def verifier(server, role='app'):
    return server.sql('SELECT rolpassword FROM pg_authid WHERE rolname = %s', [role])[0][0]


@pytest.mark.parametrize('server', [13, 14, 18], indirect=True)
def test_passwords_are_hashed_before_they_reach_the_server(server, roles, tmp_path):
    file = tmp_path / 'password'
    file.write_text('it\'s "비밀" \\ = x')  # without an end of line
    assert set_passwords(server, f'app={file}', f'Odd "one={file}') == \
        'passwords: set that of app\npasswords: set that of Odd "one\n'
    for role in ('app', 'Odd "one'):
        assert verifier(server, role).startswith('SCRAM-SHA-256$')
        psycopg2.connect(server.dsn(), user=role, password=file.read_text()).close()
    log = server.log.read_text(encoding='utf-8', errors='replace')
    assert 'SCRAM-SHA-256$' in log and '비밀' not in log


def test_a_password_that_works_is_left_alone_and_another_is_replaced(server, roles, tmp_path):
    file = tmp_path / 'password'
    file.write_text('first\n')
    set_passwords(server, f'app={file}')
    before = verifier(server)
    assert set_passwords(server, f'app={file}') == '' and verifier(server) == before
    file.write_text('second\n')
    assert set_passwords(server, f'app={file}') == 'passwords: set that of app\n'
    server.connect(user='app', password='second').close()
    server.sql("SET password_encryption = md5; ALTER ROLE app PASSWORD 'second'")
    assert set_passwords(server, f'app={file}') == 'passwords: set that of app\n'
    assert verifier(server).startswith('SCRAM-SHA-256$')


@pytest.mark.parametrize('pair, complaint', [
    ('nobody={file}', 'there is no role nobody'), ('app', 'app is not ROLE=FILE'),
    ('app={file}.gone', 'the password of app, {file}.gone, cannot be read'),
    ('app=/dev/null', 'the password of app, /dev/null, is empty')])
def test_what_is_wrong_with_a_password_is_said(server, roles, tmp_path, pair, complaint):
    file = tmp_path / 'password'
    file.write_text('secret\n')
    with pytest.raises(OSError) as error:
        set_passwords(server, pair.format(file=file))
    assert str(error.value) == f'passwords: passwords: {complaint.format(file=file)}'
