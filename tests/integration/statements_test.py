"""pg_stat_statements in every state that it can be in, and counters that never fall whatever the server forgets.

VERSIONS in the environment names others than the oldest and the newest.
"""

import os
import re
from contextlib import closing

import psycopg2
import pytest
from pgvigil import EVERY_SECOND, ROOT, Daemon, monitored, run

VERSIONS = [int(version) for version in os.environ.get('VERSIONS', '13,18').split(',')]
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


def room_for(rows):
    """Every second, with so many series of statements."""
    return EVERY_SECOND.replace(' stat_statements: {', f' stat_statements: {{max_rows: {rows}, ')


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
        lacking = {name for name, reason in skipped.items() if reason == 'permission'}
        assert {'blocking', 'stat_activity', 'stat_statements', 'wal', 'xmin_horizon'} <= lacking
        assert set(skipped.values()) == {'not_visible', 'permission', 'role', 'version'}
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


# What each metric is the sum of, by the version that the server's own extension has it from on.
DETAIL = {
    'calls': (13, 'calls'),
    'seconds': (13, 'total_exec_time / 1000'),
    'rows': (13, 'rows'),
    'plan_seconds': (13, 'total_plan_time / 1000'),
    'plans': (13, 'plans'),
    'shared_hit_bytes': (13, 'shared_blks_hit * 8192'),
    'shared_read_bytes': (13, 'shared_blks_read * 8192'),
    'shared_dirtied_bytes': (13, 'shared_blks_dirtied * 8192'),
    'shared_written_bytes': (13, 'shared_blks_written * 8192'),
    'local_hit_bytes': (13, 'local_blks_hit * 8192'),
    'local_read_bytes': (13, 'local_blks_read * 8192'),
    'local_dirtied_bytes': (13, 'local_blks_dirtied * 8192'),
    'local_written_bytes': (13, 'local_blks_written * 8192'),
    'temp_read_bytes': (13, 'temp_blks_read * 8192'),
    'temp_written_bytes': (13, 'temp_blks_written * 8192'),
    'wal_records': (13, 'wal_records'),
    'wal_full_page_images': (13, 'wal_fpi'),
    'wal_bytes': (13, 'wal_bytes'),
    'nested_calls': (14, 'calls) FILTER (WHERE NOT toplevel'),
    'nested_seconds': (14, 'total_exec_time / 1000) FILTER (WHERE NOT toplevel'),
    'temp_block_read_seconds': (15, 'temp_blk_read_time / 1000'),
    'temp_block_write_seconds': (15, 'temp_blk_write_time / 1000'),
    'jit_functions': (15, 'jit_functions'),
    'jit_generation_seconds': (15, 'jit_generation_time / 1000'),
    'jit_inlining_seconds': (15, 'jit_inlining_time / 1000'),
    'jit_optimization_seconds': (15, 'jit_optimization_time / 1000'),
    'jit_emission_seconds': (15, 'jit_emission_time / 1000'),
    'block_read_seconds': (17, '(shared_blk_read_time + local_blk_read_time) / 1000'),
    'block_write_seconds': (17, '(shared_blk_write_time + local_blk_write_time) / 1000'),
    'jit_deform_seconds': (17, 'jit_deform_time / 1000'),
    'wal_buffers_full': (18, 'wal_buffers_full'),
    'parallel_workers_to_launch': (18, 'parallel_workers_to_launch'),
    'parallel_workers_launched': (18, 'parallel_workers_launched'),
}
BLOCK_TIME = {'block_read_seconds': 'blk_read_time / 1000', 'block_write_seconds': 'blk_write_time / 1000'}  # before 17

# Something of everything: nested calls, temporary tables and files, WAL, parallel workers.
WORK = """
    CREATE TABLE bill AS SELECT g AS id, repeat('x', 100) AS text FROM generate_series(1, 20000) g;
    CREATE TEMP TABLE scratch AS SELECT * FROM bill; SELECT count(*) FROM scratch;
    CREATE FUNCTION nested() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM bill); END $$;
    SELECT nested() FROM generate_series(1, 3);
    SELECT count(*) FROM bill;
    SET work_mem = '64kB';
    SELECT max(id) FROM (SELECT id FROM bill ORDER BY text, id OFFSET 1) sorted;
    UPDATE bill SET text = 'y' WHERE id < 500;
"""


@pytest.fixture(scope='module', params=VERSIONS)
def busy(request):
    settings = {'pg_stat_statements.track': 'all', 'pg_stat_statements.track_planning': True, 'track_io_timing': True,
                'pg_stat_statements.max': 100}
    with monitored(request.param, settings=settings) as server:
        server.sql(WORK)
        yield server


def unseen(server, sql):
    """Asks without leaving a trace in pg_stat_statements."""
    with closing(psycopg2.connect(server.dsn() + " options='-c pg_stat_statements.track=none'")) as session:
        with session.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()


def sums(page, names):
    return {name: sum(page[f'pg_stat_statements_{name}_total'].values()) for name in names}


def expected(server):
    exprs = {name: expr for name, (since, expr) in DETAIL.items() if server.version >= since}
    if server.version < 17:
        exprs |= BLOCK_TIME
    columns = ', '.join(f'coalesce(sum({expr}), 0)::float' for expr in exprs.values())
    return dict(zip(exprs, unseen(server, f'SELECT {columns} FROM pg_stat_statements')[0]))


def test_the_sum_over_all_series_is_that_of_the_view(busy):
    wanted = expected(busy)
    assert wanted['temp_written_bytes'] > 0 and wanted['local_hit_bytes'] > 0 and wanted['wal_bytes'] > 0
    assert wanted.get('nested_calls', 3) >= 3
    with Daemon('--collector.stat_statements_detail', '--dsn', busy.dsn(user='pgvigil'),
                config=room_for(5)) as daemon:
        page = daemon.wait_for_polls(1, timeout=60)
        assert sums(page, wanted) == pytest.approx(wanted)
        absent = {name for name in DETAIL if name not in wanted}
        assert not [name for name in absent if f'pg_stat_statements_{name}_total' in page]
        for _ in range(3):
            busy.sql('SELECT count(*) FROM pg_class; SELECT nested()')
        wanted = expected(busy)
        page = daemon.wait_until(lambda page: sums(page, ['calls'])['calls'] >= wanted['calls'], timeout=60)
        assert sums(page, wanted) == pytest.approx(wanted)
        assert {*page['pg_stat_statements_calls_total']} == {*page['pg_stat_statements_plans_total']}
        assert len(page['pg_stat_statements_calls_total']) == 5
        assert {dict(labels)['user'] for labels in page['pg_stat_statements_calls_total']} == {'postgres', ''}


def test_evictions_all_the_time_neither_lower_a_counter_nor_count_twice(busy):
    executed = 0
    with Daemon('--dsn', busy.dsn(user='pgvigil'), config=room_for(11)) as daemon:
        first = before = daemon.metrics()
        for round_ in range(4):
            statements = [f'SELECT {" + ".join(["1"] * (1 + number))}' for number in range(round_, 160, 1 + round_)]
            with closing(busy.connect()) as session, session.cursor() as cursor:
                for statement in statements:
                    for _ in range(2):
                        cursor.execute(statement)
                        executed += 1
            after = daemon.wait_for_polls(1, timeout=60)
            assert_none_fell(counters(before), counters(after))
            before = after
        grown = calls(after) - calls(first)
        assert 100 <= grown <= executed + 50  # and what the harness itself asked
        assert unseen(busy, 'SELECT sum(calls) FROM pg_stat_statements')[0][0] <= calls(after)
        if busy.version >= 14:
            assert daemon.value('pg_stat_statements_dealloc_total') == unseen(
                busy, 'SELECT dealloc FROM pg_stat_statements_info')[0][0] > 0
            assert daemon.value('pg_stat_statements_entries') == unseen(
                busy, 'SELECT count(*) FROM pg_stat_statements')[0][0]
            assert daemon.value('pg_stat_statements_stats_reset_timestamp_seconds') == pytest.approx(unseen(
                busy, 'SELECT extract(epoch FROM stats_reset)::float FROM pg_stat_statements_info')[0][0])


def test_texts_are_those_of_statements_that_have_series_and_never_of_utility_statements(busy):
    busy.sql('SELECT pg_stat_statements_reset()')
    busy.sql("CREATE ROLE secretive PASSWORD 'hush'; DROP ROLE secretive")
    busy.sql('(SELECT /* why */ count(*) FROM pg_class)')
    with Daemon('--collector.stat_statements_text', '--dsn', busy.dsn(user='pgvigil')) as daemon:
        texts = 'pg_stat_statements_query_id'
        page = daemon.wait_until(lambda page: texts in page, timeout=60)
        assert any('/* why */' in dict(labels)['query'] for labels in page[texts])
        assert 'hush' not in daemon.get('/metrics').text
        busy.sql('-- new\nSELECT count(*) FROM pg_type')
        page = daemon.wait_until(lambda page: any('pg_type' in dict(labels)['query'] for labels in page[texts]), timeout=60)
        shown = {dict(labels)['queryid'] for labels in page['pg_stat_statements_calls_total']}
        assert {dict(labels)['queryid'] for labels in page[texts]} <= shown


@pytest.mark.parametrize('version', [14, 18])
def test_nothing_of_ours_is_in_it_where_the_role_is_made_as_the_manual_says(version):
    block = re.search(r'```sql\n(.*?)```', (ROOT / 'docs/privileges.md').read_text(encoding='utf-8'), re.S)[1]
    settings = {'pg_stat_statements.track': 'all', 'pg_stat_statements.track_planning': True}
    with monitored(version, settings=settings) as server:
        server.sql('DROP OWNED BY pgvigil; DROP ROLE pgvigil')
        server.sql(block)
        server.sql('CREATE DATABASE other')
        server.sql('CREATE TABLE bill (id int)', dbname='other')
        mine = ("SELECT query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = 'pgvigil'")
        with Daemon('--collector.stat_statements_detail', '--collector.stat_statements_text', '--dsn',
                    server.dsn(user='pgvigil')) as daemon:
            daemon.wait_for_polls(5, timeout=60)
            daemon.wait_until(lambda page: any(dict(labels)['datname'] == 'other'
                                               for labels in page['pg_stat_user_tables_seq_scan']), timeout=60)
            run('explain', '--dsn', server.dsn(user='pgvigil'))
        assert server.sql(mine) == []
        assert server.sql('SELECT count(*) FROM pg_stat_statements')[0][0] > 0
        # It is the role's setting that keeps them out.
        server.sql('ALTER ROLE pgvigil RESET pg_stat_statements.track')
        with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
            daemon.wait_for_polls(1, timeout=60)
        assert server.sql(mine) != []
