"""Whatever a server returns: memory stays bounded, the others' figures fresh, labels apart, the log short. On PostgreSQL 14."""

import re
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from pgvigil import Daemon, monitored

# Beside what the daemon has without them: what may be received of one result, twice, and a sanitizer's bookkeeping. How much
# libpq takes of a cell of 400 MB is pg_test's question; a busy server would take too long over it here.
MOST_MIB = 128

FLOODS = {
    'flood_of_cells': "SELECT repeat('x', 1000000) AS name, generate_series(1, 10000) AS n",
    'flood_of_rows': "SELECT 'x' || generate_series(1, 100000000) || repeat('x', 100) AS name, 1 AS n",
    'huge_cell': "SELECT repeat('x', 100000000) AS name, 1 AS n",
}
HOSTILE = '''
    SELECT name, 1 AS n FROM (VALUES (E'two\\nlines "quoted" \\\\'), (repeat('한', 400) || 'one'), (repeat('한', 400) || 'two'),
                                     ('\\xB0'), (E'\\u009b31m')) v(name)'''


def collector(name, query, pace):
    return (f'  {name}:\n    {pace}\n    query: |\n      {" ".join(query.split())}\n'
            f'    metrics: {{name: label, n: {{gauge: limits_{name}, help: Rows.}}}}\n')


@contextmanager
def watching(server, queries, pace='interval: 1s\n    timeout: 1s', **more):
    """A daemon that polls every second, with these collectors beside the default page."""
    with tempfile.NamedTemporaryFile('w', suffix='.yml', encoding='utf-8') as file:
        file.write('collectors:\n' + ''.join(collector(name, query, pace) for name, query in queries.items()))
        file.flush()
        with Daemon('--dsn', server.dsn(user='pgvigil'), f'--collectors.file={file.name}', timeout=60.0,
                    env={'ASAN_OPTIONS': 'quarantine_size_mb=8'}, **more) as daemon:
            yield daemon


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


def peak_mib(daemon):
    return int(re.search(r'VmHWM:\s+(\d+)', Path(f'/proc/{daemon.process.pid}/status').read_text())[1]) / 1024


def last_success(page, name):
    return page['pgvigil_collector_last_success_timestamp_seconds'].get((('collector', name),), 0)


def test_a_flood_is_its_collectors_own_trouble_and_bounded_in_memory(server):
    with watching(server, {'modest': "SELECT 'a' AS name, 1 AS n"}) as daemon:
        daemon.wait_for_polls(3, timeout=60)
        usual = peak_mib(daemon)
    # Polls have 12 of 15 seconds: a busy server has sent enough by then.
    queries = {**FLOODS, 'modest': "SELECT 'a' AS name, 1 AS n", 'zebra': "SELECT 'z' AS name, 1 AS n"}
    with watching(server, queries, pace='timeout: 10s', config='') as daemon:
        most_sessions = 0

        def sessions_and(predicate):
            def holds(page):
                nonlocal most_sessions
                # A backend that was making or sending a flood ends a moment after its session was closed.
                most_sessions = max(most_sessions, server.sql("SELECT count(*) FROM pg_stat_activity WHERE query NOT LIKE "
                                                              "'%repeat(%' AND application_name = 'pgvigil'")[0][0])
                return page['pg_up'] == {(): 1.0} and predicate(page)
            return holds

        def failed(page, name):
            errors = page.get('pgvigil_collector_errors_total', {})
            return errors.get((('collector', name), ('kind', 'too_large')), 0)
        seen = daemon.wait_until(sessions_and(lambda page: all(failed(page, name) for name in FLOODS)), 120, 'all are too large')
        others = ['modest', 'zebra', 'stat_database', 'stat_user_tables', 'mounts']
        daemon.wait_until(sessions_and(lambda page: all(last_success(page, name) > last_success(seen, name) for name in others)),
                          60, 'the others go on')
        page = daemon.metrics()
        assert page['limits_zebra'] == {(('name', 'z'),): 1.0}
        assert not [name for name in page if name.startswith('limits_flood')], 'nothing of half a result'
        counted, known = ({dict(labels)['collector'] for labels in page[name]}
                          for name in ('pgvigil_collector_cut_rows', 'pg_scrape_collector_success'))
        assert {'modest', 'zebra', 'stat_database'} <= known <= counted
        assert most_sessions <= 2
        assert peak_mib(daemon) < usual + MOST_MIB
        assert 'kind=too_large reason="the result has more than 32 MiB"' in daemon.log


def test_labels_of_any_text_stay_apart_and_short(server):
    with watching(server, {'hostile': HOSTILE}) as daemon:
        page = daemon.wait_until(lambda page: 'limits_hostile' in page, 60)
        names = [dict(labels)['name'] for labels in page['limits_hostile']]
        assert len(names) == 5
        assert 'two\nlines "quoted" \\' in names
        long = sorted(name for name in names if name.startswith('한'))
        assert len(long) == 2 and long[0] != long[1]
        assert all(len(name.encode()) <= 512 and re.search('한…[0-9a-f]{16}$', name) for name in long)


def test_rows_over_the_budget_are_cut_and_counted(server):
    with watching(server, {'many': "SELECT 'row ' || i AS name, i AS n FROM generate_series(1, 30000) i ORDER BY i"}) as daemon:
        page = daemon.wait_until(lambda page: 'limits_many' in page, 60)
        assert sorted(page['limits_many'].values()) == list(range(1, 1001))
        assert daemon.value('pgvigil_collector_cut_rows', collector='many') == 29000


def test_the_log_tells_a_problem_once_and_in_few_words(server):
    noisy = {'numbers': "SELECT 'a' AS name, (random()::text || 'x')::int AS n",
             'verbose': "SELECT 'a' AS name, (repeat('x', 1000000) || random()::text)::int AS n"}
    crowd = {f'crowd{i:03}': f"SELECT 'a' AS name, nothing{i} AS n" for i in range(150)}
    with watching(server, {**noisy, **crowd}) as daemon:
        daemon.wait_until(lambda page: page.get('pgvigil_collector_errors_total', {}).get(
            (('collector', 'numbers'), ('kind', 'sql')), 0) >= 3, 60, 'three failures')
        lines = daemon.log.splitlines()
        assert max(map(len, lines)) < 1000
        failed = [line for line in lines if 'msg="collector failed"' in line]
        assert 100 <= len(failed) <= 110
        assert sum('collector=numbers ' in line for line in failed) <= 1
        assert any('msg="lines are left out from here" of="collector failed"' in line for line in lines)
        reason = next(entry['reason'] for entry in daemon.status()['collectors'] if entry['name'] == 'verbose')
        assert len(reason.encode()) <= 500


def test_the_disk_and_the_container_are_read_while_the_server_is_down():
    with monitored(14) as server, watching(server, {}) as daemon:
        daemon.wait_until(lambda page: 'pg_mount_available_bytes' in page, 60)
        known = daemon.metrics()['pg_mount_size_bytes'].keys()
        server.stop()
        down = daemon.wait_until_up(0, timeout=60)
        page = daemon.wait_until(lambda page: last_success(page, 'mounts') > last_success(down, 'mounts') + 1, 60, 'fresh mounts')
        assert page['pg_up'] == {(): 0.0}
        assert page['pg_mount_size_bytes'].keys() == known
        states = {entry['name']: entry for entry in daemon.status()['collectors']}
        assert states['mounts']['outcome'] == 'ok'
        assert states['container']['outcome'] in ('ok', 'skipped')
        assert ('pg_container_memory_working_set_bytes' in page) == (states['container']['outcome'] == 'ok')
        server.start()
        daemon.wait_until_up(timeout=60)
