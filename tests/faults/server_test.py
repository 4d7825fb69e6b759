"""The server in trouble: what the page says meanwhile, row by row of docs/reliability.md."""

import os
import signal

import pytest
from harness import Watch
from machine import wait_until
from pgvigil import Daemon, monitored

PASSWORDS = 'host all all 127.0.0.1/32 scram-sha-256\n'


@pytest.fixture(scope='module')
def server():
    with monitored(14, settings={'max_connections': 8, 'superuser_reserved_connections': 2}, hba=PASSWORDS) as server:
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'; CREATE TABLE bill (id serial PRIMARY KEY, text text)")
        yield server


@pytest.fixture
def watched(server):
    """A daemon with every collector's first values, watched."""
    with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=right') as daemon:
        daemon.wait_for_polls(2)
        with Watch(daemon, server) as watch:
            yield watch


def test_the_server_is_killed(server, watched):
    with watched.fault():
        os.kill(server.postmaster_pid, signal.SIGKILL)
        page = watched.until_up(0)
        assert page.connection_errors
        watched.until_polls(2)
        server.restart()
    watched.row('PostgreSQL killed with SIGKILL')


def test_a_backend_is_killed(server, watched):
    started = watched.daemon.value('pg_postmaster_start_time_seconds')
    with watched.fault():
        with server.connect(host=server.socket_dir) as other:
            os.kill(other.info.backend_pid, signal.SIGKILL)
        watched.until_polls(1)
    watched.row('A backend killed with SIGKILL: crash restart')
