"""What happens around the server: its disks, its share of the machine, and pgvigil."""

import signal
from contextlib import contextmanager, suppress

import psycopg2

from faults.sql import repeating, session
from machine import wait_until
from volume import fill, remount, volume

SMALL, PIECE = 400 << 20, 4 << 20  # bytes


@contextmanager
def disk(stack):
    """a file fills the server's file system, a small one of its own, to 94 %"""
    ballast = fill(stack.volume, 0.94)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def readonly(stack):
    """the file system of a tablespace turns read-only"""
    with _tablespace(stack, 'provoked_readonly') as place:
        remount(place, 'ro')
        try:
            yield
        finally:
            remount(place, 'rw')


@contextmanager
def inodes(stack):
    """empty files take 98 % of the inodes of a tablespace's file system"""
    with _tablespace(stack, 'provoked_inodes', 'nr_inodes=200') as place:
        for number in range(196 - len(list(place.rglob('*')))):
            (place / str(number)).touch()
        yield


@contextmanager
def cpu(stack):
    """the server gets a fifth of a core, and two sessions want two"""
    with stack.cgroup.limited(cores=0.2), \
            repeating(stack, 'SELECT count(*) FROM (SELECT generate_series(1, 500000)) numbers', sessions=2):
        yield


@contextmanager
def memory(stack):
    """the server gets 400 MiB, and a session takes what is left of nine tenths"""
    with stack.cgroup.limited(memory=SMALL), session(stack) as cursor:
        taken = 0
        while stack.cgroup.working_set < 0.91 * SMALL:
            taken += 1
            _take(cursor, taken)
        yield


@contextmanager
def oom(stack):
    """the server gets 400 MiB, a session takes more, and the kernel kills it"""
    wait_until(lambda: stack.query('pg_container_oom_kills_total'), 30, 'the count before')
    with stack.cgroup.limited(memory=SMALL):
        with suppress(psycopg2.Error), session(stack) as cursor:
            for number in range(SMALL // PIECE):
                _take(cursor, number)
        wait_until(lambda: _answers(stack), 30, 'the server has recovered')
        yield


@contextmanager
def frozen(stack):
    """pgvigil is frozen: it does not answer Prometheus"""
    stack.process('pgvigil').send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        stack.process('pgvigil').send_signal(signal.SIGCONT)


@contextmanager
def _tablespace(stack, name, *options):
    """A tablespace on a file system of its own; yields where."""
    with volume(stack.directory / name, '8m', *options) as place:
        stack.sql(f"CREATE TABLESPACE {name} LOCATION '{place}'")
        try:
            yield place
        finally:
            stack.sql(f'DROP TABLESPACE {name}')


def _take(cursor, number):
    """Makes the session's process keep a piece of memory until it ends."""
    cursor.execute("SELECT set_config('provoked.memory' || %s, repeat('x', %s), false) IS NULL", [number, PIECE])


def _answers(stack):
    try:
        return stack.sql('SELECT 1')
    except psycopg2.Error:
        return False
