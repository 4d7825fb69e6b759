"""Our sessions on the server: two at most, marked as ours, in nobody's way, and gone when anybody wants to stop."""

import os
import time

import pytest
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored

STOPPING_FUNCTION = r"""
    CREATE SCHEMA audit; GRANT USAGE ON SCHEMA audit TO pgvigil;
    CREATE FUNCTION audit.server_stopping() RETURNS boolean
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$ SELECT trim(split_part(pg_read_file('postmaster.pid'), E'\n', 8)) = 'stopping' $$
"""

# Where server and daemon run as one user, the daemon can always read the server's files.
needs_another_user = pytest.mark.skipif(os.getuid() != 0, reason='needs root, to run the server as another user')


@pytest.fixture(scope='module')
def server():
    with monitored(14, settings={'log_disconnections': True}) as server:
        yield server


def ours(server):
    return server.sql("""SELECT datname, application_name FROM pg_stat_activity
                          WHERE usename = 'pgvigil' AND backend_type = 'client backend'""")


def sees_no_files(daemon):
    return 'pg_mount_size_bytes' not in daemon.metrics()


def stops_within_two_polls(server, daemon):
    begin = time.monotonic()
    server.stop('smart', timeout=10)
    took = time.monotonic() - begin
    daemon.wait_until_up(0)
    server.start()
    daemon.wait_until_up()
    assert took < 3  # two polls, and the shutdown itself


def test_there_are_never_more_than_two_sessions_and_none_in_a_template(server):
    for number in range(5):
        server.sql(f'CREATE DATABASE db{number}')
    with Daemon('--dsn', server.dsn(user='pgvigil'), ready=False) as daemon:
        seen = [ours(server)]
        while daemon.value('pg_exporter_scrapes_total') < 4:
            seen.append(ours(server))
        assert daemon.metrics()['pg_up'] == {(): 1}
    assert max(map(len, seen)) <= 2
    sessions = {session for sample in seen for session in sample}
    assert {application for _, application in sessions} == {'pgvigil'}
    assert not {database for database, _ in sessions} & {'template0', 'template1'}
    for number in range(5):
        server.sql(f'DROP DATABASE db{number}')


def test_a_new_database_never_waits_for_us(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        polls_at_the_end = daemon.value('pg_exporter_scrapes_total') + 3
        while daemon.value('pg_exporter_scrapes_total') < polls_at_the_end:
            begin = time.monotonic()
            server.sql('CREATE DATABASE fresh')
            server.sql('DROP DATABASE fresh')
            assert time.monotonic() - begin < 4  # the server would wait five seconds for a session to go


def test_sigterm_closes_the_sessions(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        assert ours(server)
        assert daemon.stop() == 0
    wait_until(lambda: not ours(server), what='end of our sessions')
    assert 'unexpected EOF' not in server.log.read_text()


def test_a_smart_shutdown_is_seen_in_postmaster_pid(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        stops_within_two_polls(server, daemon)


@needs_another_user
def test_a_smart_shutdown_is_seen_by_the_function_that_an_operator_makes(server):
    server.sql(STOPPING_FUNCTION)
    without_ping = 'detect_shutdown: {ping: false}\n'
    with Daemon('--dsn', server.dsn(user='pgvigil'), config=EVERY_SECOND + without_ping, bare=True) as daemon:
        assert sees_no_files(daemon)
        stops_within_two_polls(server, daemon)
    server.sql('DROP SCHEMA audit CASCADE')


@needs_another_user
def test_a_smart_shutdown_is_seen_by_a_ping(server):
    with Daemon('--dsn', server.dsn(user='pgvigil'), bare=True) as daemon:
        assert sees_no_files(daemon)
        stops_within_two_polls(server, daemon)
