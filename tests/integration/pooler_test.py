"""pgvigil behind pgbouncer, which hands one server session to many clients: nothing of ours may stay in it."""

from contextlib import closing, contextmanager

import psycopg2
import pytest
from machine import end, free_port, spawn, tail, wait_until
from pgvigil import Daemon, monitored, run
from postgres import SERVER_USER, server_directory

# One database with one role and so one pool: pgvigil and the application share its sessions.
CONFIG = """
[databases]
bills = host=127.0.0.1 port={server} dbname=bills user=shared
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
"""


@pytest.fixture(scope='module')
def server():
    with monitored(14, extension=False) as server:
        server.sql("CREATE ROLE shared LOGIN IN ROLE pg_monitor; ALTER ROLE shared SET statement_timeout = '77s'")
        server.sql('CREATE DATABASE bills')
        server.sql('CREATE EXTENSION pg_stat_statements; CREATE TABLE bill (id serial PRIMARY KEY, text text);'
                   'GRANT ALL ON ALL TABLES IN SCHEMA public TO shared; GRANT ALL ON SEQUENCE bill_id_seq TO shared',
                   dbname='bills')
        yield server


@contextmanager
def pgbouncer(server, mode, size):
    """The dsn of a pgbouncer in front of the server."""
    port = free_port()
    directory = server_directory(server.data.parent / f'pgbouncer-{port}')
    file, log = directory / 'pgbouncer.ini', directory / 'log'
    file.write_text(CONFIG.format(server=server.port, port=port, mode=mode, size=size))
    with open(log, 'w') as output:
        process = spawn(['pgbouncer', file], SERVER_USER, stdout=output, stderr=output)
    try:
        dsn = f'host=127.0.0.1 port={port} dbname=bills user=shared'
        wait_until(lambda: accepts(dsn) or process.poll() is not None, what='pgbouncer')
        assert process.poll() is None, tail(log)
        yield dsn
    finally:
        end(process, timeout=5)


def accepts(dsn):
    try:
        psycopg2.connect(dsn).close()
        return True
    except psycopg2.OperationalError:
        return False


def bill(application):
    """What an application does, and the settings that it finds in its session."""
    with application, application.cursor() as cursor:
        cursor.execute('INSERT INTO bill (text) VALUES (%s)', ['통신요금'])
        cursor.execute('''SELECT current_setting('transaction_read_only'), current_setting('statement_timeout'),
                                 current_setting('lock_timeout'), current_setting('search_path')''')
        return cursor.fetchone()


@pytest.mark.parametrize('mode, size', [('transaction', 1), ('session', 3)])
def test_an_application_writes_beside_us_with_its_own_settings(server, mode, size):
    with pgbouncer(server, mode, size) as dsn, Daemon('--dsn', dsn) as daemon:
        polls_at_the_end = daemon.value('pg_exporter_scrapes_total') + 4
        with closing(psycopg2.connect(dsn)) as application:
            while daemon.value('pg_exporter_scrapes_total') < polls_at_the_end:
                assert bill(application) == ('off', '77s', '0', '"$user", public')


def test_the_page_is_whole(server):
    with pgbouncer(server, 'transaction', 1) as dsn, Daemon('--dsn', dsn) as daemon:
        page = daemon.metrics()
        assert page['pg_up'] == {(): 1}
        assert set(page['pg_scrape_collector_success'].values()) == {1}
        assert daemon.value('pg_stat_user_tables_n_tup_ins', datname='bills', schemaname='public', relname='bill') >= 0


def test_every_statement_runs_in_a_transaction_pool(server):
    with pgbouncer(server, 'transaction', 1) as dsn:
        done = run('explain', '--json', '--dsn', dsn)
    failed = [line for line in done.stdout.splitlines() if '"outcome": "failed"' in line]
    assert (done.returncode, done.stderr, failed) == (0, '', [])


def test_what_runs_behind_a_pooler_cannot_be_proven_to_be_here(server):
    with pgbouncer(server, 'transaction', 1) as dsn, Daemon('--dsn', dsn) as daemon:
        page = daemon.wait_for_polls(1)
        assert not [name for name in page if name.startswith(('pg_container_', 'pg_mount_'))]
        assert {dict(labels)['rule'] for labels in page['pgvigil_threshold_state']} == {'connections', 'latency'}
        reasons = {rule['rule']: rule['reason'] for rule in daemon.status()['thresholds']}
        assert 'a pooler is in between' in reasons['cpu']
