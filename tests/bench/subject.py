"""The server that is watched: tables, statements and sessions of a given number."""

import shutil
import subprocess
import sys
from collections import namedtuple
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / 'deploy/local'))
from postgres import SERVER_USER, Postgres  # noqa: E402

Size = namedtuple('Size', 'databases tables statements sessions')
SIZES = {'S': Size(1, 20, 250, 20), 'L': Size(10, 200, 5000, 40)}
ROLES = ('pgvigil_bench', 'postgres_exporter_bench')

SETTINGS = {
    'pg_stat_statements.max': 10000,
    'autovacuum': False,  # what the server does by itself is to be even
}

TABLES = '''
DO $$ BEGIN FOR n IN 1..{} LOOP
  EXECUTE format('CREATE TABLE table_%s (id int PRIMARY KEY, state text, note text)', n);
  EXECUTE format('CREATE INDEX ON table_%s (state)', n);
  EXECUTE format('INSERT INTO table_%s SELECT i, ''new'', repeat(''x'', 50) FROM generate_series(1, 200) i', n);
  EXECUTE format('UPDATE table_%s SET state = ''done'' WHERE id %% 10 = 0', n);
END LOOP; END $$'''


def database(number):
    return f'bench_{number}'


@contextmanager
def server():
    """PostgreSQL 14 that also takes encrypted connections."""
    with Postgres(14, settings=SETTINGS) as postgres:
        key, certificate = postgres.data / 'server.key', postgres.data / 'server.crt'
        subprocess.run(['openssl', 'req', '-x509', '-nodes', '-newkey', 'rsa:2048', '-days', '1', '-subj',
                        '/CN=localhost', '-keyout', key, '-out', certificate], check=True, capture_output=True)
        for path in (key, certificate):
            path.chmod(0o600)
            if SERVER_USER:
                shutil.chown(path, SERVER_USER)
        postgres.configure({'ssl': True})
        postgres.reload()
        yield postgres


@contextmanager
def filled(postgres, size):
    """Fills the server; the sessions last as long as this context."""
    for role in ROLES:
        postgres.sql(f'CREATE ROLE {role} LOGIN IN ROLE pg_monitor')
        postgres.sql(f'ALTER ROLE {role} SET pg_stat_statements.track = none')
    for number in range(size.databases):
        postgres.sql(f'CREATE DATABASE {database(number)}')
        postgres.sql('CREATE EXTENSION pg_stat_statements', dbname=database(number))
        postgres.sql(TABLES.format(size.tables), dbname=database(number))
        execute_statements(postgres, database(number), size.statements // size.databases)
    postgres.sql('CHECKPOINT')
    with ExitStack() as stack:
        for number in range(size.sessions):
            open_session(stack, postgres, number, database(number % size.databases))
        yield


def execute_statements(postgres, dbname, count):
    """As many different ones: each adds and subtracts in another order."""
    with closing(postgres.connect(dbname)) as connection, connection.cursor() as cursor:
        for number in range(count):
            signs = ''.join(' + id' if digit == '1' else ' - id' for digit in f'{number:013b}')
            cursor.execute(f'SELECT id{signs} FROM table_1 WHERE state = %s', ('done',))


def open_session(stack, postgres, number, dbname):
    """One in four holds a transaction open; they belong to five applications."""
    connection = stack.enter_context(closing(postgres.connect(dbname, application_name=f'application_{number % 5}')))
    connection.cursor().execute('BEGIN; SELECT count(*) FROM table_1' if number % 4 == 0 else 'SELECT 1')
