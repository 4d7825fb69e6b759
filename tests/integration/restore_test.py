"""Backups as they are tried each week, and restored in an emergency: the Jobs' own scripts on real servers."""

import re
import signal
import subprocess

import database
import psycopg2
import pytest
from backup_pod import BILLS, bills, empty_server, pod
from machine import start_time, wait_until
from pgvigil import Daemon


@pytest.fixture(scope='module')
def server():
    with bills() as server:
        yield server


@pytest.fixture
def job(server):
    with pod(server) as job:
        yield job


@pytest.fixture
def elsewhere():
    with empty_server() as server:
        yield server


# Tried.

def test_a_backup_is_restored_with_equal_counts_and_nothing_stays(job):
    archive = job.take()
    summary = job.last_run('backup')[2].partition(', sha256')[0]
    assert job.succeeds('restore-test') == f'restore-test: {summary}, all restored\n'
    assert job.last_run('restore_test') == (True, archive.stat().st_size, f'{summary}, all restored')


def test_the_newest_is_tried_unless_one_is_named(job):
    assert job.fails('restore-test') == f'no backup of {BILLS} in {job.backup}'
    first, second = job.take(), job.take()
    assert first.name < second.name
    assert f' {second.name}: ' in job.succeeds('restore-test')
    assert f' {first.name}: ' in job.succeeds('restore-test', first.name)
    assert job.fails('restore-test', 'none.tar.age') == f'{job.backup}/none.tar.age: no such backup'


def test_damage_is_noticed_and_shows_in_the_metrics_until_it_is_repaired(job):
    archive = job.take()
    whole = archive.read_bytes()
    job.succeeds('restore-test')
    config = 'collectors: {backup: {interval: 1s, timeout: 1s}}\n'
    with Daemon('--dsn', job.server.dsn(BILLS, 'pgvigil'), f'--collectors.file={database.SCRIPTS}/collectors.yml',
                config=config) as daemon:
        def last(what, kind):
            return daemon.value(f'pg_backup_last_{what}', kind=kind, datname=BILLS)
        wait_until(lambda: last('success', 'restore_test') == 1, what='success in the metrics')
        archive.write_bytes(flipped(whole))
        job.fails('restore-test')
        wait_until(lambda: last('success', 'restore_test') == 0, what='failure in the metrics')
        archive.write_bytes(whole)
        job.succeeds('restore-test')
        wait_until(lambda: last('success', 'restore_test') == 1, what='success in the metrics')
        for kind in ('backup', 'restore_test'):
            ((ended,),) = job.server.sql('SELECT extract(epoch FROM max(finished_at)) FROM audit.backup_history '
                                         'WHERE kind = %s AND succeeded', [kind], BILLS)
            assert last('success_timestamp_seconds', kind) == pytest.approx(float(ended))
            assert last('size_bytes', kind) == len(whole)


def flipped(content, at=0.5):
    """With one bit changed."""
    changed = bytearray(content)
    changed[int(at * len(content))] ^= 1
    return bytes(changed)


@pytest.mark.parametrize('damage', [
    flipped, lambda whole: flipped(whole, 0.001), lambda whole: whole[:-1], lambda whole: whole[:65536],
    lambda whole: whole + b'x', lambda whole: b'',
], ids=['a bit in the middle', 'a bit in the header', 'one byte short', 'a part', 'one byte more', 'empty'])
def test_no_damage_goes_unnoticed(job, damage):
    archive = job.take()
    archive.write_bytes(damage(archive.read_bytes()))
    reason = job.fails('restore-test')
    assert reason.startswith(f'{archive.name}: ')
    assert job.last_run('restore_test') == (False, archive.stat().st_size, reason)


def test_a_restored_table_with_other_rows_than_at_the_backup_is_named(job):
    archive = job.take()
    contents = job.unpack(archive)
    contents['counts.tsv'] = (contents['counts.tsv'].replace(b'customer_info\t500', b'customer_info\t501')
                              .replace(b'public.kos_inquiry_history\t2000\n', b'public.gone\t1\n'))
    job.pack(archive, contents)
    reason = job.fails('restore-test')
    assert reason == (f'{archive.name}: public.customer_info has 500 rows instead of 501, '
                      'public.gone has no rows instead of 1, public.kos_inquiry_history has 2000 rows and was not counted')
    assert job.last_run('restore_test') == (False, archive.stat().st_size, reason)


def test_an_archive_without_a_part_or_with_a_dump_that_is_none_is_bad(job):
    archive = job.take()
    contents = job.unpack(archive)
    job.pack(archive, {name: content for name, content in contents.items() if name != 'roles.sql'})
    assert 'roles.sql' in job.fails('restore-test')
    job.pack(archive, contents | {'database.dump': contents['database.dump'][:-2000]})
    assert job.fails('restore-test').startswith(f'{archive.name}: ')


def test_another_key_opens_nothing(job):
    archive = job.take()
    reason = job.fails('restore-test', AGE_IDENTITY_FILE=job.directory / 'other-identity')
    assert reason == f'{archive.name}: no identity matched any of the recipients'
    assert job.last_run('restore_test')[0] is False


def test_a_deadline_ends_the_scratch_server_too(job):
    archive = job.take()
    contents = job.unpack(archive)
    job.pack(archive, contents | {'roles.sql': contents['roles.sql'] + b'SELECT pg_sleep(600);'})

    def sleeping():
        for socket in job.tmp.glob('*/.s.PGSQL.5432'):
            try:
                with psycopg2.connect(host=str(socket.parent), user='restore_test', dbname='postgres') as session:
                    cursor = session.cursor()
                    cursor.execute("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                    return cursor.fetchone()
            except psycopg2.OperationalError:
                return None
    process = job.start('restore-test')
    wait_until(sleeping, 30, 'restore-test to sleep')
    postmaster = int(next(job.tmp.glob('*/data/postmaster.pid')).read_text().split()[0])
    process.send_signal(signal.SIGTERM)
    assert re.fullmatch(r'restore-test: stopped by a signal after \d+ s\n', process.communicate(timeout=10)[1])
    assert not any(job.tmp.iterdir())
    assert start_time(postmaster) is None
    assert job.last_run('restore_test')[0] is False


# Restored in an emergency.

def dump(server, database):
    """As text. Three things differ: the run in the history, which has ended since; a random key of pg_dump's; and how the
    server writes `varchar IN (…)` when it has read it a second time."""
    text = subprocess.check_output(['pg_dump', '-h', server.socket_dir, '-p', str(server.port), '-U', 'postgres',
                                    '--exclude-table-data=audit.backup_history', database], text=True)
    text = re.sub(r'(?m)^\\(un)?restrict .*$', '', text)
    return re.sub(r'ANY \(.*ARRAY\[.*', lambda check: re.sub(r'[()]|::text(\[\])?', '', check[0]), text)


def roles(server):
    text = subprocess.check_output(['pg_dumpall', '-h', server.socket_dir, '-p', str(server.port), '-U', 'postgres',
                                    '--roles-only', '--no-role-passwords'], text=True)
    return sorted(line for line in text.splitlines() if not re.match(r'\\(un)?restrict', line))


def as_admin(job, server):
    return {'PGPORT': str(server.port), 'PGUSER': 'postgres', 'PGPASSWORD_FILE': job.write('admin', 'admin secret')}


def test_a_new_server_gets_everything_and_its_roles(job, elsewhere):
    archive = job.take()
    said = job.succeeds('restore', '--into', BILLS, **as_admin(job, elsewhere))
    assert said.startswith(f'restore: {archive.name} is in {BILLS}: ') and said.count('\n') == 1
    assert dump(elsewhere, BILLS) == dump(job.server, BILLS)
    assert roles(elsewhere) == roles(job.server)


def test_beside_a_database_that_is_in_use_it_makes_another_and_says_how_they_change_places(job, elsewhere):
    archive = job.take()
    database.run(elsewhere, 'migrate')
    admin = as_admin(job, elsewhere)
    before = dump(elsewhere, BILLS)
    assert job.fails('restore', '--into', BILLS, **admin) == (
        f'database {BILLS}: it is not empty, and nothing is ever overwritten')
    assert dump(elsewhere, BILLS) == before
    said = job.succeeds('restore', '--into', 'restored', '--from', archive.name, **admin)
    assert dump(elsewhere, 'restored') == dump(job.server, BILLS)

    steps = re.search(r'superuser,\n((?:  .*\n)+)', said)[1]
    subprocess.run(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', elsewhere.dsn(BILLS, host=elsewhere.socket_dir)],
                   input=steps, check=True, text=True, capture_output=True)
    assert elsewhere.sql('SELECT count(*) FROM bill_inquiry_history', dbname=BILLS) == [(3000,)]
    assert elsewhere.sql('SELECT count(*) FROM bill_inquiry_history', dbname=f'{BILLS}_old') == [(0,)]


def test_what_cannot_be_restored_whole_leaves_the_database_empty(job, elsewhere):
    archive = job.take()
    contents = job.unpack(archive)
    job.pack(archive, contents | {'database.dump': contents['database.dump'][:-2000]})
    admin = as_admin(job, elsewhere)
    assert job.fails('restore', '--into', 'restored', **admin).startswith(f'{archive.name}: ')
    job.pack(archive, contents)
    job.succeeds('restore', '--into', 'restored', **admin)


@pytest.mark.parametrize('args', [[], ['--into'], ['--into', 'x', 'y'], ['--form', 'x']])
def test_restore_wants_to_know_where(job, args):
    assert job.fails('restore', *args) == 'usage: restore --into DATABASE [--from ARCHIVE]'
