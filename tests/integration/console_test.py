"""pgbouncer's own console as a target: who waits for whom, and nothing but SHOW ever sent to it."""

import json
import os
import re
import signal
import subprocess
from contextlib import closing, contextmanager

import psycopg2
import pytest
from machine import wait_until
from pgbouncer import Pgbouncer
from pgvigil import COLLECTORS, Daemon, monitored, run

CONSOLES = {name for name in COLLECTORS if name.startswith('pgbouncer_')}


@pytest.fixture(scope='module')
def server():
    with monitored(14, extension=False) as server:
        server.sql('CREATE ROLE shared LOGIN; CREATE ROLE other LOGIN')
        server.sql('CREATE DATABASE bills')
        yield server


@pytest.fixture(scope='module')
def pooler(server):
    with Pgbouncer(server) as pooler:
        yield pooler


@pytest.fixture(scope='module')
def daemon(pooler):
    with Daemon('--dsn', pooler.console) as daemon:
        yield daemon


@contextmanager
def queue(pooler):
    """One client that has the only server connection, and one that waits for it."""
    with closing(psycopg2.connect(pooler.dsn)) as holder, closing(psycopg2.connect(pooler.dsn, async_=True)) as waiter:
        holder.cursor().execute('SELECT 1')
        wait_until(lambda: waiter.poll() == psycopg2.extensions.POLL_OK, what='login')
        waiter.cursor().execute('SELECT 2')
        yield


def succeeded(page):
    return {dict(labels)['collector']: value for labels, value in page['pg_scrape_collector_success'].items()}


def test_the_page_has_what_the_console_tells_and_no_more(daemon):
    page = daemon.metrics()
    assert page['pg_up'] == {(): 1} and 'pgvigil_build_info' in page
    assert succeeded(page) == dict.fromkeys(CONSOLES, 1)
    assert 'pgvigil_collector_skipped' not in page and 'pgvigil_collector_errors_total' not in page
    assert daemon.value('pgbouncer_config_default_pool_size') == 1
    assert daemon.value('pgbouncer_databases') == 2


def test_clients_that_wait_are_seen(pooler, daemon):
    pool = (('database', 'bills'), ('user', 'shared'))
    with queue(pooler):
        page = daemon.wait_until(lambda page: page['pgbouncer_pools_client_waiting_connections'].get(pool) == 1)
        assert page['pgbouncer_pools_server_active_connections'][pool] == 1
        daemon.wait_until(lambda page: page['pgbouncer_pools_client_maxwait_seconds'][pool] >= 1)
    page = daemon.wait_until(lambda page: page['pgbouncer_pools_client_waiting_connections'][pool] == 0)
    assert page['pgbouncer_stats_client_wait_seconds_total'][(('database', 'bills'),)] >= 1


def test_the_console_finds_no_fault_with_us(pooler, daemon):
    daemon.wait_for_polls(2)
    assert not [line for line in pooler.log.splitlines() if re.search('ERROR|WARNING|FATAL', line)]
    ours = [line for line in pooler.log.splitlines() if 'db=pgbouncer user=pgvigil' in line]
    assert len(ours) == 1, 'one session for all polls'


def test_promtool_finds_no_fault(daemon):
    page = daemon.get('/metrics').text
    promtool = subprocess.run(['promtool', 'check', 'metrics'], input=page, capture_output=True, text=True)
    assert [line for line in promtool.stderr.splitlines() if line.startswith('pgbouncer_')] == []


def test_the_status_page_says_what_it_is_and_judges_nothing(daemon):
    status = daemon.status()
    assert (status['server']['kind'], status['server']['up']) == ('pgbouncer', True)
    assert re.fullmatch(r'\d+\.\d+\.\d+', status['server']['version'])
    assert {rule['reason'] for rule in status['thresholds']} == {"pgbouncer's console does not tell"}
    assert {collector['name'] for collector in status['collectors']} == CONSOLES
    page = daemon.get('/').text
    assert f"pgbouncer {status['server']['version']} is up" in page and 'PostgreSQL' not in page


def test_explain_says_why_the_others_do_not_run(pooler):
    done = run('explain', '--json', '--dsn', pooler.console)
    assert (done.returncode, done.stderr) == (0, '')
    for collector in json.loads(done.stdout):
        ours = collector['collector'] in CONSOLES
        expected = ('ok', '') if ours else ('skipped', "is for PostgreSQL, and this is pgbouncer's console")
        assert (collector['outcome'], collector['reason']) == expected, collector['collector']


def test_check_knows_nothing_and_says_so(pooler):
    done = run('check', '--window=1s', '--dsn', pooler.console)
    assert (done.returncode, done.stderr) == (3, '')
    assert done.stdout.count("unknown: pgbouncer's console does not tell") == 5


def test_who_is_not_in_stats_users_is_told_so(pooler):
    done = run('explain', '--dsn', pooler.console.replace('user=pgvigil', 'user=other'))
    assert done.returncode == 1 and 'not allowed' in done.stderr


def test_a_console_that_hangs_or_restarts_is_down_and_comes_back(server):
    with Pgbouncer(server) as pooler, Daemon('--dsn', pooler.console) as daemon:
        os.kill(pooler.process.pid, signal.SIGSTOP)
        daemon.wait_until_up(0)
        os.kill(pooler.process.pid, signal.SIGCONT)
        daemon.wait_until_up(1)
        pooler.stop()
        daemon.wait_until_up(0)
        assert succeeded(daemon.metrics()) == dict.fromkeys(CONSOLES, 0)
        pooler.start()
        page = daemon.wait_until_up(1)
        assert succeeded(page) == dict.fromkeys(CONSOLES, 1)
