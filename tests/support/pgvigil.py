"""The daemon under test, as its users see it: a process, its log, its pages.

    with monitored(14) as server, Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        assert daemon.metrics()['pg_up'] == {(): 1.0}
"""

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'deploy/local'))
from machine import answers, end, exit_on_signals, get, spawn, tail, wait_until  # noqa: E402
from postgres import Postgres, server_directory  # noqa: E402

BINARY = Path(os.environ.get('PGVIGIL_BIN', ROOT / 'build/dev/pgvigil'))

COLLECTORS = sorted(rows.stem for rows in (ROOT / 'tests/golden').glob('*.rows'))

PATIENCE = 30.0  # seconds for what takes one or two; less than the minute after which facts are learnt anew anyway

# A configuration in which every collector of the default page runs every second.
EVERY_SECOND = 'collectors:\n' + ''.join(f'  {name}: {{interval: 1s, timeout: 1s}}\n' for name in COLLECTORS)


@contextmanager
def monitored(version=14, extension=True, **options):
    """A server with a role pgvigil, which is in pg_monitor and no more, and pg_stat_statements in database postgres."""
    with Postgres(version, **options) as server:
        server.sql('CREATE ROLE pgvigil LOGIN IN ROLE pg_monitor;'
                   'ALTER ROLE pgvigil SET pg_stat_statements.track = none')
        if extension:
            server.sql('CREATE EXTENSION pg_stat_statements')
        yield server


@contextmanager
def standby_of(primary, **settings):
    """A standby of that server, which stops for a moment to be copied."""
    directory = server_directory(primary.data.parent / 'standby')
    primary.stop()
    subprocess.run(['cp', '-a', primary.data, directory], check=True)
    primary.start()
    (directory / 'data/standby.signal').touch()
    upstream = f'host=127.0.0.1 port={primary.port} user=postgres application_name=standby'
    with Postgres(primary.version, data=directory / 'data', settings={'primary_conninfo': upstream, **settings}) as standby:
        wait_until(lambda: primary.sql('SELECT 1 FROM pg_stat_replication'), what='replication')
        yield standby


def run(*args, env=None, config='', timeout=60):
    """A command of pgvigil to its end, with `config` as the text of its configuration file; as subprocess.run does."""
    with _config_file(config) as file:
        return subprocess.run([BINARY, f'--config.file={file.name}', *args], env={**os.environ, **(env or {})},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)


class Daemon:
    """One pgvigil on a free port, whose end must be a clean one: exit code 0 and nothing that a sanitizer found.

    config       text of its configuration file
    bare=True    without the powers of root: it sees nothing of processes and files of other users
    ready=False  return when it listens, without waiting for /-/ready
    wrapper      a command that becomes the daemon's, such as prlimit with its options
    binary       another build of it
    port, url    where it listens, as it logged it
    process.pid  for signals of other kinds
    """

    def __init__(self, *args, config=EVERY_SECOND, env=None, bare=False, ready=True, timeout=PATIENCE,
                 wrapper=(), binary=BINARY):
        self._config = _config_file(config)
        powerless = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--'] if bare else []
        self._args = [*wrapper, *powerless, binary, '--web.listen-address=127.0.0.1:0',
                      f'--config.file={self._config.name}', *args]
        self._env = {**os.environ, **(env or {})}
        self._ready, self._timeout = ready, timeout
        self._log = self.process = self.port = self.url = None

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def __exit__(self, failure, *_):
        status = self.stop()
        if not failure:
            assert status == 0, f'pgvigil ended with {status}:\n{tail(self._log.name, 60)}'

    def start(self):
        exit_on_signals()
        atexit.register(self.stop)
        self._log = tempfile.NamedTemporaryFile(prefix='pgvigil-log-')
        self.process = spawn(self._args, env=self._env, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        self.port = self._wait_until(self._logged_port, 'listening')
        self.url = f'http://127.0.0.1:{self.port}'
        if self._ready:
            self._wait_until(lambda: answers(f'{self.url}/-/ready'), '/-/ready')
        return self

    def stop(self, how=signal.SIGTERM):
        """Ends it by a signal and returns its exit code (negative: it died by that signal)."""
        atexit.unregister(self.stop)
        return end(self.process, how) if self.process else None

    def get(self, path, **headers):
        """(status, headers, text); a header's name with _ for -, as in Accept_Encoding='gzip'."""
        return get(self.url + path, headers={name.replace('_', '-'): value for name, value in headers.items()})

    def metrics(self, path='/metrics'):
        """A page as {name: {((label, value), ...) sorted: number}}."""
        return parse_metrics(self.get(path).text)

    def value(self, name, **labels):
        """The one sample of that name with exactly these labels; None where the page has none."""
        return self.metrics().get(name, {}).get(tuple(sorted(labels.items())))

    def wait_until(self, predicate, timeout=PATIENCE, what='what was expected'):
        """Waits until predicate(metrics) is true; returns those metrics."""
        try:
            return wait_until(lambda: self._page_where(predicate), timeout, what, every=0.1)
        except TimeoutError as error:
            raise TimeoutError(f'{error}; the log ends:\n{tail(self._log.name)}') from None

    def wait_until_up(self, up=1, timeout=PATIENCE):
        return self.wait_until(lambda page: page['pg_up'] == {(): up}, timeout, f'pg_up {up}')

    def wait_for_polls(self, polls=2, timeout=PATIENCE):
        """Waits until so many polls have begun and ended after now."""
        done = self.value('pg_exporter_scrapes_total') + polls
        return self.wait_until(lambda page: page['pg_exporter_scrapes_total'][()] > done, timeout, f'{polls} polls')

    @property
    def config_file(self):
        return Path(self._config.name)

    def reload(self, config=None):
        """Reads the configuration again by SIGHUP, this text if one is given; returns the line that the log got."""
        if config is not None:
            self.config_file.write_text(config, encoding='utf-8')
        seen = len(self.log)
        self.process.send_signal(signal.SIGHUP)

        def line():
            return next((line for line in self.log[seen:].splitlines() if 'msg="configuration' in line), None)
        return wait_until(line, self._timeout, 'reload')

    def status(self):
        """/api/v1/status as what JSON says."""
        return json.loads(self.get('/api/v1/status').text)

    @property
    def config(self):
        """The path of its configuration file."""
        return self._config.name

    @property
    def log(self):
        return Path(self._log.name).read_text(encoding='utf-8', errors='replace')

    def _page_where(self, predicate):
        page = self.metrics()
        return page if predicate(page) else None

    def _logged_port(self):
        for line in self.log.splitlines():
            address = re.search(r'\baddress"?[=:]"?127\.0\.0\.1:(\d+)', line)
            if address and 'listening' in line:
                return int(address[1])
        return None

    def _wait_until(self, predicate, what):
        def ended_or_true():
            return predicate() or self.process.poll() is not None
        try:
            wait_until(ended_or_true, self._timeout, what)
        except TimeoutError as error:
            raise TimeoutError(f'pgvigil: {error}; its log ends:\n{tail(self._log.name)}') from None
        if self.process.poll() is not None:
            raise RuntimeError(f'pgvigil ended with {self.process.returncode}:\n{tail(self._log.name, 30)}')
        return predicate()


def _config_file(text):
    file = tempfile.NamedTemporaryFile('w', prefix='pgvigil-', suffix='.yml', encoding='utf-8')
    file.write(text)
    file.flush()
    return file


SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: -?\d+)?')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')


def parse_metrics(text):
    """The samples of an exposition; ValueError for a line that is none, or for a repeated sample."""
    metrics = defaultdict(dict)
    for line in text.splitlines():
        if not line or line.startswith('#'):
            continue
        sample = SAMPLE.fullmatch(line)
        if not sample:
            raise ValueError(f'not a sample: {line}')
        labels = tuple(sorted((name, _unescape(value)) for name, value in LABEL.findall(sample['labels'] or '')))
        if labels in metrics[sample['name']]:
            raise ValueError(f'repeated: {line}')
        metrics[sample['name']][labels] = float(sample['value'])
    return dict(metrics)


def _unescape(value):
    return re.sub(r'\\(.)', lambda escape: {'n': '\n'}.get(escape[1], escape[1]), value)
