"""The machine in trouble, or pgvigil's own process. Each test is a row of docs/reliability.md."""

import itertools
import os
import resource
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from confine import CONTROLLERS, Cgroup
from harness import Watch
from machine import wait_until
from pgvigil import BINARY, ROOT, Daemon, monitored, run
from volume import fill, volume

FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
PASSWORDS = 'host all all 127.0.0.1/32 scram-sha-256\n'
IN_A_MOUNT_NAMESPACE = ('unshare', '--mount')


@pytest.fixture(scope='module')
def server():
    with monitored(14, hba=PASSWORDS) as server:
        server.sql("ALTER ROLE pgvigil PASSWORD 'right'")
        yield server


@contextmanager
def watching(server, may_fail=False, **daemon):
    """A daemon that has seen everything, watched. One that sees no files of the server's pings it, as network_test.py says."""
    most = {'most_connections': 3} if daemon.get('bare') else {}
    with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=right', **daemon) as running:
        running.wait_for_polls(2)
        with Watch(running, server, may_fail=may_fail, **most) as watch:
            yield watch


def in_mounts_of(daemon, *command):
    subprocess.run(['nsenter', '--mount', f'--target={daemon.process.pid}', *command], check=True)


def outcome(daemon, collector):
    return next(item for item in daemon.status()['collectors'] if item['name'] == collector)


def wait_until_not_visible(watch):
    skipped = (('collector', 'container'), ('reason', 'not_visible'))
    page = watch.daemon.wait_until(lambda page: skipped in page.get('pgvigil_collector_skipped', {}), 60)
    assert 'pg_container_memory_limit_bytes' not in page


def test_a_root_that_turns_read_only_is_not_noticed(server):
    with watching(server, wrapper=IN_A_MOUNT_NAMESPACE) as watch:
        with watch.fault():
            in_mounts_of(watch.daemon, 'mount', '-o', 'remount,bind,ro', '/')
            with pytest.raises(subprocess.CalledProcessError):
                in_mounts_of(watch.daemon, 'touch', '/pgvigil-was-here')
            watch.until_up(1)
            watch.until_polls(2)
            in_mounts_of(watch.daemon, 'mount', '-o', 'remount,bind,rw', '/')
        assert not watch.row('The root file system read-only')['failed']


def test_processes_that_are_hidden_take_nothing_but_their_own_metrics(server):
    with watching(server, wrapper=IN_A_MOUNT_NAMESPACE, bare=True) as watch:
        with watch.fault():
            in_mounts_of(watch.daemon, 'mount', '-t', 'proc', '-o', 'hidepid=2,gid=65534', 'proc', '/proc')
            server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pgvigil'")
            wait_until_not_visible(watch)
            watch.until(lambda page: page.up == 1)
            watch.until_polls(2)
            in_mounts_of(watch.daemon, 'umount', '/proc')
        watch.row('/proc mounted with hidepid=2', "the container's metrics go, with a reason")


def test_a_full_disk_under_the_log_stops_nothing():
    with tempfile.TemporaryDirectory(prefix='pgvigil-log-', dir='/tmp') as place, volume(Path(place) / 'disk', '1m') as disk:
        log_to_a_full_disk(disk)


def log_to_a_full_disk(disk):
    with monitored(14) as other, logs_in(disk), watching(other) as watch:
        with watch.fault():
            ballast = fill(disk, 1.0)
            other.stop()
            watch.until_up(0)
            watch.until_polls(2)
            assert not os.statvfs(disk).f_bfree
            other.start()
            ballast.unlink()
        watch.row("The log's disk full while the server restarts")


@contextmanager
def logs_in(directory):
    """A Daemon that is started in here keeps its log there."""
    before, tempfile.tempdir = tempfile.tempdir, str(directory)
    try:
        yield
    finally:
        tempfile.tempdir = before


def test_a_stop_of_pgvigil_itself_leaves_no_lie_behind(server):
    """Two poll intervals after the last poll, pg_up is 0 until the next one has ended, whatever the server does."""
    with monitored(14) as other, watching(other, may_fail=True) as watch:
        with watch.fault():
            os.kill(watch.pid, signal.SIGSTOP)
            other.stop()
            time.sleep(6)  # the fault is that this time passes
            continued = time.monotonic()
            os.kill(watch.pid, signal.SIGCONT)
            watch.until(lambda page: page.at > continued)
            later = [page for page in watch.pages if page.at > continued]
            assert {page.up for page in later} == {0}
            assert all(stamp <= time.time() for page in later for stamp in page.success.values())
            other.start()
        watch.row('pgvigil itself stopped by SIGSTOP, and the server shut down meanwhile')


def test_no_descriptor_left_is_survived(server):
    with watching(server, may_fail=True) as watch:
        limits = resource.prlimit(watch.pid, resource.RLIMIT_NOFILE)
        with watch.fault():
            used = {int(fd) for fd in os.listdir(f'/proc/{watch.pid}/fd')}
            first_free = next(fd for fd in itertools.count() if fd not in used)
            resource.prlimit(watch.pid, resource.RLIMIT_NOFILE, (first_free, limits[1]))
            wait_until(lambda: watch.failures, 60, 'a scrape that fails')
            resource.prlimit(watch.pid, resource.RLIMIT_NOFILE, limits)
        watch.row('No file descriptor left to pgvigil', 'a scrape waits for one, polls go on')


def test_a_cgroup_that_goes_is_followed_to_where_the_server_is(server):
    cgroup = Cgroup()
    try:
        cgroup.adopt(server)
        with watching(server) as watch:
            assert watch.daemon.value('pg_container_memory_limit_bytes') == Cgroup.MEMORY
            with watch.fault():
                move_out(server)
                cgroup.close()
                watch.daemon.wait_until(lambda page: page['pg_container_memory_limit_bytes'] != {(): Cgroup.MEMORY})
                watch.until_up(1)
                watch.until_polls(1)
            watch.row("The server's cgroup removed, the server in another")
            cgroup = None
    finally:
        if cgroup:
            move_out(server)
            cgroup.close()


MOUNT_CGROUPS = """
    mount -t tmpfs cgroups /sys/fs/cgroup
    for controllers in cpu cpuacct cpuset memory; do
        mkdir /sys/fs/cgroup/$controllers && mount -t cgroup -o $controllers cgroup /sys/fs/cgroup/$controllers || exit
    done"""


def test_cgroup_files_that_vanish_are_told_and_found_again(server):
    with watching(server, wrapper=IN_A_MOUNT_NAMESPACE, bare=True) as watch:
        assert watch.daemon.value('pg_container_memory_limit_bytes')
        with watch.fault():
            in_mounts_of(watch.daemon, 'umount', '--recursive', '--lazy', '/sys/fs/cgroup')
            wait_until_not_visible(watch)
            watch.until_up(1)
            watch.until_polls(2)
            in_mounts_of(watch.daemon, 'sh', '-c', MOUNT_CGROUPS)
        watch.row('The files of the cgroups gone', "the container's metrics go, with a reason; none is kept that nobody can see")
        watch.daemon.wait_until(lambda page: 'pg_container_memory_limit_bytes' in page)


def move_out(server):
    for controller in CONTROLLERS:
        for pid in [server.postmaster_pid, *server.backend_pids()]:
            try:
                (Path('/sys/fs/cgroup') / controller / 'cgroup.procs').write_text(str(pid))
            except ProcessLookupError:
                pass


def test_a_directory_in_the_place_of_the_configuration_is_refused():
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run([BINARY, f'--config.file={directory}'], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.count('\n') == 1 and directory in done.stderr and 'directory' in done.stderr.lower()


def test_a_directory_in_the_place_of_the_configuration_changes_nothing(server):
    with watching(server) as watch:
        def reload(successful):
            os.kill(watch.pid, signal.SIGHUP)
            watch.daemon.wait_until(lambda page: page['pgvigil_config_last_reload_successful'] == {(): successful})
        path = Path(watch.daemon.config)
        aside = path.with_suffix('.aside')
        with watch.fault():
            path.rename(aside)
            path.mkdir()
            reload(0)
            watch.until_up(1)
            watch.until_polls(2)
            path.rmdir()
            aside.rename(path)
            reload(1)
        assert not watch.row('The configuration file replaced by a directory, and SIGHUP')['failed']


@pytest.fixture(scope='module')
def plain():
    """The release build: neither a sanitizer's shadow memory nor its interceptors go with what these tests do."""
    for command in (['cmake', '--preset', 'release'], ['cmake', '--build', '--preset', 'release', '--target', 'pgvigil']):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return ROOT / 'build/release/pgvigil'


@pytest.mark.long
def test_a_clock_that_is_stepped_by_an_hour_stops_nothing(server, plain):
    """By libfaketime, for pgvigil alone: its wall clock jumps, its monotonic one does not."""
    with tempfile.NamedTemporaryFile('w', encoding='utf-8') as offset:
        def step(seconds):
            offset.seek(0)
            offset.write(f'{seconds:+d}\n')
            offset.truncate()
            offset.flush()
        step(0)
        faked = ('env', f'LD_PRELOAD={FAKETIME}', f'FAKETIME_TIMESTAMP_FILE={offset.name}', 'FAKETIME_NO_CACHE=1',
                 'FAKETIME_DONT_FAKE_MONOTONIC=1')
        with watching(server, binary=plain, wrapper=faked) as watch:
            with watch.fault():
                for seconds in 3600, -3600:
                    step(seconds)
                    page = watch.until(lambda page: abs(page.last_poll - time.time() - seconds) < 60)  # noqa: B023
                    watch.until_up(1)
                    watch.until_polls(3)
                    page = watch.pages[-1]
                    stamps = [page.success[name] for name in page.success.keys() - page.failed]
                    assert all(abs(stamp - time.time() - seconds) < 60 for stamp in stamps)
                step(0)
            assert not watch.row("pgvigil's clock stepped an hour forward, then two back")['failed']


@pytest.mark.long
def test_memory_that_is_refused_is_survived(server, plain):
    tables = "DO $$ BEGIN FOR i IN {} LOOP EXECUTE format('{}', i); END LOOP; END $$"
    create, drop = 'CREATE TABLE t%s (id int PRIMARY KEY)', 'DROP TABLE t%s'
    server.sql(tables.format('1..300', create))
    with watching(server, binary=plain, may_fail=True) as watch:
        limits = resource.prlimit(watch.pid, resource.RLIMIT_AS)
        with watch.fault():
            resource.prlimit(watch.pid, resource.RLIMIT_AS, (1 << 20, limits[1]))  # less than it has: nothing more
            server.sql(tables.format('301..1300', create))  # a page that is longer than what it has
            wait_until(lambda: 'bad_alloc' in watch.daemon.log or 'memory' in watch.daemon.log, 60, 'memory to be missing')
            time.sleep(5)  # the fault is that this time passes
            server.sql(tables.format('301..1300', drop))
            resource.prlimit(watch.pid, resource.RLIMIT_AS, limits)
        watch.row('No more memory for pgvigil (ulimit -v)', 'scrapes get status 500 where memory for them is missing')


@pytest.mark.long
# Between them GnuTLS, which libpq's LDAP brings, aborts before main().
@pytest.mark.parametrize('mib', [20, 28, 32, 40, 64])
def test_a_start_with_little_memory_succeeds_or_says_why_not(server, plain, mib):
    limit = ('prlimit', f'--as={mib << 20}')
    try:
        with Daemon('--dsn', server.dsn(user='pgvigil') + ' password=right', binary=plain, wrapper=limit, ready=False):
            pass  # it listens, and ends in good order
    except RuntimeError as error:
        assert str(error).startswith(('pgvigil ended with 1:', 'pgvigil ended with 2:', 'pgvigil ended with 127:')), error
        assert str(error).count('\n') == 1
