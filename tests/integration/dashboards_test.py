"""The boards: the rules of Grafana's dashboard-linter, and what real servers and a real Prometheus say to them."""

import json
import re
import subprocess
import tempfile
import threading
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlencode

import database
import psycopg2
import pytest
from boards import BOARDS, OWN, OWN_LABELS, filled, grouped, panels, selectors, strangers, targets
from machine import answers, end, free_port, get, spawn, wait_until
from pgbouncer import Pgbouncer
from pgvigil import EVERY_SECOND, ROOT, Daemon, Postgres, parse_metrics
from psycopg2.extras import PhysicalReplicationConnection
from workload import Workload

DATABASE = database.NAME
UNITS = {'short', 'string', 'percentunit', 's', 'dtdurations', 'bytes', 'binBps', 'ops', 'cpm', 'currencyUSD',
         'dateTimeFromNow'}
TARGETS = targets()
EVERY_TARGET = pytest.mark.parametrize('target', TARGETS, ids=[f'{t.board}/{t.panel}/{t.letter}' for t in TARGETS])
EVERY_BOARD = pytest.mark.parametrize('board', BOARDS)

GONE_WITH_17 = {'pg_stat_bgwriter_buffers_backend_total', 'pg_stat_bgwriter_buffers_backend_fsync_total'}

# Of a container with a CPU quota under version 2 of cgroups: collectors whose accepted pages stand in for one.
CONTAINER = ('container', 'container_pressure')
# What healthy servers of 14 or 18 do not have, or not at once: collectors whose accepted pages stand in for those that do.
SELDOM = ('pgbouncer_pools', 'pgbouncer_databases', 'pgbouncer_lists', 'pgbouncer_config', 'pgbouncer_stats',
          'stat_replication_slots', 'tls', 'database_checksums', 'archive_status', 'recovery', 'stat_subscription', 'log_messages',
          'stat_io', 'stat_progress', 'table_size', 'table_freeze_age')

# Histograms of what has happened; others are of what is the case now.
HISTORIES = {'pg_probe_duration_seconds_bucket'}

ONLY_IN_A_CONTAINER = {'pg_container_cpu_throttled_seconds_total', 'pg_container_pressure_waiting_seconds_total'}


def variables(board):
    return {variable['name']: variable for variable in BOARDS[board]['templating']['list']}


# The linter's rules


@EVERY_BOARD
def test_a_board_cannot_be_edited_and_is_found_by_its_name(board):
    assert (BOARDS[board]['editable'], BOARDS[board]['uid']) == (False, f'pgvigil-{board}')
    assert BOARDS[board]['title'] and BOARDS[board]['description'] and 'pgvigil' in BOARDS[board]['tags']


@EVERY_BOARD
def test_a_board_has_one_data_source_variable(board):
    sources = [variable for variable in variables(board).values() if variable['type'] == 'datasource']
    assert [(v['name'], v['label'], v['query']) for v in sources] == [('datasource', 'Data source', 'prometheus')]


@EVERY_BOARD
def test_job_and_instance_can_be_chosen_several_at_once(board):
    for name, label in ('job', 'Job'), ('instance', 'Instance'):
        variable = variables(board)[name]
        assert (variable['type'], variable['label'], variable['multi'], variable['allValue']) == ('query', label, True, '.+')


@EVERY_BOARD
def test_queried_variables_follow_the_time_range_and_the_data_source(board):
    for variable in variables(board).values():
        if variable['type'] == 'query':
            assert (variable['refresh'], variable['datasource']['uid']) == (2, '${datasource}'), variable['name']


@EVERY_BOARD
def test_each_panel_says_what_it_shows_in_which_unit_and_from_which_source(board):
    titles = set()
    for panel in panels(board):
        assert panel['title'] and panel['description'].endswith('.'), panel['title']
        assert panel['datasource']['uid'] == '${datasource}', panel['title']
        assert panel['targets'], panel['title']
        units = [panel['fieldConfig']['defaults']['unit'],
                 *(p['value'] for o in panel['fieldConfig']['overrides'] for p in o['properties'] if p['id'] == 'unit')]
        assert set(units) <= UNITS, panel['title']
        titles.add(panel['title'])
    assert titles


@EVERY_TARGET
def test_each_selector_keeps_to_the_chosen_job_and_instance(target):
    assert strangers(target.expr) == set()
    for selector in selectors(target.expr):
        assert selector.matchers.get('job') == ('=~', '"$job"'), selector.metric
        assert selector.matchers.get('instance') == ('=~', '"$instance"'), selector.metric


@EVERY_TARGET
def test_rates_follow_the_resolution_of_the_graph(target):
    for selector in selectors(target.expr):
        if re.search(r'\bi?rate\($', selector.before):
            assert selector.after.startswith('[$__rate_interval]'), selector.metric


@EVERY_BOARD
def test_links_lead_to_boards_and_variables_that_exist(board):
    for url in re.findall(r'/d/pgvigil-[^"]*', json.dumps(BOARDS[board])):
        there = re.match(r'/d/pgvigil-([\w-]+)\?', url)[1]
        assert set(re.findall(r'&var-(\w+)=', url)) <= set(variables(there)), url


# Real servers


@contextmanager
def bill_inquiry(version=14, settings=None):
    """A server with the service's database, under its small workload."""
    with Postgres(version, settings={'track_io_timing': True, **(settings or {})}) as server, ExitStack() as ends:
        database.create(server)
        workload = Workload(dsn=server.dsn(DATABASE, 'billing_app'))
        workload.start()
        ends.callback(workload.stop)
        wait_until(lambda: server.sql('SELECT count(*) FROM bill_info_cache', dbname=DATABASE)[0][0] > 5, 30)
        yield server


def daemon(server, *args):
    return Daemon('--dsn', server.dsn(DATABASE, 'pgvigil'), '--collector.stat_statements_text',
                  f'--collectors.file={ROOT}/deploy/database/collectors.yml', *args, config=EVERY_SECOND)


UNLUCKY = '''\
collectors:
  failing: {interval: 1s, query: SELECT 1/0 AS x, metrics: {x: {gauge: failing_x, help: It fails.}}}
  skipped: {interval: 1s, role: replica, query: SELECT 1 AS x, metrics: {x: {gauge: skipped_x, help: It does not run.}}}
'''
BUSY = {'max_prepared_transactions': 2, 'archive_mode': True, 'archive_command': 'true', 'max_wal_senders': 4,
        'max_slot_wal_keep_size': '1GB'}


@contextmanager
def streaming(server):
    """A standby as the server sees one: it streams WAL from a slot, and says how far it is."""
    connection = psycopg2.connect(server.dsn(), connection_factory=PhysicalReplicationConnection,
                                  application_name='standby')
    stop = threading.Event()

    def replay(cursor):
        while not stop.wait(0.01):
            message = cursor.read_message()
            if message:
                end_of = message.data_start + len(message.payload)
                cursor.send_feedback(write_lsn=end_of, flush_lsn=end_of, apply_lsn=end_of, force=True)
    with connection.cursor() as cursor:
        server.sql("SELECT pg_create_physical_replication_slot('standby', true)")
        cursor.start_replication(slot_name='standby', start_lsn=server.sql('SELECT pg_current_wal_flush_lsn()::text')[0][0])
        thread = threading.Thread(target=replay, args=[cursor])
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            connection.close()


@contextmanager
def vacuuming(server):
    """A VACUUM that takes long."""
    connection = server.connect(DATABASE)
    cursor = connection.cursor()
    cursor.execute('CREATE TABLE wide AS SELECT g, repeat(g::text, 100) AS t FROM generate_series(1, 20000) g;'
                   "SET vacuum_cost_delay = '100ms'; SET vacuum_cost_limit = 1")

    def run():
        try:
            cursor.execute('VACUUM wide')
        except psycopg2.Error:
            pass  # ended below
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'VACUUM wide'")
        thread.join(10)
        connection.close()


# What comes only after a while.
LATE = {'pgvigil_collector_errors_total', 'pgvigil_collector_skipped', 'pg_stat_archiver_last_archive_age',
        'pg_stat_progress_vacuum_phase', 'pg_stat_replication_replay_lag_seconds', 'pg_stat_statements_query_id'}


def page_with(pgvigil, metrics):
    def page():
        text = pgvigil.get('/metrics').text
        return text if metrics <= set(parse_metrics(text)) else None
    return wait_until(page, 90, f'all of {metrics}')


def everything(version):
    """The page of a server on which all happens that boards show."""
    with bill_inquiry(version, BUSY) as server, tempfile.NamedTemporaryFile('w', suffix='.yml') as unlucky:
        unlucky.write(UNLUCKY)
        unlucky.flush()
        server.sql("INSERT INTO audit.backup_history (kind, finished_at, succeeded, size_bytes)"
                   " VALUES ('backup', now(), true, 1)", dbname=DATABASE)
        server.sql("BEGIN; CREATE TABLE prepared (); PREPARE TRANSACTION 'p'", dbname=DATABASE)
        server.sql('SELECT pg_switch_wal()')
        with streaming(server), vacuuming(server), daemon(server, f'--collectors.file={unlucky.name}') as pgvigil:
            text = page_with(pgvigil, LATE)
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")
            lost = page_with(pgvigil, {'pgvigil_connection_errors_total'})
            text += ''.join(line for line in lost.splitlines(keepends=True) if 'pgvigil_connection_errors_total' in line)
        server.sql("ROLLBACK PREPARED 'p'", dbname=DATABASE)
    return text


@pytest.fixture(scope='module')
def pages():
    """The text of /metrics of PostgreSQL 14 and 18."""
    return {version: everything(version) for version in (14, 18)}


def labels_by_metric(text):
    return {metric: {label for sample in samples for label, _ in sample} for metric, samples in parse_metrics(text).items()}


def accepted(*collectors):
    return ''.join((ROOT / f'tests/golden/{name}.prom').read_text(encoding='utf-8') for name in collectors)


def of_a_container():
    return accepted(*CONTAINER)


@pytest.mark.parametrize('version', [14, 18])
def test_every_metric_and_label_that_a_panel_names_is_on_the_page(pages, version):
    known = {name: labels for name, labels in labels_by_metric(of_a_container()).items() if name in ONLY_IN_A_CONTAINER}
    known |= labels_by_metric(accepted(*SELDOM)) | labels_by_metric(pages[version])
    for target in TARGETS:
        there = set(OWN_LABELS)
        for selector in selectors(target.expr):
            if selector.metric in OWN or (version >= 17 and selector.metric in GONE_WITH_17):
                continue
            assert selector.metric in known, f'{target.board}, {target.panel}: {selector.metric}'
            there |= known[selector.metric]
            missing = set(selector.matchers) - known[selector.metric] - OWN_LABELS
            assert not missing, f'{target.board}, {target.panel}: {selector.metric} has no {missing}'
        if not any(selector.metric in GONE_WITH_17 for selector in selectors(target.expr)):
            assert grouped(target.expr) <= there, f'{target.board}, {target.panel}, {target.letter}'


def test_counters_are_shown_by_their_growth_and_nothing_else_is(pages):
    counters = set(re.findall(r'^# TYPE (\S+) counter$', pages[18] + pages[14] + accepted(*SELDOM) + of_a_container(), re.M)) | HISTORIES
    for target in TARGETS:
        for selector in selectors(target.expr):
            growth = re.search(r'\b(rate|irate|increase)\((sum by \([^()]*\) \()?$', selector.before) and re.match(r'\)?\[', selector.after)
            assert bool(growth) == (selector.metric in counters), f'{target.board}, {target.panel}: {selector.metric}'


def test_what_no_panel_and_no_rule_shows_is_listed(pages, capsys):
    used = {selector.metric for target in TARGETS for selector in selectors(target.expr)}
    used |= set(re.findall(r'\w+', (ROOT / 'alerts/pgvigil.rules.yml').read_text(encoding='utf-8')))
    there = {name for text in pages.values() for name in parse_metrics(text) if not name.startswith('pg_settings_')}
    with capsys.disabled():
        print(f'\nshown by no panel and no rule: {" ".join(sorted(there - used))}')
    assert used & there


# A real Prometheus


class Prometheus:
    """Scrapes pages each second."""

    def __init__(self, pages, directory, ends):
        targets = [page.removeprefix('http://') for page in pages]
        config = directory / 'prometheus.yml'
        config.write_text(f'global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: pgvigil, '
                          f'static_configs: [{{targets: {targets}}}]}}]\n')
        port = free_port()
        self.url = f'http://127.0.0.1:{port}'
        process = spawn(['prometheus', f'--config.file={config}', f'--storage.tsdb.path={directory}/data',
                         '--log.level=error', f'--web.listen-address=127.0.0.1:{port}'], stdin=subprocess.DEVNULL)
        ends.callback(end, process)
        wait_until(lambda: answers(f'{self.url}/-/ready'), 30, 'Prometheus')

    def query(self, expr):
        reply = json.loads(get(f'{self.url}/api/v1/query?{urlencode({"query": expr})}').text)
        assert reply['status'] == 'success', f'{reply.get("error")}: {expr}'
        return reply['data']['result']


@pytest.fixture(scope='module')
def server():
    """A healthy one under its usual load."""
    with bill_inquiry() as server:
        yield server


@pytest.fixture(scope='module')
def pooler(server):
    server.sql('CREATE ROLE shared LOGIN')
    server.sql('CREATE DATABASE bills')
    with Pgbouncer(server) as pooler:
        yield pooler


@pytest.fixture(scope='module')
def prometheus(server, pooler, tmp_path_factory):
    with daemon(server) as of_server, Daemon('--dsn', pooler.console) as of_pooler, ExitStack() as ends:
        yield Prometheus([of_server.url, of_pooler.url], tmp_path_factory.mktemp('prometheus'), ends)


def ask(pooler):
    with closing(psycopg2.connect(pooler.dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute('SELECT 1')


def allowed_to_be_empty():
    lines = (ROOT / 'tests/support/empty_panels.txt').read_text(encoding='utf-8').splitlines()
    rows = [[field.strip() for field in line.split('|')] for line in lines if line and not line.startswith('#')]
    assert all(len(row) == 3 and all(row) for row in rows)
    return {(board, panel) for board, panel, _ in rows}


def test_every_expression_is_one_to_prometheus(prometheus):
    for target in TARGETS:
        prometheus.query(filled(target.expr))
    for board in BOARDS:
        for annotation in BOARDS[board]['annotations']['list']:
            if 'expr' in annotation:
                prometheus.query(filled(annotation['expr']))


def test_only_panels_that_exist_may_be_empty():
    assert allowed_to_be_empty() <= {(board, panel['title']) for board in BOARDS for panel in panels(board)}


def test_every_other_panel_shows_something_of_one_healthy_server_and_its_pooler(server, pooler, prometheus):
    empty = {(target.board, target.panel) for target in TARGETS} - allowed_to_be_empty()

    def all_seen():
        server.sql('SELECT sum(access_count) FROM bill_info_cache', dbname=DATABASE)  # the workload reads by index
        ask(pooler)
        seen = {(target.board, target.panel) for target in TARGETS
                if (target.board, target.panel) in empty and prometheus.query(filled(target.expr))}
        empty.difference_update(seen)
        return not empty
    try:
        wait_until(all_seen, 180)
    except TimeoutError:
        raise AssertionError(f'empty: {sorted(empty)}') from None


def test_statements_are_called_by_their_texts_where_those_are_exported(prometheus):
    expr = next(target.expr for target in TARGETS if (target.board, target.panel) == ('statements', 'Calls'))

    def names():
        return {series['metric']['statement'] for series in prometheus.query(filled(expr))}
    named = wait_until(lambda: names() if any(name.startswith('INSERT INTO') for name in names()) else None, 30)
    assert all(len(name) <= 50 for name in named)
    assert any(name.lstrip('-').isdigit() for name in named)  # COMMIT: the text of a utility statement is not exported
