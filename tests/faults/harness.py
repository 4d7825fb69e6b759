"""What every fault is watched by: scrapes the daemon from before the fault until the page is whole again, then judges.

    with monitored(14) as server, watching(server) as watch:
        with watch.fault():                    # from here on it is real, at its end it is undone
            server.kill()
            watch.until_up(0)                  # from the first page that says so, all must, until the fault ends
            server.start()
        watch.row('The server is killed')      # waits for a whole page, asserts, returns the figures

A thread scrapes /metrics ten times a second, a second thread counts every 20 ms the daemon's own connections to the
servers' ports and, by the titles of their processes, the sessions that the servers have for the role. row() asserts
what holds for every fault:

    - no scrape failed, gave another status than 200 or took HUNG seconds
    - never more than two connections, never more than two sessions
    - while pg_up is 0, no collector of SQL claims a later success
    - the page is whole (pg_up 1, no collector failing that did not before) at most two polls after the end of the fault
    - resident memory and open descriptors come back

`until_up(0)` or `until(predicate)` says what the page must come to say; for pg_up, also that it goes on saying so. Figures
go to the file that FAULTS_FIGURES names, one JSON object a row; `table` makes docs/reliability.md of them. The first
argument of row() is a literal, and the first column there: a test compares them. Milliseconds are figures, never asserted.
"""

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / 'tests/support'), str(ROOT / 'tests/bench'), str(ROOT / 'deploy/local')]
from cost import resident_mib  # noqa: E402
from machine import wait_until  # noqa: E402
from pgvigil import BINARY, Daemon, parse_metrics  # noqa: E402

HUNG = 10.0              # seconds: a scrape that takes longer hangs; the machine may be busy, so this is no figure
RECOVERY_POLLS = 2
SESSIONS = 2
DESCRIPTORS = 3           # of each: libpq's, the socket to the server, and our end of the pair between them
PATIENCE = 60.0          # seconds for a page to say what is expected; again, no figure

# AddressSanitizer keeps what was freed for a while; here it is to keep little. ThreadSanitizer notes who touched what.
SANITIZED = BINARY.exists() and any(name in BINARY.read_bytes() for name in (b'__asan_init', b'__tsan_init'))
KEPT_MIB = 128 if SANITIZED else 8  # a sanitizer gives little back; 4 stay by design (app/memory.hpp), and what lies between
os.environ['ASAN_OPTIONS'] = ':'.join(filter(None, [os.environ.get('ASAN_OPTIONS'), 'quarantine_size_mb=4']))

OURS = ('pg_up ', 'pg_up{', 'pg_exporter_scrapes_total', 'pg_scrape_collector_success', 'pgvigil_last_poll',
        'pgvigil_poll_interval', 'pgvigil_collector_', 'pgvigil_connection_errors')
OF_THE_HOST = ('container', 'log_', 'mounts', 'tls')  # whose collectors ask the server nothing
ESTABLISHED, SYN_SENT = '01', '02'     # include/net/tcp_states.h


@dataclass(frozen=True)
class Page:
    """What one scrape said; `at` is monotonic, when it was asked for."""

    at: float
    seconds: float
    up: int
    polls: int
    last_poll: float    # when the last poll that has ended was started
    failed: frozenset   # collectors whose last run failed
    success: dict       # collector: when it last succeeded
    connection_errors: dict  # kind: count
    collector_errors: dict   # (collector, kind): count
    cut: dict                # collector: rows over its budget
    interval: float

    def age(self, now):
        """Seconds since the collector that is oldest last succeeded."""
        return max((now - stamp for stamp in self.success.values()), default=0.0)


class Watch:
    """See above. `servers` are those that the daemon talks to; `kept_mib` is the memory that may stay in use; scraped `every` s.

    most_connections  3 where the daemon may ping: where it sees no file of the server's
    most_sessions     more where the server cannot know yet that the daemon has let go
    may_fail          scrapes of this fault may: their number stands in the row
    """

    def __init__(self, daemon, *servers, role='pgvigil', kept_mib=KEPT_MIB, every=0.1, most_connections=SESSIONS,
                 most_sessions=SESSIONS, may_fail=False):
        self.daemon, self.servers, self.role, self._kept = daemon, servers, role, kept_mib
        self._most_connections, self._most_sessions, self._may_fail = most_connections, most_sessions, may_fail
        self.pages, self.failures = [], []
        self.connections = self.sessions = 0
        self.begun = self.ended = self.undone = None  # the fault: monotonic, monotonic, wall clock
        self._expected_up = None
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._repeat, args=args, daemon=True)
                         for args in ((self._scrape, every), (self._count, 0.02))]

    def __enter__(self):
        self.pid = self.daemon.process.pid
        self.daemon.get('/metrics')  # the first scrape opens what all of them read
        self.memory_before, self.descriptors_before = resident_mib(self.pid), self._descriptors()
        to_come = SESSIONS - connections(self.pid, {server.port for server in self.servers})
        self._descriptors_to_come = to_come * DESCRIPTORS
        Path(f'/proc/{self.pid}/clear_refs').write_text('5')  # the peak starts afresh
        for thread in self._threads:
            thread.start()
        wait_until(lambda: self.pages or self.failures, HUNG, 'a first scrape')
        return self

    def __exit__(self, *_):
        self._finish()

    @contextmanager
    def fault(self):
        """The fault is real from the beginning of this block to its end."""
        self._before, self.begun = self.pages[-1], time.monotonic()
        yield self
        self.ended, self.undone = time.monotonic(), time.time()

    def until_up(self, up, timeout=PATIENCE):
        """Waits until the page says so; from then on it must, until the fault ends."""
        self._expected_up = up
        return self.until(lambda page: page.up == up, timeout, f'pg_up {up}')

    def until(self, predicate, timeout=PATIENCE, what='what the page was to say'):
        """Waits for a page of ours, scraped from now on, for which the predicate holds."""
        now = time.monotonic()

        def found():
            return next((page for page in reversed(self.pages) if page.at >= now and predicate(page)), None)
        return wait_until(found, timeout, what)

    def until_polls(self, polls, timeout=PATIENCE):
        """Waits until so many polls have begun and ended from now on."""
        enough = self.pages[-1].polls + polls + 1
        return self.until(lambda page: page.polls >= enough, timeout, f'{polls} polls')

    def until_whole(self):
        """Waits until the page is whole; returns the number of polls, begun after the fault, that it took."""
        first = self.until(lambda page: page.last_poll >= self.undone, what='a poll after the fault')
        whole = self.until(lambda page: page.last_poll >= self.undone and page.up == 1
                           and page.failed <= self._before.failed, what='a whole page after the fault')
        after = [page for page in self.pages if page.at >= self.ended and page.last_poll >= self.undone]
        first = min([first, *after], key=lambda page: page.polls)
        whole = min([whole, *(page for page in after if page.up == 1 and page.failed <= self._before.failed)],
                    key=lambda page: page.polls)
        return whole.polls - first.polls + 1

    def row(self, fault, note=''):
        """Waits for a whole page, asserts what must hold, and returns (and keeps) the figures."""
        recovery = self.until_whole()
        self._finish()
        figures = self._figures(fault, note, recovery)
        try:
            self._judge(figures)
        finally:
            _keep(figures)
        return figures

    # The threads.

    def _repeat(self, what, interval):
        while not self._stop.is_set():
            begin = time.monotonic()
            what()
            self._stop.wait(max(0.0, begin + interval - time.monotonic()))

    def _scrape(self):
        begin = time.monotonic()
        try:
            answer = self.daemon.get('/metrics')
            seconds = time.monotonic() - begin
            if answer.status != 200:
                self.failures.append(f'status {answer.status}')
            else:
                self.pages.append(read(answer.text, begin, seconds))
        except Exception as error:  # whatever it is, the row is to fail with it
            self.failures.append(f'{type(error).__name__}: {error} after {time.monotonic() - begin:.1f} s')

    def _count(self):
        ports = {server.port for server in self.servers}
        self.connections = max(self.connections, connections(self.pid, ports))
        self.sessions = max(self.sessions, sum(sessions(server, self.role) for server in self.servers))

    def _finish(self):
        self._stop.set()
        for thread in self._threads:
            if thread.ident:
                thread.join()

    # The judgement.

    def _during(self):
        return [page for page in self.pages if self.begun <= page.at and page.at + page.seconds <= self.ended]

    def _figures(self, fault, note, recovery):
        during = self._during() or [self._before]
        last, before = during[-1], self._before
        new_errors = sorted(kind for kind, count in last.connection_errors.items()
                            if count > before.connection_errors.get(kind, 0))
        failing = sorted({kind for (name, kind), count in last.collector_errors.items()
                          if count > before.collector_errors.get((name, kind), 0)})
        milliseconds = sorted(1000 * page.seconds for page in self.pages)
        said = next((page for page in during if page.up == self._expected_up), None)
        return {
            'fault': fault, 'note': note,
            'test': os.environ.get('PYTEST_CURRENT_TEST', '').split(' ')[0].rpartition('/')[2],
            'up': sorted({page.up for page in during}) if self._expected_up is None else self._expected_up,
            'said after, s': round(said.at - self.begun, 1) if said else None,
            'connection errors': new_errors, 'collector errors': failing,
            'failed': sorted(last.failed - before.failed), 'collectors': len(last.success),
            'oldest, s': round(last.age(self.undone), 1),
            'fault, s': round(self.ended - self.begun, 1),
            'scrapes': len(milliseconds), 'failed scrapes': len(self.failures),
            'median, ms': round(statistics.median(milliseconds), 1), 'p99, ms': round(_p99(milliseconds), 1),
            'max, ms': round(milliseconds[-1], 1),
            'connections': self.connections, 'sessions': self.sessions,
            'memory before, MiB': round(self.memory_before, 1), 'memory peak, MiB': round(peak_mib(self.pid), 1),
            'memory after, MiB': round(resident_mib(self.pid), 1),
            'descriptors before': self.descriptors_before, 'descriptors after': self._descriptors(),
            'polls to recover': recovery,
            'sanitized': SANITIZED,
        }

    def _judge(self, figures):
        assert self._may_fail or not self.failures, f'scrapes failed: {self.failures[:3]}'
        assert figures['max, ms'] < 1000 * HUNG, 'a scrape hung'
        assert self.connections <= self._most_connections, f'{self.connections} connections of ours'
        assert self.sessions <= self._most_sessions, f'{self.sessions} sessions of ours'
        assert figures['polls to recover'] <= RECOVERY_POLLS, f'took {figures["polls to recover"]} polls to recover'
        self._judge_truth()
        grown = figures['memory after, MiB'] - self.memory_before
        assert grown <= self._kept, f'{grown:.1f} MiB of memory did not come back'
        wait_until(lambda: self._descriptors() <= self.descriptors_before + self._descriptors_to_come,
                   what='descriptors to be closed')

    def _judge_truth(self):
        during = self._during()
        if self._expected_up is not None:
            said = [page.up for page in during]
            assert self._expected_up in said, f'never said pg_up {self._expected_up}'
            after = said[said.index(self._expected_up):]
            assert set(after) == {self._expected_up}, f'pg_up wavered while the fault lasted: {after}'
        for earlier, later in zip(during, during[1:]):
            assert later.polls >= earlier.polls, 'the counter of polls went back'
            if earlier.up == later.up == 0:
                grown = {name for name, stamp in later.success.items()
                         if stamp > earlier.success.get(name, stamp) and not name.startswith(OF_THE_HOST)}
                assert not grown, f'{grown} succeeded while pg_up was 0'

    def _descriptors(self):
        return descriptors(self.pid)


@contextmanager
def watching(server, *args, dsn=None, **more):
    """A daemon that has polled this server, watched; the arguments are Daemon's."""
    with Daemon('--dsn', dsn or server.dsn(user='pgvigil'), *args, timeout=PATIENCE, **more) as daemon:
        daemon.wait_for_polls(1, timeout=PATIENCE)
        with Watch(daemon, server) as watch:
            yield watch


@contextmanager
def written(text, suffix='.yml'):
    """The path of a file with that text."""
    with tempfile.NamedTemporaryFile('w', suffix=suffix, encoding='utf-8') as file:
        file.write(text)
        file.flush()
        yield file.name


def read(text, at, seconds):
    """A page from its text; only what the daemon says of itself is parsed."""
    metrics = parse_metrics('\n'.join(line for line in text.splitlines() if line.startswith(OURS)))

    def one(name):
        return next(iter(metrics.get(name, {(): 0.0}).values()))

    def by(name, *labels):
        return {tuple(dict(sample)[label] for label in labels): value for sample, value in metrics.get(name, {}).items()}
    return Page(
        at=at, seconds=seconds, up=int(one('pg_up')), polls=int(one('pg_exporter_scrapes_total')),
        last_poll=one('pgvigil_last_poll_timestamp_seconds'), interval=one('pgvigil_poll_interval_seconds'),
        failed=frozenset(name for (name,), value in by('pg_scrape_collector_success', 'collector').items() if value == 0),
        success={name: stamp for (name,), stamp in
                 by('pgvigil_collector_last_success_timestamp_seconds', 'collector').items()},
        connection_errors={kind: count for (kind,), count in by('pgvigil_connection_errors_total', 'kind').items()},
        cut={name: rows for (name,), rows in by('pgvigil_collector_cut_rows', 'collector').items()},
        collector_errors=by('pgvigil_collector_errors_total', 'collector', 'kind'))


def connections(pid, ports):
    """The TCP connections to those ports that a process has or is making."""
    try:
        inodes = {os.readlink(entry.path)[8:-1] for entry in os.scandir(f'/proc/{pid}/fd')
                  if os.readlink(entry.path).startswith('socket:')}
        lines = [line.split() for table in ('tcp', 'tcp6')
                 for line in Path(f'/proc/{pid}/net/{table}').read_text().splitlines()[1:]]
    except OSError:  # a descriptor was closed, or the process ended, while we looked
        return 0
    # The kernel may list one twice when others come and go while it is read.
    return len({line[9] for line in lines if line[9] in inodes and line[3] in (ESTABLISHED, SYN_SENT)
                and int(line[2].rpartition(':')[2], 16) in ports})


def sessions(server, role):
    """The server's processes that serve the role, by their titles; also of one that cannot be asked."""
    try:
        titles = [Path(f'/proc/{pid}/cmdline').read_bytes().decode(errors='replace') for pid in server.backend_pids()]
    except (OSError, AttributeError):  # it is not running, or one ended while we looked
        return 0
    return sum(f'postgres: {role} ' in title and 'authentication' not in title and 'initializing' not in title
               for title in titles)


def descriptors(pid):
    """How many there are, without those of the server's log, which come with the server and go with its files."""
    here = f'/proc/{pid}/fd'
    return sum(not (link.endswith('log') or link.endswith('log (deleted)')) for link in map(_link, Path(here).iterdir()))


def _link(descriptor):
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:
        return ''


def peak_mib(pid):
    status = Path(f'/proc/{pid}/status').read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith('VmHWM:'))


def _p99(ordered):
    return ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]


def _keep(figures):
    path = os.environ.get('FAULTS_FIGURES')
    if path:
        with open(path, 'a', encoding='utf-8') as file:
            file.write(json.dumps(figures) + '\n')
