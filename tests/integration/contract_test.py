"""Every statement of every collector on every supported server, and the page that comes of them."""

import json
import re
import subprocess
from contextlib import ExitStack, closing, contextmanager

import psycopg2
import pytest
from machine import wait_until
from pgvigil import EVERY_SECOND, ROOT, Daemon, monitored, run, standby_of

KNOWN_REASONS = ['needs PostgreSQL 14', 'needs PostgreSQL 15', 'needs PostgreSQL 16', 'needs PostgreSQL 17',
                 'needs extension pg_buffercache 1.4, has 1.3: ALTER EXTENSION pg_buffercache UPDATE',
                 'makes sense on a replica only', 'makes sense on a primary only', "is for pgbouncer's console"]

VERSIONS = range(13, 19)

# A poll has four fifths of its interval: time for all of the catalogue on a busy machine.
PATIENT, MORE_PATIENT = (EVERY_SECOND.replace('1s', seconds) for seconds in ('5s', '10s'))

# Both kinds of slots, an archived segment, a VACUUM under way, a table with an index and TOAST: each view has a row.
BUSY = {'wal_level': 'logical', 'max_slot_wal_keep_size': '1GB', 'archive_mode': True, 'archive_command': 'true',
        'vacuum_cost_limit': 1}
TABLES = """
    CREATE TABLE bill (id serial PRIMARY KEY, text text);
    CREATE TABLE vacuumed AS SELECT g AS id, repeat('x', 500) AS text FROM generate_series(1, 5000) g;
"""
# What the estimates of bloat need beside pg_monitor.
WIDTHS = 'GRANT SELECT (starelid, staattnum, stainherit, stanullfrac, stawidth) ON pg_catalog.pg_statistic TO '
SLOTS = """
    SELECT pg_create_logical_replication_slot('logical', 'test_decoding');
    SELECT pg_create_physical_replication_slot('physical', true);
    SELECT pg_switch_wal();
"""


# The views that pg_monitor may not read, and the functions below them.
FILES = {'SELECT ON pg_file_settings, pg_hba_file_rules': 13,
         'EXECUTE ON FUNCTION pg_show_all_file_settings(), pg_hba_file_rules()': 13,
         'SELECT ON pg_ident_file_mappings': 15, 'EXECUTE ON FUNCTION pg_ident_file_mappings()': 15}


def grant_files(server, role):
    """What collectors need that read the server's own files."""
    for right, since in FILES.items():
        if server.version >= since:
            server.sql(f'GRANT {right} TO {role}')


@contextmanager
def watched(version):
    """A server with everything that a collector may need, and a daemon that has all collectors."""
    with monitored(version) as server:
        grant_files(server, 'pgvigil')
        server.sql('CREATE EXTENSION pg_buffercache')
        server.sql('CREATE TABLE bill (id serial PRIMARY KEY, text text)')
        server.sql(WIDTHS + 'pgvigil')
        with Daemon('--collectors=all', '--dsn', server.dsn(user='pgvigil'), config=MORE_PATIENT, timeout=60) as daemon:
            yield server, daemon


@pytest.fixture(scope='module')
def fleet():
    """All versions, one after the other; so their polls come in turn, and each has polled again when it is asked."""
    with ExitStack() as ends:
        yield {version: ends.enter_context(watched(version)) for version in VERSIONS}


@pytest.fixture(scope='module', params=VERSIONS)
def server(fleet, request):
    return fleet[request.param][0]


@pytest.fixture(scope='module')
def daemon(fleet, server):
    return fleet[server.version][1]


@pytest.fixture(scope='module')
def primary(request):
    with monitored(request.param, settings=BUSY) as primary:
        primary.sql(TABLES)
        primary.sql(SLOTS)
        grant_files(primary, 'pgvigil')
        primary.sql('CREATE EXTENSION pg_buffercache')
        primary.sql(WIDTHS + 'pgvigil')
        yield primary


@pytest.fixture(scope='module')
def standby(primary):
    with standby_of(primary, **BUSY) as standby:
        yield standby


def explain(server):
    done = run('explain', '--json', '--dsn', server.dsn(user='pgvigil'))
    assert (done.returncode, done.stderr) == (0, '')
    return json.loads(done.stdout)


@contextmanager
def slow_vacuum(server):
    """A VACUUM that is under way."""
    dsn = server.dsn() + " options='-c vacuum_cost_delay=100'"
    with closing(psycopg2.connect(dsn, async_=True)) as vacuum:
        wait_until(lambda: vacuum.poll() == psycopg2.extensions.POLL_OK, what='connection')
        vacuum.cursor().execute('VACUUM vacuumed')
        yield
        server.sql('SELECT pg_terminate_backend(%s)', [vacuum.info.backend_pid])


def legacy_names(explained):
    return {column['metric'] for collector in explained for column in collector['columns'] if 'legacy' in column}


def families(page):
    """`name type` of every family of a page."""
    return set(re.findall(r'^# TYPE (\S+ \S+)$', page, re.M))


def lines(name):
    return (ROOT / name).read_text().splitlines()


def check_every_collector(server):
    for collector in explain(server):
        outcome = collector['outcome'], collector['reason']
        known = [('ok', ''), *(('skipped', reason) for reason in KNOWN_REASONS)]
        assert outcome in known, (collector['collector'], outcome)


def check_metrics(page, explained):
    """promtool finds fault only with names that were kept from postgres_exporter, and with those of settings.

    In postgres_exporter's pg_buffercache_summary it takes a word for a type.
    """
    promtool = subprocess.run(['promtool', 'check', 'metrics'], input=page, capture_output=True, text=True)
    assert 'error while linting' not in promtool.stderr
    found = {line.split()[0] for line in promtool.stderr.splitlines()}
    assert {name for name in found - legacy_names(explained) if not name.startswith(('pg_settings_', 'pg_buffercache_summary_'))} == set()


def test_every_collector_runs_on_every_version(server):
    check_every_collector(server)


def test_the_page_is_whole_on_every_version(daemon):
    page = daemon.metrics()
    assert page['pg_up'] == {(): 1}
    assert set(page['pg_scrape_collector_success'].values()) == {1}
    assert page['pg_exporter_last_scrape_error'] == {(): 0}
    assert 'pgvigil_collector_errors_total' not in page


def test_the_server_finds_no_fault_with_us(server, daemon):
    daemon.wait_until(lambda page: page['pg_exporter_scrapes_total'][()] >= 3, timeout=60)
    assert not [line for line in server.log.read_text().splitlines() if re.search('ERROR|WARNING|FATAL', line)]


def test_promtool_finds_fault_with_kept_names_only(server, daemon):
    reply = daemon.get('/metrics')
    assert reply.status == 200
    check_metrics(reply.text, explain(server))


@pytest.mark.parametrize('primary', [14, 17, 18], indirect=True, scope='module')
def test_a_standby_is_watched_as_a_primary_is(primary, standby):
    check_every_collector(standby)
    with Daemon('--dsn', standby.dsn(user='pgvigil'), config=PATIENT) as daemon:
        page = daemon.wait_until(lambda page: set(page['pg_scrape_collector_success'].values()) == {1}, 60)
        assert page['pg_up'] == page['pg_replication_is_replica'] == {(): 1}
        assert 'pg_stat_archiver_lag_bytes' not in page  # from 15 on it has the counts of the primary that it is a copy of
        check_metrics(daemon.get('/metrics').text, explain(standby))


@pytest.mark.parametrize('primary', [14, 17], indirect=True, scope='module')
def test_the_page_has_every_name_of_postgres_exporter(primary, standby):
    differences = [line.split()[0].replace('*', '.*') for line in lines('docs/coverage/reasons.txt')]
    wanted = {line for line in lines(f'tests/golden/postgres_exporter-{primary.version}.names')
              if not any(re.fullmatch(difference, line.split()[0]) for difference in differences)}
    with slow_vacuum(primary), Daemon('--dsn', primary.dsn(user='pgvigil')) as daemon:
        last = {'pg_stat_progress_vacuum_phase', 'pg_stat_archiver_last_archive_age'}
        daemon.wait_until(lambda page: last <= set(page))
        page = daemon.get('/metrics').text
    assert wanted - families(page) == set()
