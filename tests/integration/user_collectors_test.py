"""Collectors of a user's own, in both formats, and Bill-Inquiry's: beside the built-in ones on a real server."""

import json
import re
import tempfile
from contextlib import closing, contextmanager

import database
import psycopg2
import pytest
from pgbouncer import Pgbouncer
from pgvigil import EVERY_SECOND, ROOT, Daemon, monitored, parse_metrics, run
from postgres_exporter import page_of

QUERIES = ROOT / 'tests/config/queries'
DATABASE = ROOT / 'deploy/database'
BILLS = 'bill_inquiry_db'
TABLES = ['customer_info', 'bill_inquiry_history', 'kos_inquiry_history', 'bill_info_cache', 'system_config']

# Each goes wrong in its own way; `orders` and `path` do not.
MIXED = '''
collectors:
  orders:
    interval: 1s
    query: SELECT state, count(*) AS orders, bool_or(late) AS late, max(changed) AS changed FROM orders GROUP BY state;
    metrics:
      state: label
      orders: {gauge: shop_orders, help: Orders by state.}
      late: {gauge: shop_late, help: Whether any is late.}
      changed: {gauge: shop_last_change_timestamp_seconds, help: When one last changed.}
  path:
    interval: 1s
    query: SELECT current_setting('search_path') AS path, current_setting('transaction_read_only') AS read_only, 1 AS n
    metrics: {path: label, read_only: label, n: {gauge: shop_path, help: The search path.}}
  no_table: {interval: 1s, query: SELECT n FROM nowhere, metrics: {n: {gauge: shop_no_table, help: Never.}}}
  no_number: {interval: 1s, query: SELECT 'x' AS n, metrics: {n: {gauge: shop_no_number, help: Never.}}}
  no_column: {interval: 1s, query: SELECT 1 AS m, metrics: {n: {gauge: shop_no_column, help: Never.}}}
  too_slow: {interval: 1s, timeout: 100ms, query: SELECT pg_sleep(9) AS n, metrics: {n: {gauge: shop_slow, help: Never.}}}
  two: {interval: 1s, query: SELECT 1 AS n; SELECT 2 AS n, metrics: {n: {gauge: shop_two, help: Never.}}}
  writes: {interval: 1s, query: SELECT nextval('shop.number') AS n, metrics: {n: {gauge: shop_writes, help: Never.}}}
'''
SHOP = """
    CREATE SCHEMA shop; GRANT USAGE ON SCHEMA shop TO pgvigil;
    CREATE TABLE shop.orders AS SELECT g AS id, CASE WHEN g < 3 THEN 'new' ELSE 'done' END AS state, g = 1 AS late,
                                       timestamptz '2026-01-31 00:00:00.5+09' AS changed FROM generate_series(1, 5) g;
    CREATE SEQUENCE shop.number;
    GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA shop TO pgvigil; GRANT SELECT ON shop.orders TO pgvigil;
    ALTER ROLE pgvigil SET search_path = shop, public;
"""
CHANGED = 1769785200.5


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        server.sql(SHOP)
        server.sql('CREATE DATABASE other')
        yield server


@pytest.fixture(scope='module')
def bills():
    """A server set up as deploy/database says, with rows of now and of long ago."""
    with monitored(14, settings={'timezone': 'Asia/Seoul'}) as server:
        database.create(server)
        yield server


def written(text):
    """A file with that text, gone when it is closed."""
    file = tempfile.NamedTemporaryFile('w', suffix='.yml', encoding='utf-8')
    file.write(text)
    file.flush()
    return file


@contextmanager
def watching(server, text, *args, **more):
    with written(text) as file, Daemon('--dsn', server.dsn(user='pgvigil'), f'--collectors.file={file.name}', *args,
                                       **more) as daemon:
        yield daemon


def outcomes(daemon, name):
    return [(each['outcome'], each['reason']) for each in daemon.status()['collectors'] if each['name'] == name]


def check(yaml, flag='--collectors.file'):
    with written(yaml) as file:
        done = run('check', f'{flag}={file.name}', '--dsn', 'host=127.0.0.1 port=1')
        return done, done.stderr.replace(file.name, 'FILE')


def test_a_users_collector_runs_beside_the_others_whatever_goes_wrong(server):
    with watching(server, MIXED, config='') as daemon:  # the built-in ones at their own pace
        page = daemon.wait_for_polls(2)
        assert page['shop_orders'] == {(('state', 'new'),): 2, (('state', 'done'),): 3}
        assert page['shop_late'] == {(('state', 'new'),): 1, (('state', 'done'),): 0}
        assert set(page['shop_last_change_timestamp_seconds'].values()) == {CHANGED}
        assert page['shop_path'] == {(('path', 'shop, public'), ('read_only', 'on')): 1}
        said = {name: outcomes(daemon, name)[0][1] for name in
                ['no_table', 'no_number', 'no_column', 'too_slow', 'two', 'writes']}
        assert said == {
            'no_table': 'relation "nowhere" does not exist', 'no_number': "column n holds 'x', which is not a number",
            'no_column': 'the result has no column n', 'too_slow': 'canceling statement due to statement timeout',
            'two': 'cannot insert multiple commands into a prepared statement',
            'writes': 'cannot execute nextval() in a read-only transaction'}
        failed = {dict(labels)['collector'] for labels, success in page['pg_scrape_collector_success'].items()
                  if not success}
        assert failed == set(said)
        assert page['pg_up'] == {(): 1}


def test_built_in_collectors_keep_a_search_path_that_nobody_can_get_into(server):
    """A table of the role's own schema that hides a catalogue's would be found by an unqualified name."""
    server.sql('CREATE TABLE shop.pg_class (n int); GRANT SELECT ON shop.pg_class TO pgvigil')
    with watching(server, MIXED) as daemon:
        page = daemon.wait_for_polls(2)
        wrong = {dict(labels)['collector'] for labels in page['pgvigil_collector_errors_total']
                 if dict(labels)['kind'] in ('sql', 'contract')}
        assert wrong == {'no_table', 'no_number', 'no_column', 'two', 'writes'}
    server.sql('DROP TABLE shop.pg_class')


def test_behind_a_pooler_too_it_has_the_roles_search_path(server):
    server.sql('CREATE ROLE shared LOGIN IN ROLE pg_monitor; ALTER ROLE shared SET search_path = shop, public')
    server.sql('CREATE DATABASE bills')
    with Pgbouncer(server, 'transaction', 1) as pooler, written(MIXED) as file:
        with Daemon('--dsn', pooler.dsn, f'--collectors.file={file.name}') as daemon:
            page = daemon.wait_for_polls(1)
            assert page['shop_path'] == {(('path', 'shop, public'), ('read_only', 'on')): 1}
    server.sql('DROP DATABASE bills')


def test_at_database_scope_each_database_has_its_samples(server):
    everywhere = '''
collectors:
  everywhere: {scope: database, interval: 1s, query: SELECT 1 AS n, metrics: {n: {gauge: shop_everywhere, help: One.}}}
  there: {databases: [other], interval: 1s, query: SELECT 1 AS n, metrics: {n: {gauge: shop_there, help: One.}}}
  nowhere: {databases: [gone], query: SELECT 1 AS n, metrics: {n: {gauge: shop_nowhere, help: One.}}}
'''
    with watching(server, everywhere) as daemon:
        both = {(('datname', 'other'),): 1, (('datname', 'postgres'),): 1}
        page = daemon.wait_until(lambda page: page.get('shop_everywhere') == both)
        assert page['shop_there'] == {(('datname', 'other'),): 1}
        assert 'shop_nowhere' not in page
        assert outcomes(daemon, 'there') == [('ok', '')]
        assert outcomes(daemon, 'nowhere') == [('skipped', 'there is no database to visit')]


def test_explain_runs_a_users_collector_where_it_belongs(server):
    text = 'collectors: {there: {databases: [other], query: SELECT 1 AS n, metrics: {n: {gauge: n, help: N.}}}}'
    with written(text) as file:
        done = run('explain', 'there', '--json', f'--collectors.file={file.name}', '--dsn', server.dsn(user='pgvigil'))
        assert (done.returncode, done.stderr) == (0, '')
        assert [(each['database'], each['outcome']) for each in json.loads(done.stdout)] == [('other', 'ok')]
        done = run('explain', 'ther', f'--collectors.file={file.name}', '--dsn', server.dsn(user='pgvigil'))
        assert (done.returncode, done.stderr) == (2, "pgvigil: unknown collector 'ther'; did you mean 'there'?\n")


def test_the_configuration_changes_a_users_collector_as_any_other(server):
    with watching(server, MIXED, '--no-collector.path', config=EVERY_SECOND + '  orders: {enabled: false}\n') as daemon:
        page = daemon.metrics()
        assert 'shop_orders' not in page and 'shop_path' not in page
        assert outcomes(daemon, 'orders') == outcomes(daemon, 'path') == []


def test_a_file_with_a_mistake_stops_us_at_the_start_with_its_line():
    done, said = check('collectors:\n  orders:\n    query: SELECT 1\n    metrics:\n      n: {counter: shop_orders, help: X.}')
    assert (done.returncode, done.stdout) == (2, '')
    assert said == "pgvigil: FILE:5: collectors.orders: a counter's name ends in _total (shop_orders)\n"
    done, said = check('pg_a:\n  query: SELECT 1\n  metrics:\n  - n: {usage: DURATION}', '--extend.query-path')
    assert done.returncode == 2
    assert said.startswith("pgvigil: FILE:4: pg_a.metrics.n: the usage 'DURATION' is not supported; ")


def test_the_annotated_example_loads(server):
    example = ROOT / 'docs/collectors.example.yml'
    done = run('explain', 'orders', f'--collectors.file={example}', '--dsn', server.dsn(user='pgvigil'))
    assert 'database "shop" does not exist' in done.stderr
    done = run('explain', 'standbys', f'--collectors.file={example}', '--dsn', server.dsn(user='pgvigil'))
    assert (done.returncode, done.stderr) == (0, '')
    assert 'outcome  ok' in done.stdout


def test_the_classic_queries_yaml_works(server):
    with Daemon('--dsn', server.dsn(user='pgvigil'), f'--extend.query-path={QUERIES}/classic.yaml') as daemon:
        page = daemon.wait_for_polls(1)
        assert page['pg_up'] == {(): 1}
        assert outcomes(daemon, 'pg_replication') == outcomes(daemon, 'pg_statio_user_tables') == [('ok', '')]
        table = {'datname': 'postgres', 'schemaname': 'shop', 'relname': 'orders'}
        assert daemon.value('pg_statio_user_tables_heap_blks_hit', **table) > 0
        assert 'pg_replication_lag' not in page  # NULL on a primary
        assert outcomes(daemon, 'pg_stat_statements')[0] == ('failed', 'column "total_time" does not exist')
        assert daemon.value('pg_database_size_bytes', datname='postgres') > 0  # as pgvigil has it
        left_out = re.findall(r'classic.yaml:\d+: (\S+) left out: the built-in collector (\S+) exports it', daemon.log)
        assert left_out == [('pg_postmaster', 'postmaster'), ('pg_stat_user_tables', 'stat_user_tables'),
                            ('pg_database', 'database')]


def test_a_houses_queries_yaml_works(server):
    env = {'PG_EXPORTER_EXTEND_QUERY_PATH': str(QUERIES / 'house.yaml')}
    with Daemon('--dsn', server.dsn(user='pgvigil'), env=env) as daemon:
        page = daemon.wait_for_polls(1)
        assert page['shop_orders_count'] == {(('state', 'new'),): 2, (('state', 'done'),): 3}
        assert page['shop_orders_late'][(('state', 'new'),)] == 1
        assert page['shop_orders_last_change'][(('state', 'new'),)] == CHANGED
        assert not {'shop_orders_returned', 'shop_orders_first_change', 'pg_in_recovery_ignored'} & set(page)
        assert page['pg_in_recovery_recovery'] == {(): 0}
        assert daemon.value('client_connections_count', datname='postgres', usename='pgvigil', appname='pgvigil') > 0
        assert daemon.value('pg_database_age', datname='other') > 0
        assert outcomes(daemon, 'pg_later') == [('skipped', 'needs PostgreSQL 40')]
        assert 'house.yaml:53: pg_database without pg_database_size_bytes: the built-in collector database exports it' in daemon.log
        # A busy machine leaves one of the databases for the next round, a minute later.
        daemon.wait_until(lambda page: page['pg_exporter_last_scrape_error'] == {(): 0}, 90)


def test_queries_run_in_each_database_where_they_are_all_discovered(server):
    house = f'--extend.query-path={QUERIES}/house.yaml'
    with Daemon('--dsn', server.dsn(user='pgvigil'), house, '--auto-discover-databases') as daemon:
        both = {(('datname', 'other'),), (('datname', 'postgres'),)}
        page = daemon.wait_until(lambda page: set(page.get('pg_in_recovery_recovery', {})) == both)
        assert page['shop_orders_count'] == {(('state', 'new'),): 2, (('state', 'done'),): 3}  # master: true
        assert "datname holds 'postgres', not the visited database" in outcomes(daemon, 'pg_database')[0][1]


WAITS = """
    CREATE TABLE shop.wait AS
    SELECT till, seconds FROM (VALUES ('a', 0.05), ('a', 0.1), ('a', 30), ('a', 100), ('b', 0.5)) wait (till, seconds);
    GRANT SELECT ON shop.wait TO pgvigil;
"""
HISTOGRAM = """\
# HELP shop_waits_seconds How long customers waited.
# TYPE shop_waits_seconds histogram
shop_waits_seconds_count{till="a"} 4
shop_waits_seconds_sum{till="a"} 130.15
shop_waits_seconds_bucket{till="a",le="0.1"} 2
shop_waits_seconds_bucket{till="a",le="1"} 2
shop_waits_seconds_bucket{till="a",le="60"} 3
shop_waits_seconds_bucket{till="a",le="+Inf"} 4
shop_waits_seconds_count{till="b"} 1
shop_waits_seconds_sum{till="b"} 0.5
shop_waits_seconds_bucket{till="b",le="0.1"} 0
shop_waits_seconds_bucket{till="b",le="1"} 1
shop_waits_seconds_bucket{till="b",le="60"} 1
shop_waits_seconds_bucket{till="b",le="+Inf"} 1
"""


def test_a_histogram_is_as_postgres_exporter_has_it(server):
    queries = f'--extend.query-path={QUERIES}/histogram.good.yml'
    server.sql(WAITS)
    with Daemon('--dsn', server.dsn(user='pgvigil'), queries) as daemon:
        page = daemon.get('/metrics').text
    assert ''.join(line for line in page.splitlines(True) if 'shop_waits_seconds' in line) == HISTOGRAM

    ours, theirs = parse_metrics(page), parse_metrics(page_of(server, queries))
    for suffix in ('count', 'sum', 'bucket'):
        metric = f'shop_waits_seconds_{suffix}'
        assert without(theirs[metric], 'server') == ours[metric]


def without(samples, name):
    """Samples without a label."""
    return {tuple(label for label in labels if label[0] != name): value for labels, value in samples.items()}


# Bill-Inquiry's.

def inquiry(server, status, age, **columns):
    """An inquiry requested so many seconds ago, with a call to KOS if there are columns of it."""
    with closing(server.connect(BILLS)) as connection, connection.cursor() as cursor:
        cursor.execute('INSERT INTO bill_inquiry_history (request_id, user_id, line_number, status, request_time)'
                       " VALUES (gen_random_uuid(), 'U', '010', %s, now() - %s * interval '1 second')"
                       ' RETURNING request_id', [status, age])
        if columns:
            cursor.execute('INSERT INTO kos_inquiry_history (bill_request_id, line_number, request_time, response_time,'
                           ' result_code, retry_count, circuit_breaker_state) VALUES (%s, %s, now() - %s * interval'
                           " '1 second', now() - %s * interval '1 second', %s, %s, %s)",
                           [cursor.fetchone()[0], '010', age, columns['answered'], columns['result'],
                            columns['retries'], columns['breaker']])


def fill(server):
    inquiry(server, 'COMPLETED', 100, answered=98, result='0000', retries=0, breaker='CLOSED')
    inquiry(server, 'COMPLETED', 90, answered=89, result='0000', retries=1, breaker='CLOSED')
    inquiry(server, 'FAILED', 80, answered=None, result=None, retries=3, breaker='HALF_OPEN')
    inquiry(server, 'PROCESSING', 60)
    inquiry(server, 'PROCESSING', 7200)
    inquiry(server, 'TIMEOUT', 7200, answered=7000, result='E500', retries=3, breaker='OPEN')
    server.sql("""
        INSERT INTO bill_info_cache (cache_key, line_number, inquiry_month, bill_info_json, cached_at, expires_at,
                                     access_count)
        VALUES ('a', '010', '2026-01', '{}', now() - interval '1 hour', now() + interval '1 hour', 4),
               ('b', '010', '2026-02', '{}', now() - interval '3 hours', now() - interval '1 minute', 2);
        INSERT INTO customer_info (customer_id, line_number, operator_code, expires_at)
        VALUES ('1', '010', 'M', now() + interval '1 hour'), ('2', '011', 'M', now() - interval '1 hour'),
               ('3', '012', 'M', now() - interval '1 hour');
        INSERT INTO audit.backup_history (kind, started_at, finished_at, succeeded, size_bytes)
        VALUES ('backup', '2026-01-30 02:00+09', '2026-01-30 02:05+09', true, 1000),
               ('backup', '2026-01-31 02:00+09', '2026-01-31 02:05+09', false, NULL),
               ('backup', '2026-02-01 02:00+09', NULL, NULL, NULL);
    """, dbname=BILLS)


@contextmanager
def bill_inquiry(server):
    """A daemon with Bill-Inquiry's collectors, each every second, as the dashboards' reader sees it."""
    names = re.findall(r'^  (\w+):$', (DATABASE / 'collectors.yml').read_text(), re.M)
    quick = EVERY_SECOND + ''.join(f'  {name}: {{interval: 1s, timeout: 1s}}\n' for name in names)
    with Daemon('--dsn', server.dsn(user='pgvigil', dbname=BILLS), f'--collectors.file={DATABASE}/collectors.yml',
                config=quick) as daemon:
        for name in names:
            assert outcomes(daemon, name) == [('ok', '')], name
        yield daemon


def by(page, metric, label=None):
    """The samples of a metric by one of its labels; all carry the database's name."""
    assert all(dict(labels)['datname'] == BILLS for labels in page.get(metric, {}))
    return {dict(labels).get(label): value for labels, value in page.get(metric, {}).items()}


def test_an_empty_service_has_zeros_where_zero_is_true(bills):
    with bill_inquiry(bills) as daemon:
        page = daemon.metrics()
        assert by(page, 'bill_inquiry_recent_inquiries', 'status') == dict.fromkeys(
            ['PROCESSING', 'COMPLETED', 'FAILED', 'TIMEOUT'], 0)
        assert by(page, 'bill_inquiry_oldest_processing_age_seconds') == {None: 0}
        assert by(page, 'bill_cache_entries', 'freshness') == {'fresh': 0, 'expired': 0}
        assert by(page, 'bill_cache_accesses') == {None: 0}
        absent = ['bill_inquiry_recent_failure_ratio', 'kos_recent_calls', 'kos_recent_response_mean_seconds',
                  'kos_circuit_breaker_state', 'bill_cache_oldest_age_seconds', 'pg_backup_last_success']
        assert not set(absent) & set(page)


def test_a_busy_service_has_its_figures(bills):
    fill(bills)
    with bill_inquiry(bills) as daemon:
        page = daemon.metrics()
        assert by(page, 'bill_inquiry_recent_inquiries', 'status') == {
            'PROCESSING': 1, 'COMPLETED': 2, 'FAILED': 1, 'TIMEOUT': 0}
        assert by(page, 'bill_inquiry_recent_failure_ratio') == {None: 0.25}
        assert 7200 <= by(page, 'bill_inquiry_oldest_processing_age_seconds')[None] < 7300
        assert by(page, 'kos_recent_calls', 'result_code') == {'0000': 2, 'none': 1}
        assert by(page, 'kos_recent_response_mean_seconds') == {None: pytest.approx(1.5, abs=0.01)}
        assert by(page, 'kos_recent_response_max_seconds') == {None: pytest.approx(2, abs=0.01)}
        assert by(page, 'kos_recent_retry_mean') == {None: pytest.approx(4 / 3)}
        assert by(page, 'kos_circuit_breaker_state', 'state') == {'CLOSED': 0, 'OPEN': 0, 'HALF_OPEN': 1}
        assert by(page, 'bill_cache_entries', 'freshness') == {'fresh': 1, 'expired': 1}
        assert 3 * 3600 <= by(page, 'bill_cache_oldest_age_seconds')[None] < 3 * 3600 + 100
        assert by(page, 'bill_cache_accesses') == {None: 6}
        assert by(page, 'bill_customer_cache_entries', 'freshness') == {'fresh': 1, 'expired': 2}
        assert by(page, 'pg_backup_last_success_timestamp_seconds', 'kind') == {'backup': 1769706300}
        assert by(page, 'pg_backup_last_size_bytes', 'kind') == {'backup': 1000}
        assert by(page, 'pg_backup_last_success', 'kind') == {'backup': 0}


def ask_as_pgvigil(server, query):
    with closing(server.connect(BILLS, 'pgvigil')) as connection, connection.cursor() as cursor:
        cursor.execute(query)


def test_the_exporters_role_reads_sums_and_no_row(bills):
    for table in [*TABLES, 'audit.backup_history']:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask_as_pgvigil(bills, f'SELECT * FROM {table} LIMIT 1')
    assert bills.sql("SELECT table_name FROM information_schema.table_privileges WHERE grantee = 'pgvigil'"
                     " AND (table_schema <> 'audit' OR privilege_type <> 'SELECT')", dbname=BILLS) == []


def test_recent_figures_are_found_by_the_index_on_time(bills):
    bills.sql("""
        INSERT INTO bill_inquiry_history (request_id, user_id, line_number, status, request_time)
        SELECT g, 'U', '010', 'COMPLETED', now() - interval '10 minutes' - g * interval '1 second'
          FROM generate_series(1, 20000) g;
        INSERT INTO kos_inquiry_history (line_number, result_code, request_time)
        SELECT '010', '0000', now() - interval '10 minutes' - g * interval '1 second' FROM generate_series(1, 20000) g;
        ANALYZE;
    """, dbname=BILLS)
    for view, index in [('bill_inquiry_recent', 'bill_inquiry_history_request_time_idx'),
                        ('bill_inquiry_processing', 'bill_inquiry_history_status_idx'),
                        ('kos_recent', 'kos_inquiry_history_request_time_idx'),
                        ('kos_circuit_breaker', 'kos_inquiry_history_request_time_idx')]:
        plan = str(bills.sql(f'EXPLAIN SELECT * FROM audit.{view}', dbname=BILLS))
        assert index in plan and 'Seq Scan' not in plan, plan
