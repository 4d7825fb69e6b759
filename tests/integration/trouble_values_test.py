"""What the page says of troubles that were made on purpose: on the oldest version and on the newest."""

from contextlib import closing, contextmanager

import psycopg2
import pytest
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored, standby_of

NOBODY = {'blocked_sessions': 0, 'root_blockers': 0, 'longest_wait_seconds': 0, 'worst_root_blocked_sessions': 0,
          'worst_root_age_seconds': 0}
WAITERS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
HOLDERS = {'session', 'slot', 'prepared', 'standby'}
FEEDBACK = {'hot_standby_feedback': True, 'wal_receiver_status_interval': '1s'}


@pytest.fixture(scope='module', params=[13, 18])
def server(request):
    with monitored(request.param, settings={'max_prepared_transactions': 5}) as server:
        server.sql('CREATE TABLE bill (id int PRIMARY KEY); INSERT INTO bill SELECT generate_series(1, 9)')
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        yield daemon


def take(number):
    return f'UPDATE bill SET id = id WHERE id = {number}'


@contextmanager
def transaction(server, *statements):
    """A transaction that is left open, the last of its statements perhaps under way."""
    with closing(psycopg2.connect(server.dsn(), async_=True)) as session:
        wait_until(lambda: session.poll() == psycopg2.extensions.POLL_OK, what='connection')
        cursor = session.cursor()  # which poll() asks for as long as it runs
        cursor.execute('; '.join(['BEGIN', *statements]))
        yield session
        server.sql('SELECT pg_terminate_backend(%s)', [session.info.backend_pid])


@contextmanager
def taker(server, *numbers):
    """A transaction that has taken these rows."""
    with transaction(server, *map(take, numbers)) as session:
        wait_until(lambda: session.poll() == psycopg2.extensions.POLL_OK, what='rows')
        yield session


@contextmanager
def waiter(server, *numbers):
    """A transaction that has taken all but the last of these rows, and waits for that one."""
    before = server.sql(WAITERS)[0][0]
    with transaction(server, *map(take, numbers)) as session:
        wait_until(lambda: server.sql(WAITERS)[0][0] == before + 1, what='wait for a lock')
        yield session


def blocking(page):
    prefix = 'pg_blocking_'
    return {name[len(prefix):]: samples[()] for name, samples in page.items() if name.startswith(prefix)}


def counts(page):
    return tuple(blocking(page)[name] for name in ('blocked_sessions', 'root_blockers', 'worst_root_blocked_sessions'))


def holders(page):
    return {dict(labels)['holder']: value for labels, value in page['pg_xmin_horizon_age'].items()}


def of(page, metric, label):
    return {dict(labels)[label]: value for labels, value in page.get(metric, {}).items()}


def test_who_waits_for_whom_is_counted_from_the_root(server, daemon):
    assert blocking(daemon.metrics()) == NOBODY
    with taker(server, 1) as root, waiter(server, 2, 1), waiter(server, 2):
        page = daemon.wait_until(lambda page: counts(page) == (2, 1, 2))
        found = blocking(page)
        age = server.sql('SELECT extract(epoch FROM clock_timestamp() - xact_start) FROM pg_stat_activity '
                         'WHERE pid = %s', [root.info.backend_pid])[0][0]
        assert 0 < found['longest_wait_seconds'] < found['worst_root_age_seconds'] < age
        with taker(server, 3), waiter(server, 3):
            page = daemon.wait_until(lambda page: counts(page) == (3, 2, 2))
            assert blocking(page)['worst_root_age_seconds'] > found['worst_root_age_seconds']
    daemon.wait_until(lambda page: blocking(page) == NOBODY)


def test_a_prepared_transaction_is_a_root_without_a_session(server, daemon):
    prepared = {'template0': 0, 'template1': 0, 'postgres': 0}
    assert of(daemon.metrics(), 'pg_prepared_transactions', 'datname') == prepared
    server.sql(f"BEGIN; {take(4)}; PREPARE TRANSACTION 'forgotten'")
    for _ in range(7):
        server.sql(take(9))
    with waiter(server, 4):
        page = daemon.wait_until(lambda page: counts(page) == (1, 1, 1))
        assert of(page, 'pg_prepared_transactions', 'datname') == {**prepared, 'postgres': 1}
        ages = of(page, 'pg_prepared_transactions_oldest_age_seconds', 'datname')
        assert blocking(page)['worst_root_age_seconds'] == pytest.approx(ages['postgres'], abs=1)
        assert ages['postgres'] > blocking(page)['longest_wait_seconds']
        assert ages['template1'] == 0
        assert holders(page)['prepared'] >= 8
    server.sql("ROLLBACK PREPARED 'forgotten'")
    daemon.wait_until(lambda page: of(page, 'pg_prepared_transactions', 'datname') == prepared)


def test_what_holds_vacuum_back_is_told_by_holder(server, daemon):
    assert set(holders(daemon.metrics())) == HOLDERS
    assert holders(daemon.metrics())['slot'] == 0
    with taker(server, 5):
        for _ in range(7):
            server.sql(take(9))
        daemon.wait_until(lambda page: holders(page)['session'] >= 8)
    daemon.wait_until(lambda page: holders(page)['session'] == 0)


SEQUENCES = """
    CREATE SEQUENCE narrow AS bigint; CREATE TABLE narrow_column (id int DEFAULT nextval('narrow'));
    SELECT setval('narrow', 2000000000);
    CREATE SEQUENCE "in's" AS bigint; CREATE TABLE owning (id smallint); ALTER SEQUENCE "in's" OWNED BY owning.id;
    SELECT setval('"in''s"', 32767);
    CREATE SEQUENCE wide; SELECT setval('wide', 2000000000);
    CREATE SEQUENCE down AS int INCREMENT -1 MAXVALUE -1; SELECT setval('down', -1073741824);
    CREATE SEQUENCE offset_ AS int MINVALUE 1000 MAXVALUE 1999 START 1500; SELECT nextval('offset_');
    CREATE SEQUENCE unused;
    CREATE SEQUENCE circle AS smallint CYCLE; SELECT setval('circle', 32000);
    GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO pgvigil;
    CREATE SEQUENCE secret AS smallint; SELECT nextval('secret');
"""


def test_sequences_are_near_the_end_that_comes_first(server, daemon):
    server.sql(SEQUENCES)
    used = {'narrow': 2000000000 / 2147483647, "in's": 1, 'wide': 2000000000 / (2**63 - 1), 'down': 0.5,
            'offset_': 0.501, 'unused': 0}
    page = daemon.wait_until(lambda page: 'pg_sequence_used_ratio' in page)
    assert of(page, 'pg_sequence_used_ratio', 'sequencename') == pytest.approx(used, rel=1e-9)
    labels = {'datname': 'postgres', 'schemaname': 'public', 'sequencename': 'narrow'}
    assert daemon.value('pg_sequence_used_ratio', **labels) is not None
    with transaction(server, 'ALTER SEQUENCE narrow CACHE 5') as altering:
        wait_until(lambda: altering.poll() == psycopg2.extensions.POLL_OK, what='ALTER SEQUENCE')
        daemon.wait_until(lambda _: daemon.value('pg_sequence_used_ratio', **labels) is None)
        assert daemon.value('pg_scrape_collector_success', collector='sequences') == 1
    daemon.wait_until(lambda _: daemon.value('pg_sequence_used_ratio', **labels) is not None)


def test_settings_that_wait_for_a_restart_are_counted(server, daemon):
    assert daemon.value('pg_settings_pending_restart') == 0
    as_they_are = {name: server.sql(f'SHOW {name}')[0][0] for name in ('max_connections', 'max_wal_senders')}
    server.configure({'max_connections': 77, 'max_wal_senders': 7, 'work_mem': '5MB'})
    server.reload()
    daemon.wait_until(lambda page: page['pg_settings_pending_restart'] == {(): 2})
    server.configure(as_they_are)
    server.reload()
    daemon.wait_until(lambda page: page['pg_settings_pending_restart'] == {(): 0})


def totals(page):
    return page['pgvigil_statements_calls_total'][()], page['pgvigil_statements_seconds_total'][()]


def test_all_statements_are_counted_from_the_start_of_the_daemon(server):
    with closing(server.connect()) as application, application.cursor() as cursor:
        for _ in range(2):
            with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
                assert totals(daemon.metrics()) == (0, 0)
                for _ in range(7):
                    cursor.execute('SELECT pg_sleep(0.01)')
                page = daemon.wait_until(lambda page: totals(page)[0] == 7)
                assert totals(page)[1] >= 0.07


def test_the_last_poll_and_their_pace_are_told(server, daemon):
    assert daemon.value('pgvigil_poll_interval_seconds') == 1
    first = daemon.value('pgvigil_last_poll_timestamp_seconds')
    assert first > daemon.value('pg_postmaster_start_time_seconds')
    page = daemon.wait_for_polls(2)
    assert page['pgvigil_last_poll_timestamp_seconds'][()] - first > 1.5


@pytest.mark.parametrize('version', [13, 18])
def test_a_standby_says_how_late_it_is_and_what_it_holds_back(version):
    lags = [f'pg_stat_replication_{kind}_lag_seconds' for kind in ('write', 'flush', 'replay')]
    with monitored(version) as primary, standby_of(primary, **FEEDBACK) as standby, \
            Daemon('--dsn', primary.dsn(user='pgvigil'), config=EVERY_SECOND) as daemon:
        primary.sql('CREATE TABLE written AS SELECT 1 AS id')

        def late(page):
            primary.sql('UPDATE written SET id = id + 1')
            return set(lags) <= set(page)
        page = daemon.wait_until(late)
        for lag in lags:
            (labels, seconds), = page[lag].items()
            assert ('application_name', 'standby') in labels
            assert 0 <= seconds < 10
        wait_until(lambda: standby.sql("SELECT 1 FROM pg_tables WHERE tablename = 'written'"), what='table')
        with closing(standby.connect()) as reader, reader.cursor() as cursor:
            cursor.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM written')
            for _ in range(9):
                primary.sql('UPDATE written SET id = id + 1')
            daemon.wait_until(lambda page: holders(page)['standby'] >= 9)
