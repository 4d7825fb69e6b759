"""Databases, roles and tables that have any name and any encoding: each is on the page, and told from the others."""

from contextlib import closing, contextmanager

import pytest
from pgvigil import EVERY_SECOND, Daemon, monitored
from psycopg2.extensions import quote_ident

NASTY = ['it\'s "quoted" \\ back', 'two\nlines', '청구서', '청구 "내역"']
INVALID = {b'\xff': '\\xFF', b'\xfe': '\\xFE'}  # two names of bytes that are no UTF-8, and how they are shown


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


@contextmanager
def database(server, name, encoding='UTF8'):
    quoted = quoted_name(server, name)
    server.sql(f"CREATE DATABASE {quoted} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'")
    try:
        yield name
    finally:
        server.sql(f'DROP DATABASE {quoted}')


def quoted_name(server, name):
    with closing(server.connect(host=server.socket_dir)) as connection:
        return quote_ident(name, connection)


def create_tables(server, dbname, names, encoding='UTF8'):
    """Tables of these names, which may be bytes."""
    with closing(server.connect(dsn_value(dbname), host=server.socket_dir, client_encoding=encoding)) as connection:
        for name in names:
            quoted = b'"' + name + b'"' if isinstance(name, bytes) else quote_ident(name, connection).encode()
            connection.cursor().execute(b'CREATE TABLE ' + quoted + b' (id int)')


def dsn_value(name):
    """A value within a connection string."""
    return "'" + name.replace('\\', '\\\\').replace("'", "\\'") + "'"


def tables(page, dbname):
    return {dict(labels)['relname'] for labels in page.get('pg_stat_user_tables_n_live_tup', {})
            if ('datname', dbname) in labels}


def failed(daemon):
    """Why collectors failed, by name."""
    return {collector['name']: collector['reason'] for collector in daemon.status()['collectors']
            if collector['outcome'] == 'failed'}


@pytest.mark.parametrize('name', NASTY)
def test_any_name_is_shown_as_it_is(server, name):
    server.sql(f'CREATE ROLE {quoted_name(server, name)}')
    with database(server, name):
        create_tables(server, name, NASTY)
        with Daemon('--dsn', server.dsn(user='pgvigil', dbname=dsn_value(name))) as daemon:
            page = daemon.metrics()
            assert failed(daemon) == {}
            assert tables(page, name) == set(NASTY)
            assert daemon.value('pg_database_size_bytes', datname=name) > 0
            assert daemon.value('pg_roles_connection_limit', rolname=name) == -1
            assert daemon.get('/').status == daemon.get('/api/v1/status').status == 200


@pytest.mark.parametrize('home', ['postgres', 'euc_kr', 'plain'])
def test_databases_of_other_encodings_are_visited_from_any_of_them(server, home):
    with database(server, '고객'), database(server, 'euc_kr', 'EUC_KR'), database(server, 'plain', 'SQL_ASCII'):
        create_tables(server, '고객', ['청구서'])
        create_tables(server, 'euc_kr', ['청구서'])
        create_tables(server, 'plain', ['청구서'])
        # Every 15 seconds: three databases within one poll are much for a busy machine.
        with Daemon('--dsn', server.dsn(user='pgvigil', dbname=home), config='', timeout=30) as daemon:
            page = daemon.metrics()
            assert failed(daemon) == {}
            for dbname in '고객', 'euc_kr', 'plain':
                assert tables(page, dbname) == {'청구서'}


def test_bytes_that_are_no_text_are_shown_as_numbers(server):
    with database(server, 'plain', 'SQL_ASCII'):
        create_tables(server, 'plain', INVALID, 'SQL_ASCII')
        there = EVERY_SECOND + 'databases: {include: [plain]}\n'
        with Daemon('--dsn', server.dsn(user='pgvigil'), config=there) as daemon:
            page = daemon.metrics()
            assert failed(daemon) == {}
            assert tables(page, 'plain') == set(INVALID.values())


def test_what_is_null_has_no_sample(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        page = daemon.metrics()
        assert page['pg_stat_archiver_archived_count'] == {(): 0}
        assert 'pg_stat_archiver_last_archive_age' not in page
