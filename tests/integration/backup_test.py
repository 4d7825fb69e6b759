"""Backups as the CronJob takes them: its own script on a real server, in good and in bad circumstances."""

import os
import re
import shutil
import signal
import subprocess
from contextlib import contextmanager

import pytest
import volume
from backup_pod import BILLS, PLANTED, bills, pod
from machine import end, wait_until

REQUEST = "INSERT INTO bill_inquiry_history (request_id, user_id, line_number) VALUES ('late', 'u', 'late')"
CALL = "INSERT INTO kos_inquiry_history (line_number) VALUES ('late')"


@pytest.fixture(scope='module')
def server():
    with bills() as server:
        yield server


@pytest.fixture
def job(server):
    with pod(server) as job:
        yield job


@contextmanager
def held_up(job, lock='LOCK customer_info IN ACCESS EXCLUSIVE MODE', **more):
    """A backup that has its snapshot and whose pg_dump waits for a lock; and the session to let it go by a rollback."""
    session = job.server.connect(BILLS, host=job.server.socket_dir)
    session.autocommit = False
    process = None
    try:
        session.cursor().execute(lock)
        process = job.start('backup', **more)
        wait_until(lambda: ('pg_dump', 'Lock') in sessions(job.server), what='pg_dump waiting')
        yield process, session
    finally:
        session.close()
        if process:
            end(process)
            process.communicate()
        wait_until(lambda: not sessions(job.server), what='end of the sessions')


def sessions(server):
    return server.sql("SELECT application_name, wait_event_type FROM pg_stat_activity WHERE usename = 'billing_backup'")


def counts(job, archive):
    lines = job.unpack(archive)['counts.tsv'].decode().splitlines()
    return {table: int(rows) for table, rows in (line.split('\t') for line in lines)}


def test_a_backup_is_encrypted_and_recorded(job):
    archive = job.take()
    content = archive.read_bytes()
    assert re.fullmatch(rf'{BILLS}-\d{{8}}T\d{{6}}Z\.tar\.age', archive.name)
    assert content.startswith(b'age-encryption.org/v1\n')
    assert not any(plain.encode() in content for plain in (PLANTED, 'billing_app', 'customer_info', 'PGDMP'))
    assert archive.stat().st_mode & 0o077 == 0
    rows = counts(job, archive)
    expected = {'public.customer_info': 500, 'public.bill_inquiry_history': 3000, 'public.kos_inquiry_history': 2000,
                'cache."이상한 이름"': 1}
    assert rows.items() >= expected.items()
    assert b'SCRAM-SHA-256' not in job.unpack(archive)['roles.sql']
    digest = subprocess.check_output(['sha256sum', archive], text=True).split()[0]
    assert job.last_run('backup') == (
        True, len(content), f'{archive.name}: {len(rows)} tables, {sum(rows.values())} rows, sha256 {digest}')


def test_rows_that_come_after_the_snapshot_are_in_neither_the_counts_nor_the_dump(job):
    """One comes before pg_dump starts, one while it and the counting wait for a table before its own."""
    psql = f'psql -Xq -h {job.server.socket_dir} -p {job.server.port} -U postgres -d {BILLS}'
    late = job.directory / 'late'
    late.mkdir()
    (late / 'pg_dump').write_text(f"""#!/bin/bash
PGPASSWORD='' {psql} -c "{REQUEST}" && exec /usr/bin/pg_dump "$@"
""")
    (late / 'pg_dump').chmod(0o755)
    with held_up(job, PATH=f'{late}:{job.env["PATH"]}') as (backup, holder):
        job.server.sql(CALL, dbname=BILLS)
        holder.rollback()
        assert backup.wait(60) == 0
    for table, rows in (('kos_inquiry_history', 2000), ('bill_inquiry_history', 3000)):
        late = job.server.sql(f"DELETE FROM {table} WHERE line_number = 'late' RETURNING id", dbname=BILLS)
        assert len(late) == 1
        assert counts(job, job.archives[0])[f'public.{table}'] == rows
    job.succeeds('restore-test')


# Failures.

@pytest.mark.parametrize('more, reason', [
    ({'AGE_RECIPIENT_FILE': '/nowhere'}, 'AGE_RECIPIENT_FILE names no file that can be read'),
    ({'AGE_RECIPIENT_FILE': '/etc/hostname'}, r'.*\.tar\.age: .*recipient.*'),
    ({'BACKUP_DIR': '/nowhere'}, '/nowhere cannot be written to'),
    ({'KEEP_AT_LEAST': '0'}, 'KEEP_DAYS or KEEP_AT_LEAST is not a number'),
])
def test_what_fails_is_recorded_with_its_reason_and_leaves_no_file(job, more, reason):
    said = job.fails('backup', **more)
    assert re.fullmatch(reason, said), said
    assert job.last_run('backup') == (False, None, said)
    assert job.archives == []


def test_without_the_server_it_says_so_in_one_line(job):
    assert 'Connection refused' in job.fails('backup', PGPORT='1')


@pytest.mark.skipif(not volume.possible(), reason='may not mount')
def test_a_full_disk_leaves_the_old_backups_and_no_half_one(job):
    job.backup.rmdir()
    with volume.volume(job.backup, '64m'):
        archive = job.take()
        whole = archive.read_bytes()
        ballast = job.backup / 'ballast'
        for free, reason in ((1.1, f'no room in {job.backup}: '), (1.6, 'No space left on device')):
            ballast.unlink(missing_ok=True)
            state = os.statvfs(job.backup)
            with open(ballast, 'wb') as file:
                os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - int(free * len(whole)))
            job.server.sql('CREATE TABLE public.more AS SELECT gen_random_uuid() FROM generate_series(1, 20000)',
                           dbname=BILLS)
            said = job.fails('backup')
            job.server.sql('DROP TABLE public.more', dbname=BILLS)
            assert reason in said
            assert job.last_run('backup')[::2] == (False, said)
            assert job.archives == [ballast, archive]
            assert archive.read_bytes() == whole


# At once, ended, killed.

def test_of_two_at_once_the_second_refuses(job):
    with held_up(job) as (first, holder):
        assert job.start('backup').communicate(timeout=60) == ('', 'backup: another backup is at work\n')
        holder.rollback()
        assert first.wait(60) == 0
    assert len(job.archives) == 1
    assert job.last_run('backup')[0] is True


def test_the_next_one_need_not_wait_until_the_server_has_noticed_that_the_last_one_ended(job):
    """Here the server notices it when we let it: somebody else holds the session's other end."""
    held, late = job.directory / 'held', job.directory / 'late'
    os.mkfifo(held)
    late.mkdir()
    (late / 'psql').write_text(f"""#!/bin/bash
[[ ${{PGAPPNAME-}} ]] || exec /usr/bin/psql "$@"
(cat && exec timeout 60 cat {held}) | /usr/bin/psql "$@"
""")
    (late / 'psql').chmod(0o755)
    path = f'{late}:{job.env["PATH"]}'
    for ended in lambda: job.fails('backup', AGE_RECIPIENT_FILE='/nowhere', PATH=path), lambda: job.succeeds('backup', PATH=path):
        ended()
        assert [name for name, _ in sessions(job.server)] == ['bill-inquiry-backup']
        job.succeeds('backup')
        held.write_text('')
        wait_until(lambda: not sessions(job.server), what='end of the session')


@pytest.mark.parametrize('lock', ['LOCK customer_info IN ACCESS EXCLUSIVE MODE', 'LOCK seven IN ACCESS EXCLUSIVE MODE'],
                         ids=['while it counts', 'while it dumps'])
def test_a_deadline_ends_it_at_once_and_is_recorded(job, lock):
    with held_up(job, lock) as (backup, _):
        backup.send_signal(signal.SIGTERM)
        _, said = backup.communicate(timeout=10)
        assert backup.returncode == 1
        assert re.fullmatch(r'backup: stopped by a signal after \d+ s\n', said)
        succeeded, size, message = job.last_run('backup')
        assert (succeeded, size, f'backup: {message}\n') == (False, None, said)
        assert job.archives == list(job.tmp.iterdir()) == []


def test_what_was_killed_is_closed_as_failed_by_the_next_one(job):
    with held_up(job) as (backup, holder):
        end(backup, signal.SIGKILL)
        job.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'billing_backup'")
        assert job.last_run('backup') == (None, None, None)
    (left,) = job.tmp.iterdir()  # it goes with the pod
    shutil.rmtree(left)
    (job.backup / f'{BILLS}-20260101T000000Z.tar.age.unfinished').write_bytes(b'half')
    archive = job.take()
    last = job.server.sql("SELECT succeeded, message FROM audit.backup_history WHERE kind = 'backup' "
                          'ORDER BY id DESC LIMIT 2', dbname=BILLS)
    assert [row[0] for row in last] == [True, False]
    assert last[1][1] == 'killed before it could finish'
    assert job.archives == [archive]


# Retention.

def test_old_backups_go_after_a_success_but_the_newest_good_ones_stay(job):
    archive = job.take()

    def put(*days):
        for day in days:
            shutil.copyfile(archive, job.backup / f'{BILLS}-200101{day:02}T000000Z.tar.age')

    def left():
        return [int(path.name[-18:-16]) for path in job.archives if path.name.startswith(f'{BILLS}-2001')]
    others = [job.backup / name for name in ('notes.txt', 'other_db-20010101T000000Z.tar.age')]
    for other in others:
        other.write_bytes(b'not ours')
    put(1, 2, 3, 4, 5)
    (job.backup / f'{BILLS}-20010104T000000Z.tar.age').write_bytes(b'damaged')
    job.fails('backup', AGE_RECIPIENT_FILE='/nowhere')
    assert left() == [1, 2, 3, 4, 5]
    job.succeeds('backup', KEEP_DAYS='36500')
    assert left() == [1, 2, 3, 4, 5]
    job.succeeds('backup', KEEP_AT_LEAST='5')
    assert left() == [3, 5]
    job.succeeds('backup')
    assert left() == []
    assert len(job.archives) == 4 + len(others)
    assert all(other.read_bytes() == b'not ours' for other in others)
