"""The servers that are watched: tables, statements and sessions of a given number."""

import hashlib
import shutil
import subprocess
import sys
from collections import namedtuple
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'deploy/local'))
from postgres import SERVER_USER, Postgres, server_directory  # noqa: E402

Size = namedtuple('Size', 'databases tables statements sessions')
SIZES = {'S': Size(1, 20, 250, 20), 'L': Size(10, 200, 5000, 40), 'XL': Size(50, 500, 20000, 300)}
ROLES = ('pgvigil_bench', 'postgres_exporter_bench')

SETTINGS = {
    'pg_stat_statements.max': 25000,
    'autovacuum': False,  # what the server does by itself is to be even
    'max_connections': 400,
    'ssl': True,
}

TABLES = '''
DO $$ BEGIN FOR n IN 1..{} LOOP
  EXECUTE format('CREATE TABLE table_%s (id int PRIMARY KEY, state text, note text)', n);
  EXECUTE format('CREATE INDEX ON table_%s (state)', n);
END LOOP; END $$'''

USE = '''
DO $$ BEGIN FOR n IN 1..{} LOOP
  EXECUTE format('INSERT INTO table_%s SELECT i, ''new'', repeat(''x'', 50) FROM generate_series(1, 20) i', n);
  EXECUTE format('UPDATE table_%s SET state = ''done'' WHERE id %% 10 = 0', n);
END LOOP; END $$'''


def database(number):
    return f'bench_{number}'


@contextmanager
def servers(name, count):
    """So many PostgreSQL 14 of that size, alike, each on a copy of data that are made once, below build/."""
    size, template = SIZES[name], _template(name)
    with ExitStack() as stack:
        started = []
        for number in range(count):
            base = server_directory(Path(f'/tmp/pgvigil-bench-{name}-{number}'))
            stack.callback(shutil.rmtree, base, ignore_errors=True)
            subprocess.run(['cp', '-a', '--reflink=auto', template, base / 'data'], check=True)
            started.append(stack.enter_context(Postgres(14, data=base / 'data', settings=SETTINGS)))
        for server in started:
            _open_sessions(stack, server, size)
        yield started


@contextmanager
def filled(version, name):
    """One server of that version and size, made anew."""
    size = SIZES[name]
    with Postgres(version, settings=SETTINGS | {'ssl': False}) as server, ExitStack() as stack:
        _fill(server, size)
        _open_sessions(stack, server, size)
        yield server


@contextmanager
def empty():
    """One that nobody uses."""
    with Postgres(14, settings=SETTINGS | {'ssl': False}) as server:
        _make_roles(server)
        yield server


def _template(name):
    """A data directory of that size. A change of this file makes another one."""
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    cache = Path(__file__).resolve().parents[2] / 'build/bench-data'
    template, unfinished = cache / f'{name}-{digest}', cache / f'{name}-unfinished'
    if not template.exists():
        cache.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(unfinished, ignore_errors=True)
        with Postgres(14, settings=SETTINGS | {'ssl': False}) as server:
            _fill(server, SIZES[name])
            _make_certificate(server)
            server.stop()
            subprocess.run(['cp', '-a', server.data, unfinished], check=True)
        unfinished.rename(template)
    return template


def _make_certificate(server):
    key, certificate = server.data / 'server.key', server.data / 'server.crt'
    subprocess.run(['openssl', 'req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-days', '3650', '-subj',
                    '/CN=localhost', '-keyout', key, '-out', certificate], check=True, capture_output=True)
    for path in (key, certificate):
        path.chmod(0o600)
        if SERVER_USER:
            shutil.chown(path, SERVER_USER)


def _make_roles(server):
    for role in ROLES:
        server.sql(f'CREATE ROLE {role} LOGIN IN ROLE pg_monitor')
        server.sql(f'ALTER ROLE {role} SET pg_stat_statements.track = none')


def _fill(server, size):
    _make_roles(server)
    server.sql(f'CREATE DATABASE {database(0)}')
    server.sql('CREATE EXTENSION pg_stat_statements', dbname=database(0))
    server.sql(TABLES.format(size.tables), dbname=database(0))
    for number in range(1, size.databases):
        server.sql(f'CREATE DATABASE {database(number)} TEMPLATE {database(0)}')
    for number in range(size.databases):
        server.sql(USE.format(size.tables), dbname=database(number))
        _execute_statements(server, database(number), size.statements // size.databases)


def _execute_statements(server, dbname, count):
    """As many different ones: each adds and subtracts in another order."""
    with closing(server.connect(dbname)) as connection, connection.cursor() as cursor:
        for number in range(count):
            signs = ''.join(' + id' if digit == '1' else ' - id' for digit in f'{number:013b}')
            cursor.execute(f'SELECT id{signs} FROM table_1 WHERE state = %s', ('done',))


def _open_sessions(stack, server, size):
    """One in four holds a transaction open; they belong to five applications."""
    for number in range(size.sessions):
        connection = stack.enter_context(closing(server.connect(database(number % size.databases),
                                                                application_name=f'application_{number % 5}')))
        connection.cursor().execute('BEGIN; SELECT count(*) FROM table_1' if number % 4 == 0 else 'SELECT 1')
