"""Commands that report their progress, held in the middle, and what the page says beside a plain query of their view.

VERSIONS in the environment names others than the one that is run every time.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import ExitStack, closing, contextmanager

import psycopg2
import pytest
from machine import end, spawn, wait_until
from pgvigil import Daemon, monitored

VERSIONS = [int(version) for version in os.environ.get('VERSIONS', '14').split(',')]
SLOW = "-c vacuum_cost_delay=100 -c vacuum_cost_limit=1"
NAMES = ('commands', 'done', 'expected', 'ratio')

# Whatever computes or triggers stop() on row 900 waits for the advisory lock 1 that the test holds.
TABLES = """
    CREATE FUNCTION stop(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      IF id = 900 THEN PERFORM pg_catalog.pg_advisory_xact_lock_shared(1); END IF; RETURN id; END $$;
    CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.stop(NEW.id); RETURN NEW; END $$;
    CREATE TABLE bill AS SELECT g AS id, repeat('x', 500) AS text FROM generate_series(1, 1000) g;
    CREATE TABLE rebuilt AS SELECT * FROM bill; CREATE INDEX rebuilt_stop ON rebuilt (stop(id));
    CREATE TABLE copied (id int, text text); CREATE TRIGGER stop BEFORE INSERT ON copied FOR EACH ROW EXECUTE FUNCTION stop();
"""


@pytest.fixture(scope='module', params=VERSIONS)
def server(request):
    with monitored(request.param) as server:
        server.sql(TABLES)
        server.sql('CREATE DATABASE other')
        server.sql(TABLES, dbname='other')
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        yield daemon


@contextmanager
def running(server, command, dbname='postgres', options=''):
    """A session that has sent this command and does not wait for it."""
    dsn = server.dsn(dbname) + f" options='{options}'"
    with closing(psycopg2.connect(dsn, async_=True)) as session:
        wait_until(lambda: session.poll() == psycopg2.extensions.POLL_OK, what='connection')
        session.cursor().execute(command)
        yield session
        server.sql('SELECT pg_terminate_backend(%s)', [session.info.backend_pid])


@contextmanager
def barrier(server, dbname='postgres'):
    """Holds the advisory lock that stop() waits for."""
    with closing(server.connect(dbname)) as holder, holder.cursor() as cursor:
        cursor.execute('SELECT pg_advisory_lock(1)')
        yield


def progress(page, **labels):
    """(phase and unit, {commands, done, expected, ratio}) of the one series with these labels, or None."""
    found = {}
    for name in NAMES:
        for sample, value in page.get(f'pg_stat_progress_{name}', {}).items():
            series = dict(sample)
            if labels.items() <= series.items():
                found.setdefault((series['phase'], series['unit']), {})[name] = value
    return next(iter(found.items()), None)


def figures(done, expected, commands=1):
    ratio = {'ratio': pytest.approx(done / expected, abs=1e-9)} if expected else {}
    return {'commands': commands, 'done': done} | ({'expected': expected} if expected else {}) | ratio


def held(daemon, server, query, **labels):
    """Waits until the page says of a command that is held what its view says: done and expected, by the query's two columns."""
    def same(page):
        rows = server.sql(query)
        shown = progress(page, **labels)
        return rows and shown and shown[1] == figures(*rows[0])
    return progress(daemon.wait_until(same, timeout=30), **labels)[0]


def test_a_vacuum_and_an_analyze_that_crawl_are_where_their_views_say(server, daemon):
    vacuum = 'SELECT heap_blks_scanned, heap_blks_total FROM pg_stat_progress_vacuum'
    analyze = 'SELECT sample_blks_scanned, sample_blks_total FROM pg_stat_progress_analyze'
    with running(server, 'VACUUM bill', options=SLOW), running(server, 'ANALYZE rebuilt', options=SLOW):
        for command, query, phase, table in (('VACUUM', vacuum, 'scanning heap', 'public.bill'),
                                             ('ANALYZE', analyze, 'acquiring sample rows', 'public.rebuilt')):
            labels = {'command': command, 'datname': 'postgres', 'relname': table}
            wait_until(lambda: server.sql(f'{query} WHERE phase = %s', [phase]), what=command)
            ((before, expected),) = server.sql(query)
            page = daemon.wait_until(lambda page: progress(page, **labels) and progress(page, **labels)[1]['done'] > before)
            where, shown = progress(page, **labels)
            assert where == (phase, 'blocks')
            assert shown == figures(shown['done'], expected)
            assert before < shown['done'] <= server.sql(query)[0][0]


def test_an_index_is_built_as_far_as_it_is(server, daemon):
    query = 'SELECT blocks_done, blocks_total FROM pg_stat_progress_create_index'
    with barrier(server), running(server, 'CREATE INDEX ON bill (stop(id))'):
        phase, unit = held(daemon, server, query, command='CREATE INDEX', datname='postgres', relname='public.bill')
        assert (phase.partition(':')[0], unit) == ('building index', 'blocks')
        assert server.sql(query)[0][0] > 0


def test_a_table_of_another_database_has_its_oid_for_a_name(server, daemon):
    ((oid,),) = server.sql("SELECT 'bill'::regclass::oid", dbname='other')
    with barrier(server, 'other'), running(server, 'CREATE INDEX ON bill (stop(id))', 'other'):
        daemon.wait_until(lambda page: progress(page, command='CREATE INDEX', datname='other', relname=str(oid)))


def test_an_index_that_waits_for_a_writer_says_so_and_for_how_many(server, daemon):
    with closing(server.connect()) as writer:
        writer.autocommit = False
        writer.cursor().execute("INSERT INTO bill VALUES (1, 'open')")
        with running(server, 'CREATE INDEX CONCURRENTLY ON bill (text)'):
            where = held(daemon, server, 'SELECT lockers_done, lockers_total FROM pg_stat_progress_create_index',
                         command='CREATE INDEX CONCURRENTLY', datname='postgres', relname='public.bill')
            assert where == ('waiting for writers before build', 'lockers')


def test_a_table_that_is_written_anew_is_followed_through_a_lock_that_forbids_everything(server, daemon):
    with barrier(server), running(server, 'VACUUM FULL rebuilt'):
        where = held(daemon, server, 'SELECT index_rebuild_count, 0 FROM pg_stat_progress_cluster',
                     command='VACUUM FULL', datname='postgres', relname='public.rebuilt')
        assert where == ('rebuilding index', 'indexes')


@contextmanager
def copy_from_stdin(server, table, text):
    """A COPY that has got this much, and waits for more."""
    reader, writer = os.pipe()
    with closing(server.connect()) as connection, os.fdopen(reader) as source, os.fdopen(writer, 'w') as more:
        copy = threading.Thread(target=connection.cursor().copy_expert, args=(f'COPY {table} FROM STDIN', source))
        copy.start()
        more.write(text)
        more.flush()
        yield
        more.close()
        copy.join()


def test_two_copies_into_one_table_are_one_series_of_what_both_have_done(server, daemon):
    if server.version < 14:
        return
    query = 'SELECT sum(bytes_processed), 0, count(*) FROM pg_stat_progress_copy HAVING count(*) = 2 AND min(bytes_processed) > 0'
    rows = ''.join(f'{number}\t{"x" * 500}\n' for number in range(1, 400))
    with copy_from_stdin(server, 'bill', rows), copy_from_stdin(server, 'bill', rows):
        where = held(daemon, server, query, command='COPY FROM', datname='postgres', relname='public.bill')
    assert where == ('copying', 'bytes')
    assert daemon.value('pg_scrape_collector_success', collector='stat_progress') == 1


def test_a_copy_of_a_file_has_a_share(server, daemon):
    if server.version < 14:
        return
    with tempfile.NamedTemporaryFile('w', dir=server.socket_dir) as file, barrier(server):
        file.writelines(f'{number}\t{"x" * 500}\n' for number in range(1, 1001))
        file.flush()
        os.chmod(file.name, 0o644)
        with running(server, f"COPY copied FROM '{file.name}'"):
            held(daemon, server, 'SELECT bytes_processed, bytes_total FROM pg_stat_progress_copy WHERE bytes_processed > 0',
                 command='COPY FROM', datname='postgres', relname='public.copied')


@contextmanager
def base_backup(server):
    """A base backup at 32 kB/s: by pg_basebackup where that of this machine takes the server, else by its command."""
    if server.version > 15 or not shutil.which('pg_basebackup'):
        with running(server, "BASE_BACKUP (LABEL 'slow', PROGRESS, CHECKPOINT 'fast', MAX_RATE 32)"
                     if server.version >= 15 else "BASE_BACKUP LABEL 'slow' PROGRESS FAST MAX_RATE 32",
                     options="' replication='true"):
            yield
        return
    with tempfile.TemporaryDirectory() as directory:
        backup = spawn(['pg_basebackup', '-D', directory, '-d', server.dsn(), '-c', 'fast', '-X', 'none', '-r', '32k'],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield
        end(backup, signal.SIGTERM)


def test_base_backups_are_bytes_of_bytes_and_one_series(server, daemon):
    query = 'SELECT sum(backup_streamed), sum(backup_total) FROM pg_stat_progress_basebackup'
    with ExitStack() as stack:
        for commands in 1, 2:
            stack.enter_context(base_backup(server))

            def streams(page):
                shown = progress(page, command='BASE_BACKUP', phase='streaming database files')
                return shown and shown[1]['commands'] == commands and shown[1].get('done', 0) > 0
            page = daemon.wait_until(streams, timeout=60)
            where, shown = progress(page, command='BASE_BACKUP', phase='streaming database files')
            after, expected = server.sql(query)[0]
            assert where == ('streaming database files', 'bytes')
            assert shown == figures(shown['done'], float(expected), commands)
            assert 0 < shown['done'] <= after


def test_what_has_ended_is_gone(daemon):
    daemon.wait_until(lambda page: not [name for name in page if name.startswith('pg_stat_progress_')], timeout=30)
