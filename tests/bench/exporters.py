"""What is measured: the two exporters, and the floors below them."""

import gzip
import json
import socket
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'deploy/local'))
from machine import answers, end, free_port, spawn, tail, wait_until  # noqa: E402

import subject  # noqa: E402

Scrape = namedtuple('Scrape', 'seconds body')
DEFAULT_INTERVAL = 15


def samples(text):
    return sum(1 for line in text.splitlines() if line and not line.startswith(b'#'))


class Process:
    """Started on entering, ended on leaving."""

    name = None

    def __init__(self, args, files):
        self._args, self._files = args, files

    def __enter__(self):
        self._log = self._files / f'{self.name}.log'
        with open(self._log, 'w', encoding='utf-8') as output:
            self._process = spawn(self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=output)
        try:
            self.wait()
        except TimeoutError as error:
            self.__exit__()
            raise RuntimeError(f'{error}; its log ends:\n{tail(self._log)}') from None
        return self

    def __exit__(self, *_):
        end(self._process)

    def environment(self):
        return {'PATH': '/usr/bin:/bin'}

    def wait(self):
        pass

    @property
    def pid(self):
        if self._process.poll() is not None:
            raise RuntimeError(f'{self.name} has ended; its log ends:\n{tail(self._log)}')
        return self._process.pid


class Web(Process):
    """A process that serves its page over HTTP."""

    path = ready = '/metrics'

    def __init__(self, args, files):
        super().__init__(args, files)
        self._port = free_port()

    def wait(self):
        wait_until(lambda: answers(f'http://127.0.0.1:{self._port}{self.ready}'), 60, what=self.name)

    def scrape(self, encoding='gzip'):
        """One GET; the time is to the last byte, connecting included. HTTP/1.0, so that nothing comes in chunks."""
        asked = f'GET {self.path} HTTP/1.0\r\nHost: bench\r\n' + (f'Accept-Encoding: {encoding}\r\n' if encoding else '')
        pieces = []
        start = time.perf_counter()
        with socket.create_connection(('127.0.0.1', self._port), timeout=600) as connection:
            connection.sendall(f'{asked}\r\n'.encode())
            while piece := connection.recv(1 << 20):
                pieces.append(piece)
        seconds = time.perf_counter() - start
        head, _, body = b''.join(pieces).partition(b'\r\n\r\n')
        if b' 200 ' not in head.split(b'\r\n')[0] or (b'Content-Encoding: gzip' in head) != bool(encoding):
            raise RuntimeError(f'{self.name} answered {head.decode(errors="replace")}')
        return Scrape(seconds, body)

    def text(self):
        return gzip.decompress(self.scrape().body)


class Pgvigil(Web):
    """With its defaults; at another interval than 15 s it polls in that what it polls every 15 s by default."""

    name, role = 'pgvigil', subject.ROLES[0]
    ready = '/-/ready'

    def __init__(self, args, files, server, sslmode='disable', dbname=subject.database(0)):
        super().__init__(args, files)
        self._dsn = server.dsn(dbname, self.role) + f' sslmode={sslmode}'

    def config(self):
        config = {'dsn': self._dsn, 'log': {'level': 'warn'}}
        if self._args.interval != DEFAULT_INTERVAL:
            interval = f'{self._args.interval}s'
            config['collectors'] = {spec['collector']: {'interval': interval, 'timeout': interval}
                                    for spec in explained(self._args.binary, f'--dsn={self._dsn}')
                                    if spec['interval_seconds'] == DEFAULT_INTERVAL}
        path = self._files / f'{self.name}.yml'
        path.write_text(json.dumps(config), encoding='utf-8')  # JSON is YAML
        return f'--config.file={path}'

    def command(self):
        return [self._args.binary, self.config(), f'--web.listen-address=127.0.0.1:{self._port}']


class OnEmpty(Pgvigil):
    """The same on a server without tables, for the memory that does not depend on the page."""

    name = 'pgvigil on an empty server'

    def __init__(self, args, files, server):
        super().__init__(args, files, server, dbname='postgres')


class Floor(Pgvigil):
    """The same SQL, as pgvigil itself says what it asks, by a bare libpq loop."""

    name = 'floor'

    def command(self):
        path = self._files / 'explained.json'
        path.write_text(json.dumps(explained(self._args.binary, self.config())), encoding='utf-8')
        return [self._args.binary.parent / 'tests/bench/pgvigil_floor', path, self._dsn]

    def wait(self):
        pass


class BareHandler(Web):
    """The same bytes from memory."""

    name = 'bare handler'

    def __init__(self, args, files, page):
        super().__init__(args, files)
        self._page = page

    def command(self):
        (self._files / 'plain').write_bytes(gzip.decompress(self._page))
        (self._files / 'gzipped').write_bytes(self._page)
        return [self._args.binary.parent / 'tests/bench/pgvigil_bare_handler', self._files / 'plain',
                self._files / 'gzipped', self._port]


def explained(binary, *args):
    """What pgvigil asks of a server: each collector's SQL and pace."""
    done = subprocess.run([binary, 'explain', '--json', *args], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class PostgresExporter(Web):
    """Debian's, with what its package's example queries add (tables, their I/O, start time) and 100 statements."""

    name, role = 'postgres_exporter', subject.ROLES[1]
    ready = '/'  # its page takes long

    def __init__(self, args, files, server, size):
        super().__init__(args, files)
        self._server, self._size = server, size

    def command(self):
        queries = self._files / 'queries.yaml'
        queries.write_text(json.dumps({name: query(*parts) for name, parts in QUERIES.items()}), encoding='utf-8')
        several = ['--auto-discover-databases', '--exclude-databases=postgres,template0,template1']
        return ['/usr/bin/prometheus-postgres-exporter', f'--web.listen-address=127.0.0.1:{self._port}',
                '--log.level=warn', f'--extend.query-path={queries}', *(several if self._size.databases > 1 else [])]

    def environment(self):
        return {'PATH': '/usr/bin:/bin',
                'DATA_SOURCE_NAME': self._server.dsn(subject.database(0), self.role) + ' sslmode=disable'}


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
