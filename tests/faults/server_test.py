"""The server in trouble: what the page says meanwhile. Each test is a row of docs/reliability.md."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg2
import pytest
from harness import PATIENCE, Watch, watching, written
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored, standby_of
from postgres import SERVER_USER
from volume import fill, possible, volume

PASSWORDS = 'host all all 127.0.0.1/32 scram-sha-256\n'
LIMITED = {'max_connections': 8, 'superuser_reserved_connections': 2}


@pytest.fixture(scope='module')
def server():
    with monitored(14, settings=LIMITED, hba=PASSWORDS) as server:
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'; CREATE TABLE bill (id serial PRIMARY KEY, text text)")
        yield server


@pytest.fixture
def watched(server):
    with watching(server, dsn=server.dsn(user='pgvigil') + ' password=right') as watch:
        yield watch


@contextmanager
def sessions(server, number):
    """So many sessions of others."""
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(closing(server.connect(host=server.socket_dir)))
        yield


def end_our_sessions(server):
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")


# A server of 14 writes these statistics to files before anybody may read them; on a full disk all wait for ever.
OF_THE_STATISTICS_FILES = set('''database_checksums database_conflicts schema_indexes sequences stat_archiver stat_bgwriter
stat_database stat_replication_slots stat_slru stat_user_functions stat_user_indexes stat_user_tables stat_wal
statio_user_tables table_size table_size_skipped temp_files wal'''.split())


def test_the_postmaster_is_killed(server, watched):
    with watched.fault():
        os.kill(server.postmaster_pid, signal.SIGKILL)
        watched.until_up(0)
        watched.until_polls(2)
        server.restart()
    row = watched.row('PostgreSQL killed with SIGKILL')
    assert row['connection errors'] == ['unreachable']


def test_a_backend_is_killed_and_the_server_starts_anew(server, watched):
    started = watched.daemon.value('pg_postmaster_start_time_seconds')
    with watched.fault():
        with closing(server.connect(host=server.socket_dir)) as other:
            os.kill(other.info.backend_pid, signal.SIGKILL)
        wait_until(lambda: 'all server processes terminated' in server.log.read_text(), what='crash restart')
        watched.until_polls(1)
    watched.row('A backend killed with SIGKILL: the server crashes and recovers')
    assert watched.daemon.value('pg_postmaster_start_time_seconds') == started  # the postmaster is the same


def test_a_restart_between_polls_is_survived(server, watched):
    started = watched.daemon.value('pg_postmaster_start_time_seconds')
    with watched.fault():
        server.restart()
    watched.row('PostgreSQL restarted')
    assert watched.daemon.value('pg_postmaster_start_time_seconds') > started


def test_a_promotion_is_on_the_next_page():
    with monitored(14) as primary, standby_of(primary) as standby, watching(standby) as watch:
        assert watch.daemon.value('pg_replication_is_replica') == 1
        with watch.fault():
            standby.sql('SELECT pg_promote()')
            watch.until_polls(1)
            assert watch.daemon.value('pg_replication_is_replica') == 0
            watch.until_up(1)
        watch.row('A standby promoted')
        assert watch.daemon.status()['server']['in_recovery'] is False


def test_a_server_without_a_connection_left_is_told_from_one_that_is_down(server):
    with ExitStack() as taken:
        taken.enter_context(sessions(server, 6))
        with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=right') as daemon, Watch(daemon, server) as watch:
            with watch.fault():
                watch.until_up(0)
                watch.until_polls(1)
                taken.close()
            row = watch.row('Every connection taken before the start')
    assert row['connection errors'] == ['too_many_connections']


def test_the_page_stays_whole_and_true_when_others_take_every_connection(server, watched):
    with watched.fault(), sessions(server, 6):
        page = watched.daemon.wait_until(lambda page: page['pgvigil_threshold_value'][('rule', 'connections'),] == 1, PATIENCE)
        assert page['pgvigil_threshold_state'][('rule', 'connections'),] == 2
        clients = [value for labels, value in page['pg_stat_activity_count'].items()
                   if ('backend_type', 'client backend') in labels]
        assert sum(clients) == 8
        watched.until_up(1)
        watched.until_polls(2)
        with pytest.raises(psycopg2.OperationalError):
            server.connect(user='pgvigil', password='right')
    assert not watched.row('Every connection taken meanwhile')['failed']


def test_locks_on_every_table_cost_nothing_but_their_sizes(server, watched):
    with closing(server.connect(host=server.socket_dir)) as locker, locker.cursor() as cursor:
        locker.autocommit = False
        with watched.fault():
            cursor.execute("SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables")
            tables = [name for name, in cursor.fetchall()]
            cursor.execute(f'LOCK TABLE {", ".join(tables)} IN ACCESS EXCLUSIVE MODE')
            watched.until_up(1)
            watched.daemon.wait_until(lambda page: page['pg_stat_user_tables_size_skipped'][
                ('datname', 'postgres'),] == len(tables), PATIENCE)
            watched.until_polls(2)
            locker.rollback()
    assert not watched.row('Every table of a database locked ACCESS EXCLUSIVE')['failed']
    assert 'pg_stat_user_tables_table_size_bytes' in watched.daemon.metrics()


def test_a_statement_over_its_limit_fails_alone():
    slow = '{slow: {interval: 1s, timeout: 300ms, query: SELECT 1 AS n FROM switch s, pg_sleep(s.seconds), ' \
           'metrics: {n: {gauge: slow, help: Slow.}}}}'.replace('query: ', 'query: "').replace('.seconds)', '.seconds)"')
    with monitored(14) as server, written(f'collectors: {slow}') as file:
        server.sql('CREATE TABLE switch AS SELECT 0 AS seconds; GRANT SELECT ON switch TO pgvigil')
        with watching(server, f'--collectors.file={file}') as watch:
            with watch.fault():
                server.sql('UPDATE switch SET seconds = 60')
                watch.until(lambda page: 'slow' in page.failed)
                watch.until_up(1)
                watch.until_polls(2)
                server.sql('UPDATE switch SET seconds = 0')
            row = watch.row("A statement over its time limit, by the server's statement_timeout")
    assert (row['failed'], row['collector errors']) == (['slow'], ['timeout'])


@pytest.mark.skipif(not possible(), reason='needs to mount')
def test_a_full_data_mount_is_seen_by_a_page_that_goes_on():
    with tempfile.TemporaryDirectory(prefix='pgvigil-full-', dir='/tmp') as directory:
        Path(directory).chmod(0o711)
        with volume(Path(directory) / 'disk', '200m') as disk, \
                monitored(14, data=disk / 'data', settings={'max_wal_size': '64MB'}) as server, watching(server) as watch:
            server.sql('CREATE TABLE bill (text text)')
            with watch.fault():
                ballast = fill(disk, 1.0)
                with pytest.raises(psycopg2.errors.DiskFull):
                    server.sql("INSERT INTO bill SELECT repeat('x', 1000) FROM generate_series(1, 10000)")
                watch.daemon.wait_until(lambda page: page['pgvigil_threshold_state'].get((('rule', 'disk'),)) == 2, PATIENCE)
                watch.until_up(1)
                watch.until(lambda page: page.failed and page.failed <= OF_THE_STATISTICS_FILES)
                watch.until_polls(2)
                ballast.unlink()
            watch.row('The data mount full')


def test_a_rotated_password_heals_by_its_file(server):
    line = f'127.0.0.1:{server.port}:*:pgvigil:'
    with written(line + 'right\n', suffix='') as passfile:
        os.chmod(passfile, 0o600)
        with watching(server, dsn=server.dsn(user='pgvigil') + f' passfile={passfile}') as watch:
            with watch.fault():
                server.sql("ALTER ROLE pgvigil PASSWORD 'rotated'")
                end_our_sessions(server)
                watch.until_up(0)
                watch.until_polls(3)
                Path(passfile).write_text(line + 'rotated\n', encoding='utf-8')
            row = watch.row('The password rotated, then the password file')
            assert 'rotated' not in watch.daemon.log
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'")
    assert 'auth' in row['connection errors']


def test_a_dropped_role_is_told_and_a_new_one_found():
    create = 'CREATE ROLE pgvigil LOGIN IN ROLE pg_monitor'
    with monitored(14) as server, watching(server) as watch:
        with watch.fault():
            server.sql('DROP ROLE pgvigil')
            watch.until_up(0, timeout=90)
            watch.until_polls(2)
            server.sql(create)
        row = watch.row('The role dropped and made again')
    assert 'auth' in row['connection errors']


def test_a_database_dropped_while_we_are_in_it_is_forgotten(server):
    with ExitStack() as stack:
        server.sql('CREATE DATABASE gone')
        server.sql('CREATE TABLE bill (id int)', dbname='gone')
        watch = stack.enter_context(watching(server, dsn=server.dsn(user='pgvigil') + ' password=right',
                                             config=EVERY_SECOND + 'databases: {include: [gone]}\n'))
        table = {'datname': 'gone', 'schemaname': 'public', 'relname': 'bill'}
        assert watch.daemon.value('pg_stat_user_tables_n_tup_ins', **table) == 0
        with watch.fault():
            server.sql('DROP DATABASE gone WITH (FORCE)')
            watch.daemon.wait_until(lambda page: 'pg_stat_user_tables_n_tup_ins' not in page, PATIENCE)
            watch.until_up(1)
        watch.row('A database dropped while it is visited')


def certificate(directory, name, days):
    """NAME.crt and NAME.key, of the server's user, valid for so many days from now (negative: they are over)."""
    key, request, made = (directory / f'{name}.{kind}' for kind in ('key', 'csr', 'crt'))
    for command in (['req', '-new', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-subj', f'/CN={name}',
                     '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', request],
                    ['x509', '-req', '-in', request, '-key', key, '-days', str(days), '-copy_extensions', 'copy',
                     '-out', made]):
        subprocess.run(['openssl', *command], check=True, capture_output=True)
    key.chmod(0o600)
    shutil.chown(key, SERVER_USER)


def present(server, directory, name):
    """Makes the server show that certificate to whoever connects from now on."""
    for kind, setting in (('crt', 'ssl_cert_file'), ('key', 'ssl_key_file')):
        server.configure({setting: directory / f'{name}.{kind}', 'ssl': True})
    server.reload()


@pytest.mark.skipif(not SERVER_USER, reason='needs root')
def test_an_expired_certificate_is_refused_and_a_new_one_found():
    with tempfile.TemporaryDirectory(prefix='pgvigil-tls-', dir='/tmp') as place, monitored(14) as server:
        directory = Path(place)
        directory.chmod(0o711)
        for name, days in {'first': 1, 'expired': -1, 'new': 1}.items():
            certificate(directory, name, days)
        trusted = directory / 'trusted.crt'
        trusted.write_text(''.join(path.read_text() for path in sorted(directory.glob('*.crt'))), encoding='utf-8')
        present(server, directory, 'first')
        with watching(server, dsn=server.dsn(user='pgvigil') + f' sslmode=verify-full sslrootcert={trusted}') as watch:
            with watch.fault():
                present(server, directory, 'expired')
                end_our_sessions(server)
                watch.until_up(0)
                watch.until_polls(2)
                assert 'certificate verify failed' in watch.daemon.status()['server']['reason']
                present(server, directory, 'new')
            watch.row("The server's certificate expired, then replaced")
