"""pgvigil behind pgbouncer, which hands one server session to many clients: nothing of ours may stay in it."""

import tempfile
from contextlib import closing, contextmanager

import psycopg2
import pytest
from pgbouncer import Pgbouncer
from pgvigil import Daemon, monitored, run


@pytest.fixture(scope='module')
def server():
    with monitored(14, extension=False) as server:
        server.sql("CREATE ROLE shared LOGIN IN ROLE pg_monitor; ALTER ROLE shared SET statement_timeout = '77s'")
        server.sql('CREATE DATABASE bills')
        server.sql('CREATE EXTENSION pg_stat_statements; CREATE TABLE bill (id serial PRIMARY KEY, text text);'
                   'GRANT ALL ON ALL TABLES IN SCHEMA public TO shared; GRANT ALL ON SEQUENCE bill_id_seq TO shared',
                   dbname='bills')
        yield server


# A search path of its own, and every way to go wrong: at once, by its time limit, by writing.
TROUBLE = '''
collectors:
  own: {interval: 1s, query: SELECT count(*) AS n FROM bill, metrics: {n: {gauge: own_bills, help: Bills.}}}
  wrong: {interval: 1s, query: SELECT 1 / 0 AS n, metrics: {n: {gauge: own_wrong, help: Never.}}}
  slow: {interval: 1s, timeout: 100ms, query: SELECT pg_sleep(9) AS n, metrics: {n: {gauge: own_slow, help: Never.}}}
  writes: {interval: 1s, query: SELECT nextval('bill_id_seq') AS n, metrics: {n: {gauge: own_writes, help: Never.}}}
'''
ERRORS = {('wrong', 'sql'), ('slow', 'timeout'), ('writes', 'sql')}

# Takes more than a poll may: we leave in the middle, and the server works on.
TOO_LONG = '''
collectors:
  long: {interval: 5s, timeout: 4s, query: SELECT pg_sleep(3) AS n, metrics: {n: {gauge: own_long, help: Never.}}}
'''

# transaction_read_only, statement_timeout, lock_timeout and search_path of the role that they share.
OWN = ('off', '77s', '0', '"$user", public')

# What pgbouncer sets for whichever client it hands the session to.
POOLERS_OWN = {'application_name', 'client_encoding', 'DateStyle', 'standard_conforming_strings', 'TimeZone'}


def bill(application):
    """What an application does, and the settings that it finds in its session."""
    with application, application.cursor() as cursor:
        cursor.execute('INSERT INTO bill (text) VALUES (%s)', ['통신요금'])
        cursor.execute('''SELECT current_setting('transaction_read_only'), current_setting('statement_timeout'),
                                 current_setting('lock_timeout'), current_setting('search_path')''')
        return cursor.fetchone()


def left_behind(application):
    """What in its session is not the application's: settings and prepared statements."""
    with application, application.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE source = 'session' UNION "
                       'SELECT statement FROM pg_prepared_statements')
        return {name for name, in cursor.fetchall()} - POOLERS_OWN


@contextmanager
def collectors(text):
    """The flag for collectors of a user's own."""
    with tempfile.NamedTemporaryFile('w', suffix='.yml') as file:
        file.write(text)
        file.flush()
        yield f'--collectors.file={file.name}'


def failing(page):
    return {(dict(labels)['collector'], dict(labels)['kind'])
            for labels in page.get('pgvigil_collector_errors_total', {})}


@pytest.mark.parametrize('mode, size', [('transaction', 1), ('session', 3)])
def test_an_application_writes_beside_us_with_its_own_settings(server, mode, size):
    with Pgbouncer(server, mode, size) as pooler, collectors(TROUBLE) as flag:
        with Daemon('--dsn', pooler.dsn, flag) as daemon, closing(psycopg2.connect(pooler.dsn)) as application:
            polls_at_the_end = daemon.value('pg_exporter_scrapes_total') + 4
            page = {}
            while not (ERRORS <= failing(page) and page['pg_exporter_scrapes_total'][()] >= polls_at_the_end):
                assert bill(application) == OWN
                assert left_behind(application) == set()
                page = daemon.metrics()
            daemon.wait_until(lambda page: page.get('own_bills', {(): 0})[()] > 0)


@pytest.mark.parametrize('mode, size', [('transaction', 1), ('session', 3)])
def test_who_comes_after_us_gets_answers_of_his_own_when_we_left_in_the_middle(server, mode, size):
    with Pgbouncer(server, mode, size) as pooler, collectors(TOO_LONG) as flag:
        with Daemon('--dsn', pooler.dsn, flag) as daemon:
            def left():
                return sum(daemon.metrics().get('pgvigil_connection_errors_total', {}).values())
            while left() < 2:
                with closing(psycopg2.connect(pooler.dsn)) as application:
                    assert bill(application) == OWN
                    assert left_behind(application) == set()


def test_a_session_that_we_gave_back_has_nothing_of_ours(server):
    with Pgbouncer(server, 'session', 1) as pooler, collectors(TROUBLE) as flag:
        done = run('explain', '--dsn', pooler.dsn, flag)
        assert 'division by zero' in done.stdout
        with closing(psycopg2.connect(pooler.dsn)) as application:
            assert left_behind(application) == set()
            assert bill(application) == OWN


def test_the_page_is_whole(server):
    with Pgbouncer(server, 'transaction', 1) as pooler, Daemon('--dsn', pooler.dsn) as daemon:
        page = daemon.metrics()
        assert page['pg_up'] == {(): 1}
        assert set(page['pg_scrape_collector_success'].values()) == {1}
        assert daemon.value('pg_stat_user_tables_n_tup_ins', datname='bills', schemaname='public', relname='bill') >= 0


def test_every_statement_runs_in_a_transaction_pool(server):
    with Pgbouncer(server, 'transaction', 1) as pooler:
        done = run('explain', '--json', '--dsn', pooler.dsn)
    failed = [line for line in done.stdout.splitlines() if '"outcome": "failed"' in line]
    assert (done.returncode, done.stderr, failed) == (0, '', [])


def test_what_runs_behind_a_pooler_cannot_be_proven_to_be_here(server):
    with Pgbouncer(server, 'transaction', 1) as pooler, Daemon('--dsn', pooler.dsn) as daemon:
        page = daemon.wait_for_polls(1)
        assert not [name for name in page if name.startswith(('pg_container_', 'pg_mount_'))]
        assert {dict(labels)['rule'] for labels in page['pgvigil_threshold_state']} == {'connections', 'latency'}
        reasons = {rule['rule']: rule['reason'] for rule in daemon.status()['thresholds']}
        assert 'a pooler is in between' in reasons['cpu']
