"""The two exporters: how each is started, and one scrape of either."""

import gzip
import http.client
import json
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'deploy/local'))
from machine import answers, end, free_port, spawn, tail, wait_until  # noqa: E402

import subject  # noqa: E402

Scrape = namedtuple('Scrape', 'seconds samples bytes compressed')


class Exporter:
    """A process that serves /metrics; started on entering, ended on leaving."""

    name = role = None
    ready = '/metrics'  # answers when there is a page

    def __init__(self, postgres, args, files):
        self._postgres, self._args, self._files = postgres, args, files
        self._port = free_port()

    def __enter__(self):
        log = self._files / f'{self.name}.log'
        with open(log, 'w', encoding='utf-8') as output:
            self._process = spawn(self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output)
        try:
            wait_until(lambda: answers(f'http://127.0.0.1:{self._port}{self.ready}'), what=self.name)
        except TimeoutError as error:
            self.__exit__()
            raise RuntimeError(f'{error}; its log ends:\n{tail(log)}') from None
        return self

    def __exit__(self, *_):
        end(self._process)

    @property
    def pid(self):
        return self._process.pid

    def pause(self):
        self._process.send_signal(signal.SIGSTOP)

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    def warm_up(self):
        """Scrapes until the page grows no more: every database was visited, everything that is kept was allocated."""
        sizes = []
        while len(sizes) < 10 or sizes[-1] > sizes[-6]:
            sizes.append(self.scrape().samples)
            time.sleep(self._args.interval)

    def scrape(self):
        """As Prometheus does: one GET that takes gzip. The time is to the last byte, connecting included."""
        start = time.perf_counter()
        connection = http.client.HTTPConnection('127.0.0.1', self._port, timeout=60)
        try:
            connection.request('GET', '/metrics', headers={'Accept-Encoding': 'gzip'})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        seconds = time.perf_counter() - start
        if response.status != 200 or response.headers['Content-Encoding'] != 'gzip':
            raise RuntimeError(f'{self.name} answered {response.status}, {response.headers["Content-Encoding"]}')
        text = gzip.decompress(body)
        samples = sum(1 for line in text.splitlines() if line and not line.startswith(b'#'))
        return Scrape(seconds, samples, len(text), len(body))


class Pgvigil(Exporter):
    """Polls at the bench's interval what it polls every 15 s by default; the rest, sizes above all, every 60 s."""

    name, role = 'pgvigil', subject.ROLES[0]
    ready = '/-/ready'

    def __init__(self, *args, sslmode='disable'):
        super().__init__(*args)
        self._dsn = self._postgres.dsn(subject.database(0), self.role) + f' sslmode={sslmode}'

    def command(self):
        explained = subprocess.run([self._args.binary, 'explain', '--json', '--dsn', self._dsn], check=True,
                                   capture_output=True, text=True).stdout
        interval = f'{self._args.interval}s'
        config = {'dsn': self._dsn, 'log': {'level': 'warn'}, 'collectors': {
            spec['collector']: {'interval': interval, 'timeout': interval}
            for spec in json.loads(explained) if spec['interval_seconds'] == 15}}
        path = self._files / 'pgvigil.yml'
        path.write_text(json.dumps(config), encoding='utf-8')  # JSON is YAML
        return [self._args.binary, f'--config.file={path}', f'--web.listen-address=127.0.0.1:{self._port}']

    def environment(self):
        return {'PATH': '/usr/bin:/bin'}


class PostgresExporter(Exporter):
    """Debian's, with what its package's example queries add (tables, their I/O, start time) and 100 statements."""

    name, role = 'postgres_exporter', subject.ROLES[1]

    def command(self):
        queries = self._files / 'queries.yaml'
        queries.write_text(json.dumps({name: query(*parts) for name, parts in QUERIES.items()}), encoding='utf-8')
        several = ['--auto-discover-databases', '--exclude-databases=postgres,template0,template1']
        return ['/usr/bin/prometheus-postgres-exporter', f'--web.listen-address=127.0.0.1:{self._port}',
                '--log.level=warn', f'--extend.query-path={queries}',
                *(several if subject.SIZES[self._args.size].databases > 1 else [])]

    def environment(self):
        return {'PATH': '/usr/bin:/bin',
                'DATA_SOURCE_NAME': self._postgres.dsn(subject.database(0), self.role) + ' sslmode=disable'}


def query(sql, everywhere, labels, counters, gauges):
    usages = {'LABEL': labels, 'COUNTER': counters, 'GAUGE': gauges}
    columns = [{column: {'usage': usage, 'description': column.replace('_', ' ')}}
               for usage, columns in usages.items() for column in columns.split()]
    return {'query': sql, 'master': not everywhere, 'metrics': columns}


TABLE = 'datname schemaname relname'
USES = 'seq_scan seq_tup_read idx_scan idx_tup_fetch n_tup_ins n_tup_upd n_tup_del n_tup_hot_upd'
COUNTS = 'vacuum_count autovacuum_count analyze_count autoanalyze_count'
TUPLES = 'n_live_tup n_dead_tup n_mod_since_analyze'
TIMES = 'last_vacuum last_autovacuum last_analyze last_autoanalyze'
BLOCKS = ('heap_blks_read heap_blks_hit idx_blks_read idx_blks_hit toast_blks_read toast_blks_hit tidx_blks_read '
          'tidx_blks_hit')
EXECUTED = 'calls seconds rows block_read_seconds block_write_seconds'


def listed(columns):
    return ', '.join(columns.split())


QUERIES = {  # name: SQL, whether in every database, labels, counters, gauges
    'pg_postmaster': ('SELECT pg_postmaster_start_time AS start_time_seconds FROM pg_postmaster_start_time()',
                      False, '', '', 'start_time_seconds'),
    'pg_stat_user_tables': (
        f'SELECT current_database() AS datname, schemaname, relname, {listed(USES)}, {listed(COUNTS)}, '
        f'{listed(TUPLES)}, ' + ', '.join(f"coalesce({time}, '1970-01-01Z') AS {time}" for time in TIMES.split())
        + ' FROM pg_stat_user_tables', True, TABLE, f'{USES} {COUNTS}', f'{TUPLES} {TIMES}'),
    'pg_statio_user_tables': (
        f'SELECT current_database() AS datname, schemaname, relname, {listed(BLOCKS)} FROM pg_statio_user_tables',
        True, TABLE, BLOCKS, ''),
    'pg_stat_statements': (
        'SELECT r.rolname, d.datname, s.queryid, s.calls, s.total_exec_time / 1000 AS seconds, s.rows, '
        's.blk_read_time / 1000 AS block_read_seconds, s.blk_write_time / 1000 AS block_write_seconds '
        'FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid JOIN pg_database d ON d.oid = s.dbid '
        'ORDER BY seconds DESC LIMIT 100', False, 'rolname datname queryid', EXECUTED, ''),
}
