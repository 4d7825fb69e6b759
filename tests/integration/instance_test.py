"""What the server tells of itself, beside what a plain query of its views and files says."""

import json
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from contract_test import grant_files
from database_tls import Authority
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored, run
from postgres import server_directory

# Little memory, so that sorts spill and blocks are put out of buffers; only the first WAL file can be archived.
BUSY = {'shared_buffers': '1MB', 'track_io_timing': True, 'fsync': True, 'autovacuum': False, 'archive_mode': True,
        'archive_command': 'test %f = 000000010000000000000001', 'logging_collector': True, 'cluster_name': 'billing'}
HAPPENED = """
    CREATE TABLE bill AS SELECT g AS id, repeat('x', 500) AS text FROM generate_series(1, 5000) g;
    CREATE TABLE damaged AS SELECT * FROM bill;
    CREATE EXTENSION hstore VERSION '1.4';
    CREATE ROLE lodger LOGIN VALID UNTIL '2030-01-01 00:00:00+00';
    CREATE ROLE resident LOGIN VALID UNTIL 'infinity';
"""
FILES = ['file_settings', 'hba_file_rules', 'ident_file_mappings']
BUFFERS = ['buffercache_summary', 'buffercache_usage']
SLRUS = {'commit_timestamp', 'multixact_member', 'multixact_offset', 'notify', 'serializable', 'subtransaction',
         'transaction', 'other'}

# What the checkpointer did, in the units of the page: nothing that we do ourselves changes it.
CHECKPOINTER = {
    16: "SELECT writes, writes * op_bytes, write_time / 1000, writebacks * op_bytes, fsyncs, fsync_time / 1000",
    18: "SELECT writes, write_bytes, write_time / 1000, writebacks * 8192, fsyncs, fsync_time / 1000",
}
WRITTEN = ['writes_total', 'write_bytes_total', 'write_seconds_total', 'writeback_bytes_total', 'fsyncs_total',
           'fsync_seconds_total']
WAL = {
    14: 'SELECT wal_records, wal_fpi, wal_bytes, wal_buffers_full, wal_write, wal_sync, wal_write_time / 1000, '
        'wal_sync_time / 1000 FROM pg_stat_wal',
    18: 'SELECT wal_records, wal_fpi, wal_bytes, wal_buffers_full, sum(writes), sum(fsyncs), sum(write_time) / 1000, '
        "sum(fsync_time) / 1000 FROM pg_stat_wal, pg_stat_io WHERE object = 'wal' AND context = 'normal' GROUP BY 1, 2, 3, 4",
}
WAL_NAMES = ['records_total', 'fpi_total', 'bytes_total', 'buffers_full_total', 'writes_total', 'syncs_total',
             'write_seconds_total', 'sync_seconds_total']


@pytest.fixture(scope='module')
def tls(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp('authority'))
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-') as directory:
        Path(directory).chmod(0o711)
        root = server_directory(Path(directory, 'server'))
        authority.issue(root / 'tls.crt', root / 'tls.key', 'localhost')
        yield root


@contextmanager
def busy(version, tls):
    """A server on which something of everything has happened."""
    timing = {'track_wal_io_timing': True} if version >= 14 else {}
    with monitored(version, settings=BUSY | timing, tls=tls, initdb=['--data-checksums']) as server:
        server.sql(HAPPENED)
        if version >= 16:
            server.sql('CREATE EXTENSION pg_buffercache')
        damage(server, 'damaged')
        for command in 'CHECKPOINT', 'SELECT sum(length(text)) FROM bill', 'VACUUM bill', 'SELECT pg_switch_wal()':
            server.sql(command)
        server.sql('CREATE TABLE more (); SELECT pg_switch_wal()')
        wait_until(lambda: server.sql('SELECT 1 FROM pg_stat_archiver WHERE archived_count = 1 AND failed_count > 0'),
                   30, 'one archived file and one that is not')
        yield server


def damage(server, table):
    """Breaks a page of that table on disk, and finds it broken."""
    file = server.data / server.sql('SELECT pg_relation_filepath(%s)', [table])[0][0]
    server.stop()
    with open(file, 'r+b') as pages:
        pages.seek(8192 + 4000)
        pages.write(b'broken')
    server.start()
    with pytest.raises(psycopg2.Error, match='invalid page'):
        server.sql(f'SELECT count(*) FROM {table}')


@pytest.fixture(scope='module', params=[13, 16, 18])
def server(request, tls):
    with busy(request.param, tls) as server:
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        yield daemon


def needs(server, version):
    if server.version < version:
        pytest.skip(f'came with {version}')


def one(server, query):
    return float(server.sql(query)[0][0])


def step(staircase, version):
    return staircase[max(since for since in staircase if since <= version)]


def check_row(server, daemon, names, query, **labels):
    """Waits until the samples of these names are the columns of the query's one row; 0 of a time is no sample."""
    def equal(page):
        wanted = [float(value) for value in server.sql(query)[0]]
        shown = [page.get(name, {}).get(tuple(sorted(labels.items())), 0) for name in names]
        return shown == pytest.approx(wanted, rel=1e-9)
    daemon.wait_until(equal, what=f'{names} as {query} has them')


def test_io_is_counted_in_operations_bytes_and_seconds(server, daemon):
    needs(server, 16)
    what = {'backend_type': 'checkpointer', 'object': 'relation', 'context': 'normal'}
    where = ' AND '.join(f"{name} = '{value}'" for name, value in what.items())
    check_row(server, daemon, [f'pg_stat_io_{name}' for name in WRITTEN],
              f'{step(CHECKPOINTER, server.version)} FROM pg_stat_io WHERE {where}', **what)
    assert daemon.value('pg_stat_io_write_bytes_total', **what) >= 8192


def test_only_what_has_happened_has_a_row_of_io(server, daemon):
    needs(server, 16)
    shown = {tuple(dict(labels)[name] for name in ('backend_type', 'object', 'context'))
             for name, samples in daemon.metrics().items() if name.startswith('pg_stat_io_') for labels in samples}
    assert ('client backend', 'relation', 'normal') in shown
    assert ('slotsync worker', 'relation', 'normal') not in shown
    possible = set(server.sql('SELECT backend_type, object, context FROM pg_stat_io'))
    assert shown < possible


def test_io_that_was_not_timed_has_no_time(server, daemon):
    needs(server, 16)
    initdb = {'backend_type': 'standalone backend', 'object': 'relation', 'context': 'normal'}
    assert daemon.value('pg_stat_io_reads_total', **initdb) > 0
    assert daemon.value('pg_stat_io_read_seconds_total', **initdb) is None


def test_wal_is_counted_as_before_18(server, daemon):
    needs(server, 14)
    check_row(server, daemon, [f'pg_stat_wal_{name}' for name in WAL_NAMES], step(WAL, server.version))
    assert daemon.value('pg_stat_wal_write_seconds_total') > 0


def test_caches_of_bookkeeping_have_one_name_on_every_version(server, daemon):
    zeroed = daemon.metrics()['pg_stat_slru_blocks_zeroed_total']
    assert {dict(labels)['slru'] for labels in zeroed} == SLRUS
    check_row(server, daemon, ['pg_stat_slru_blocks_zeroed_total', 'pg_stat_slru_blocks_written_total'],
              "SELECT blks_zeroed, blks_written FROM pg_stat_slru WHERE name IN ('Subtrans', 'subtransaction')",
              slru='subtransaction')


def test_what_is_not_archived_is_measured_by_files_and_by_position(server, daemon):
    check_row(server, daemon, ['pg_archive_status_ready_files', 'pg_archive_status_ready_bytes'],
              "SELECT count(*), count(*) * 16777216 FROM pg_ls_archive_statusdir() WHERE name ~ '[.]ready$'")
    check_row(server, daemon, ['pg_archive_status_done_files'],
              "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '[.]done$'")
    assert daemon.value('pg_archive_status_ready_files') >= 1
    check_row(server, daemon, ['pg_stat_archiver_lag_bytes'],
              "SELECT pg_current_wal_lsn() - pg_lsn '0/2000000'")  # the end of the first file
    waiting = daemon.value('pg_archive_status_oldest_ready_timestamp_seconds')
    assert daemon.value('pg_stat_archiver_last_archived_timestamp_seconds') - 1 <= waiting
    assert daemon.value('pg_stat_archiver_last_failed_timestamp_seconds') >= waiting - 1


def test_positions_and_ids_are_those_of_now_beside_the_last_checkpoint(server, daemon):
    names = ['pg_control_checkpoint_timestamp_seconds', 'pg_control_redo_position_bytes_total',
             'pg_control_wal_since_redo_bytes', 'pg_control_timeline_id', 'pg_xlog_location_bytes',
             'pg_transaction_ids_assigned_total', 'pg_multixact_ids_assigned_total', 'pg_multixact_members_assigned_total']
    check_row(server, daemon, names, """
        SELECT extract(epoch FROM checkpoint_time), redo_lsn - '0/0', pg_current_wal_lsn() - redo_lsn, timeline_id,
               pg_current_wal_lsn() - '0/0', txid_snapshot_xmax(txid_current_snapshot()),
               next_multixact_id::text::numeric, next_multi_offset::text::numeric FROM pg_control_checkpoint()""")


def test_the_cluster_has_an_identity(server, daemon):
    identifier, catalog = server.sql('SELECT system_identifier::text, catalog_version_no::text FROM pg_control_system()')[0]
    assert daemon.value('pg_control_info', system_identifier=identifier, catalog_version=catalog,
                        cluster_name='billing') == 1


def test_settings_that_are_words_are_labels(server, daemon):
    shown = {dict(labels)['name']: dict(labels)['setting'] for labels in daemon.metrics()['pg_setting_info']}
    assert shown == dict(server.sql('SELECT name, setting FROM pg_settings WHERE name = ANY (%s)', [[*shown]]))
    assert {'wal_level': 'replica', 'archive_mode': 'on'}.items() <= shown.items()
    assert ('io_method' in shown) == (server.version >= 18)


def test_a_broken_page_is_a_checksum_failure_of_its_database(server, daemon):
    page = daemon.wait_until(lambda page: max(page['pg_stat_database_checksum_failures_total'].values()) > 0)
    failed = {dict(labels)['datname']: value
              for labels, value in page['pg_stat_database_checksum_failures_total'].items() if value}
    assert failed == {'postgres': one(server, "SELECT checksum_failures FROM pg_stat_database WHERE datname = 'postgres'")}
    assert ('datid', '0') in {label for labels in page['pg_stat_database_checksum_failures_total'] for label in labels}
    assert [dict(labels)['datname'] for labels in page['pg_stat_database_checksum_last_failure_timestamp_seconds']] == [
        'postgres']


def test_sessions_of_a_database_are_counted_by_their_end_and_in_seconds(server, daemon):
    needs(server, 14)
    oid = str(server.sql("SELECT oid FROM pg_database WHERE datname = 'postgres'")[0][0])
    killed = daemon.value('pg_stat_database_sessions_killed_total', datid=oid, datname='postgres')
    with closing(server.connect()) as application:
        application.autocommit = False
        application.cursor().execute('SELECT pg_sleep(0.1)')
        server.sql('SELECT pg_terminate_backend(%s)', [application.info.backend_pid])
    daemon.wait_until(lambda _: daemon.value('pg_stat_database_sessions_killed_total', datid=oid, datname='postgres')
                      == killed + 1)
    for name in 'session', 'active', 'idle_in_transaction':
        metric = {'active': 'pg_stat_database_active_time_seconds_total'}.get(name, f'pg_stat_database_{name}_seconds_total')
        column = f'{name}_time'
        daemon.wait_until(lambda _, metric=metric, column=column: daemon.value(metric, datid=oid, datname='postgres')
                          == pytest.approx(one(server, f'SELECT {column} / 1000 FROM pg_stat_database '
                                                       f'WHERE datid = {oid}'), abs=5), what=metric)


def test_parallel_workers_are_counted_by_database(server, daemon):
    needs(server, 18)
    with closing(server.connect()) as application, application.cursor() as cursor:
        cursor.execute('SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0;'
                       'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0')
        cursor.execute('SELECT count(*) FROM bill')
    oid = str(server.sql("SELECT oid FROM pg_database WHERE datname = 'postgres'")[0][0])
    names = [f'pg_stat_database_parallel_workers_{what}_total' for what in ('to_launch', 'launched')]
    daemon.wait_until(lambda _: daemon.value(names[0], datid=oid, datname='postgres') >= 2)
    check_row(server, daemon, names, 'SELECT parallel_workers_to_launch, parallel_workers_launched FROM pg_stat_database '
              f'WHERE datid = {oid}', datid=oid, datname='postgres')


def test_a_password_has_the_time_of_its_end(server, daemon):
    assert daemon.metrics()['pg_roles_valid_until_timestamp_seconds'] == {(('rolname', 'lodger'),): 1893456000}
    check_row(server, daemon, ['pg_roles_login', 'pg_roles_superusers', 'pg_roles_replication'],
              'SELECT sum(rolcanlogin::int), sum(rolsuper::int), sum((rolreplication AND NOT rolsuper)::int) FROM pg_roles')


def test_an_extension_older_than_its_files_can_be_updated(server, daemon):
    available = {(dict(labels)['extension'], dict(labels)['version']): value
                 for labels, value in daemon.metrics()['pg_extension_update_available'].items()}
    assert available['hstore', '1.4'] == 1
    assert available['plpgsql', '1.0'] == 0


def test_sessions_are_told_by_their_encryption(server, daemon):
    plain = {'transport': 'tcp', 'encryption': 'none', 'cipher': ''}
    encrypted = {'transport': 'tcp', 'encryption': 'TLSv1.3', 'cipher': 'TLS_AES_256_GCM_SHA384'}
    with closing(server.connect(sslmode='require')), closing(server.connect(sslmode='disable')), \
            closing(server.connect(host=server.socket_dir)):
        daemon.wait_until(lambda _: daemon.value('pg_stat_ssl_sessions', **plain) == 1)
        daemon.wait_until(lambda _: daemon.value('pg_stat_ssl_sessions', **encrypted) >= 2)  # theirs and ours
        daemon.wait_until(lambda _: daemon.value('pg_stat_ssl_sessions', transport='socket', encryption='none', cipher='') == 1)
    daemon.wait_until(lambda _: daemon.value('pg_stat_ssl_sessions', **plain) is None)


def test_a_sort_that_does_not_fit_into_memory_is_seen_while_it_lasts(server, daemon):
    with closing(server.connect()) as application, application.cursor() as cursor:
        cursor.execute("SET work_mem = '64kB'; BEGIN; DECLARE c CURSOR FOR SELECT g FROM generate_series(1, 100000) g "
                       'ORDER BY g DESC; FETCH 1 FROM c')
        page = daemon.wait_until(lambda page: page['pg_temp_files'][(('tablespace', 'pg_default'),)] >= 1)
        assert daemon.value('pg_temp_files_bytes', tablespace='pg_default') > 100000
        assert page['pg_temp_files_oldest_timestamp_seconds']
    daemon.wait_until(lambda page: page['pg_temp_files'][(('tablespace', 'pg_default'),)] == 0)


def test_directories_and_tablespaces_have_their_size(server, daemon):
    check_row(server, daemon, ['pg_log_directory_files'], 'SELECT count(*) FROM pg_ls_logdir()')
    check_row(server, daemon, ['pg_tablespace_size_bytes'], "SELECT pg_tablespace_size('pg_default')",
              tablespace='pg_default')


def test_shared_memory_is_complete(server, daemon):
    needs(server, 15)
    shown = daemon.metrics()['pg_shmem_allocations_bytes']
    assert sum(shown.values()) == one(server, 'SELECT sum(allocated_size) FROM pg_shmem_allocations')
    assert {'<free>', '<anonymous>', '<other>', 'Buffer Blocks'} < {dict(labels)['name'] for labels in shown}
    assert len(shown) == 13


def test_wraparound_is_a_share_of_the_way(server, daemon):
    check_row(server, daemon, [f'pg_database_wraparound_{name}' for name in (
        'xid_ratio', 'xid_freeze_ratio', 'mxid_ratio', 'age_datfrozenxid_seconds')], """
        SELECT age(datfrozenxid) / 2147483648.0, age(datfrozenxid) / 200000000.0, mxid_age(datminmxid) / 2147483648.0,
               age(datfrozenxid) FROM pg_database WHERE datname = 'template0'""", datname='template0')


def switched_on(server, names):
    """Those collectors alone, every second."""
    config = EVERY_SECOND + ''.join(f'  {name}: {{interval: 1s, timeout: 1s, enabled: true}}\n' for name in names)
    unique = {line.split(':')[0]: line for line in config.splitlines()[1:]}  # the last one counts
    return Daemon('--dsn', server.dsn(user='pgvigil'), config='collectors:\n' + '\n'.join(unique.values()) + '\n')


def test_every_buffer_is_used_or_not(server):
    needs(server, 16)
    with switched_on(server, BUFFERS) as daemon:
        page = daemon.metrics()
        summary = {name: page[f'pg_buffercache_summary_buffers_{name}'][()] for name in ('used', 'unused')}
        assert sum(summary.values()) == 128  # 1 MB
        assert sum(page['pg_buffercache_usage_buffers'].values()) == 128
        assert 0 <= page['pg_buffercache_summary_usagecount_avg'][()] <= 5


def test_files_that_pg_monitor_may_not_read_are_skipped_with_that_reason(server):
    explained = json.loads(run('explain', '--json', *(f'--collector.{name}' for name in FILES), '--dsn',
                               server.dsn(user='pgvigil')).stdout)
    reasons = {one['collector']: one['reason'] for one in explained if one['collector'] in FILES}
    view = {name: f'permission denied for view pg_{name}' for name in FILES}
    assert reasons == view | ({'ident_file_mappings': 'needs PostgreSQL 15'} if server.version < 15 else {})


def test_mistakes_in_files_are_counted_before_a_reload_would_find_them(server):
    grant_files(server, 'pgvigil')
    with switched_on(server, FILES) as daemon:
        page = daemon.metrics()
        assert page['pg_file_settings_errors'] == page['pg_hba_file_rules_errors'] == {(): 0}
        assert page['pg_hba_file_rules_lines'] == page['pg_hba_file_rules_trust_lines'] == {(): 3}
        server.configure({'work_mem': 'nonsense'})
        with open(server.data / 'pg_hba.conf', 'a', encoding='utf-8') as hba:
            hba.write('host all\n')
        daemon.wait_until(lambda page: page['pg_file_settings_errors'] == page['pg_hba_file_rules_errors'] == {(): 1})
        if server.version >= 15:
            with open(server.data / 'pg_ident.conf', 'a', encoding='utf-8') as ident:
                ident.write('known somebody lodger\nunknown\n')
            daemon.wait_until(lambda page: page['pg_ident_file_mappings_errors'] == page['pg_ident_file_mappings_lines']
                              == {(): 1})


def test_the_page_of_an_empty_server_stays_small():
    with monitored(18) as server, Daemon('--dsn', server.dsn(user='pgvigil'), config='') as daemon:
        samples = [name for name, samples in daemon.metrics().items() for _ in samples
                   if not name.startswith('pg_settings_')]
        assert len(samples) < 2000
