"""pg_stat_statements in every state that it can be in, and counters that never fall whatever the server forgets."""

import pytest
from pgvigil import Daemon, monitored

SLEEP = 'SELECT pg_sleep(0.02)'


@pytest.fixture(scope='module')
def server():
    with monitored(14, extension=False) as server:
        yield server


@pytest.fixture
def extension(server):
    server.sql('CREATE EXTENSION pg_stat_statements')
    yield
    server.sql('DROP EXTENSION pg_stat_statements')


def outcome(daemon, collector='stat_statements'):
    found = next(found for found in daemon.status()['collectors'] if found['name'] == collector)
    return found['outcome'], found['reason']


def others_work(daemon):
    return daemon.value('pg_up') == 1 and set(daemon.metrics()['pg_scrape_collector_success'].values()) == {1}


def counters(page):
    return {(name, labels): value for name, samples in page.items() for labels, value in samples.items()
            if name.startswith(('pg_stat_statements_', 'pgvigil_')) and name.endswith('_total')}


def assert_none_fell(before, after):
    fallen = {key: (value, after[key]) for key, value in before.items() if key in after and after[key] < value}
    assert fallen == {}


def latency(page):
    return page['pgvigil_threshold_value'].get((('rule', 'latency'),))


def calls(page):
    return sum(page['pg_stat_statements_calls_total'].values())


def test_an_absent_extension_is_named(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        assert outcome(daemon) == ('skipped', 'extension pg_stat_statements is not installed in database postgres: '
                                              'CREATE EXTENSION pg_stat_statements')
        assert daemon.value('pgvigil_collector_skipped', collector='stat_statements', reason='extension') == 1
        assert others_work(daemon)


def test_an_extension_made_while_we_watch_is_found(server):
    # Facts are learnt anew each minute, and after each reconnect.
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        server.sql('CREATE EXTENSION pg_stat_statements')
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")
        daemon.wait_until(lambda page: 'pg_stat_statements_calls_total' in page)
        server.sql('DROP EXTENSION pg_stat_statements')
        daemon.wait_until(lambda page: 'pg_stat_statements_calls_total' not in page)
        assert others_work(daemon)


@pytest.mark.parametrize('how', ["VERSION '1.4'", "VERSION '1.7'", 'SCHEMA "My Stats"'])
def test_an_old_version_and_another_schema_will_do(server, how):
    server.sql('CREATE SCHEMA IF NOT EXISTS "My Stats"; GRANT USAGE ON SCHEMA "My Stats" TO pgvigil')
    server.sql(f'CREATE EXTENSION pg_stat_statements {how}')
    try:
        with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
            assert outcome(daemon) == ('ok', '')
            assert calls(daemon.metrics()) >= 1
    finally:
        server.sql('DROP EXTENSION pg_stat_statements')


def test_a_library_that_is_not_preloaded_is_named():
    with monitored(14, settings={'shared_preload_libraries': ''}) as server:
        with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
            assert outcome(daemon) == ('skipped', 'pg_stat_statements must be loaded via shared_preload_libraries')
            assert others_work(daemon)


def test_a_role_without_pg_monitor_is_told_what_it_lacks(server, extension):
    server.sql('DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN')
    with Daemon('--dsn', server.dsn(user='plain')) as daemon:
        assert others_work(daemon)
        skipped = {dict(labels)['collector']: dict(labels)['reason']
                   for labels in daemon.metrics()['pgvigil_collector_skipped']}
        assert skipped == {'mounts': 'not_visible'} | dict.fromkeys(
            ['stat_checkpointer', 'stat_io'], 'version') | dict.fromkeys(
            ['archive_status', 'blocking', 'log_directory', 'long_running_transactions', 'shmem_allocations', 'stat_activity',
             'stat_progress_vacuum', 'stat_progress_vacuum_phase', 'stat_replication', 'stat_ssl', 'stat_statements',
             'temp_files', 'wal', 'xmin_horizon'], 'permission')
        assert 'GRANT pg_monitor TO plain' in outcome(daemon)[1]
        page = daemon.wait_for_polls(1)
        assert {dict(labels)['rule'] for labels in page['pgvigil_threshold_state']} == {'cpu', 'memory'}


def test_a_reset_neither_lowers_a_counter_nor_bends_the_latency(server, extension):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        for _ in range(2):
            before = daemon.metrics()
            for _ in range(10):
                server.sql(SLEEP)
            daemon.wait_until(lambda page: calls(page) >= calls(before) + 10)
            server.sql('SELECT pg_stat_statements_reset()')
            daemon.wait_for_polls(1)
            after = daemon.metrics()
            assert_none_fell(counters(before), counters(after))
            assert 0.01 < latency(after) < 0.03


def test_a_crash_that_loses_the_statistics_does_no_more_than_a_reset(server, extension):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        before = daemon.metrics()
        for _ in range(10):
            server.sql(SLEEP)
        daemon.wait_until(lambda page: calls(page) >= calls(before) + 10)
        server.restart('immediate')
        start = 'pg_postmaster_start_time_seconds'
        daemon.wait_until(lambda page: page.get(start) != before[start])
        daemon.wait_for_polls(1)
        after = daemon.metrics()
        assert_none_fell(counters(before), counters(after))
        assert 0.01 < latency(after) < 0.03
