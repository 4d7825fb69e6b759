"""What the page says when the server is in trouble: the truth, at once, and then again that all is well."""

import json
import time
from contextlib import ExitStack, contextmanager

import pytest
from pgvigil import Daemon, monitored, run

PASSWORDS = 'host all all 127.0.0.1/32 scram-sha-256\n'


@pytest.fixture(scope='module')
def server():
    with monitored(14, settings={'max_connections': 8, 'superuser_reserved_connections': 2}, hba=PASSWORDS) as server:
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'; CREATE TABLE bill (id serial PRIMARY KEY, text text)")
        yield server


@pytest.fixture
def dsn(server):
    return server.dsn(user='pgvigil') + ' password=right'


@contextmanager
def sessions(server, number):
    """So many sessions of others."""
    with ExitStack() as stack:
        for _ in range(number):
            connection = server.connect(host=server.socket_dir)
            stack.callback(connection.close)
        yield


def connection_errors(daemon):
    """The kinds of errors that were counted."""
    return {dict(labels)['kind'] for labels in daemon.metrics().get('pgvigil_connection_errors_total', {})}


def answers_at_once(daemon):
    begin = time.monotonic()
    page = daemon.metrics()
    assert time.monotonic() - begin < 0.5
    return page


def is_whole(page):
    return page['pg_up'] == {(): 1} and set(page['pg_scrape_collector_success'].values()) == {1}


@pytest.mark.parametrize('password', ['wrong', ''])
def test_a_wrong_or_absent_password_is_an_auth_error(server, password):
    with Daemon('--dsn', server.dsn(user='pgvigil'), env={'PGPASSWORD': password}) as daemon:
        assert daemon.value('pg_up') == 0
        assert connection_errors(daemon) == {'auth'}
        assert 'password' in daemon.status()['server']['reason']


def test_a_password_made_right_lets_us_in(server):
    with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=later') as daemon:
        assert daemon.value('pg_up') == 0
        server.sql("ALTER ROLE pgvigil PASSWORD 'later'")
        daemon.wait_until_up()
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'")
        assert 'later' not in daemon.log


def test_an_unknown_host_is_said_to_be_unknown():
    with Daemon('--dsn', 'host=no-such-host.invalid', timeout=30) as daemon:
        assert daemon.value('pg_up') == 0
        assert connection_errors(daemon) == {'unreachable'}
        assert 'no-such-host.invalid' in daemon.status()['server']['reason']


def test_a_server_that_is_down_at_the_start_is_found_when_it_comes(server, dsn):
    server.stop()
    with Daemon('--dsn', dsn) as daemon:
        assert daemon.value('pg_up') == 0
        assert daemon.get('/-/healthy').status == 200
        server.start()
        daemon.wait_until(is_whole, 30)


def test_a_frozen_server_is_down_within_two_intervals(server, dsn):
    with Daemon('--dsn', dsn) as daemon:
        server.sigstop()
        try:
            daemon.wait_until_up(0, timeout=2.5)
            answers_at_once(daemon)
        finally:
            server.sigcont()
        daemon.wait_until(is_whole)


def test_a_frozen_server_does_not_hold_up_our_end(server, dsn):
    with Daemon('--dsn', dsn) as daemon:
        server.sigstop()
        try:
            daemon.wait_until_up(0)
            begin = time.monotonic()
            assert daemon.stop() == 0
            assert time.monotonic() - begin < 3
        finally:
            server.sigcont()


def test_where_one_connection_is_left_only_what_each_database_has_is_missing(server, dsn):
    visiting = {one['collector'] for one in json.loads(run('explain', '--json', '--dsn', dsn).stdout)
                if one['scope'] == 'database' and one['enabled']}
    with sessions(server, 5), Daemon('--dsn', dsn) as daemon:
        def missing(page):
            return {dict(labels)['collector'] for labels, value in page['pg_scrape_collector_success'].items() if value == 0}
        assert daemon.wait_until(lambda page: missing(page) == visiting, 60)['pg_up'] == {(): 1}


def test_a_locked_table_harms_nothing_but_its_own_size(server, dsn):
    locker = server.connect(host=server.socket_dir)
    locker.autocommit = False
    locker.cursor().execute('LOCK TABLE bill IN ACCESS EXCLUSIVE MODE')
    with Daemon('--dsn', dsn) as daemon:
        daemon.wait_for_polls(3)
        assert is_whole(answers_at_once(daemon))
        assert daemon.value('pg_stat_user_tables_size_skipped', datname='postgres') == 1
        bill = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'bill'}
        assert daemon.value('pg_stat_user_tables_seq_scan', **bill) is not None
        assert daemon.value('pg_stat_user_tables_table_size_bytes', **bill) is None
        locker.close()
        daemon.wait_until(lambda _: daemon.value('pg_stat_user_tables_table_size_bytes', **bill) is not None)
        assert daemon.value('pg_stat_user_tables_size_skipped', datname='postgres') == 0


def test_a_database_between_visits_is_free_to_be_dropped_and_made(server, dsn):
    names = ['one', 'two', 'three']
    for name in names:
        server.sql(f'CREATE DATABASE {name}')
    with Daemon('--dsn', dsn) as daemon:
        for name in names:
            begin = time.monotonic()
            server.sql(f'DROP DATABASE {name}')
            server.sql(f'CREATE DATABASE {name} TEMPLATE template1')
            server.sql(f'DROP DATABASE {name}')
            assert time.monotonic() - begin < 4  # five seconds is how long the server waits for sessions to go
        assert daemon.value('pg_up') == 1
