"""What the page says of sessions, beside a plain query of the views: on the oldest version and on the newest."""

from collections import Counter
from contextlib import ExitStack, closing

import psycopg2
import pytest
from machine import wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored
from trouble_values_test import of, taker, transaction, waiter

STATE = ('datname', 'state', 'usename', 'application_name', 'backend_type', 'wait_event_type', 'wait_event')
COMING_AND_GOING = ('client backend', 'autovacuum worker', 'parallel worker', 'walsender')
EVERYTHING = EVERY_SECOND.replace('process_idle: {', 'process_idle: {enabled: true, ')
SLOW_AUTOVACUUM = {'autovacuum': True, 'autovacuum_naptime': '1s', 'autovacuum_vacuum_cost_delay': '100ms',
                   'autovacuum_vacuum_cost_limit': 1}


@pytest.fixture(scope='module', params=[13, 18])
def server(request):
    settings = {'max_prepared_transactions': 5, 'log_statement': 'all'}
    with monitored(request.param, settings=settings) as server:
        server.sql('CREATE DATABASE quiet')
        server.sql('CREATE TABLE bill (id int PRIMARY KEY); INSERT INTO bill SELECT generate_series(1, 9)')
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil'), config=EVERYTHING) as daemon:
        yield daemon


def counted(server, columns, where):
    """{(value of each column, '' for NULL): rows of pg_stat_activity}."""
    names = ', '.join(f"coalesce({column}::text, '')" for column in columns)
    return Counter(server.sql(f'SELECT {names} FROM pg_stat_activity WHERE {where}'))


def samples(page, metric, labels, **those):
    """{(value of each label): sample}, of those that have the labels of `those`."""
    return {tuple(dict(found)[label] for label in labels): value for found, value in page.get(metric, {}).items()
            if those.items() <= dict(found).items()}


def histogram(page, metric, **labels):
    """(count, sum, {bound: count}) of the one histogram with these labels."""
    key = tuple(sorted(labels.items()))
    buckets = {float(dict(found)['le']): value for found, value in page[f'{metric}_bucket'].items()
               if labels.items() <= dict(found).items()}
    assert list(buckets.values()) == sorted(buckets.values())
    assert buckets[float('inf')] == page[f'{metric}_count'][key]
    return page[f'{metric}_count'][key], page[f'{metric}_sum'][key], buckets


@pytest.fixture
def tellers(server):
    """Sessions of the application `teller`, one or two in each state."""
    with ExitStack() as ends:
        def session(*statements):
            teller = ends.enter_context(closing(server.connect(application_name='teller')))
            for statement in statements:
                try:
                    teller.cursor().execute(statement)
                except psycopg2.Error:
                    assert statement == 'SELECT 1 / 0'

        session('SELECT 1')
        session('SELECT 1')
        session('BEGIN', 'SELECT 1')
        session('BEGIN', 'SELECT 1 / 0')
        ends.enter_context(transaction(server, "SET application_name = 'teller'", 'SELECT pg_sleep(600)'))
        wait_until(lambda: len(counted(server, ['state'], "application_name = 'teller'")) == 4, what='the four states')
        yield


def test_sessions_are_counted_as_the_view_has_them(server, daemon, tellers):
    expected = counted(server, STATE, "application_name = 'teller'")
    assert sum(expected.values()) == 5
    daemon.wait_until(lambda page: samples(page, 'pg_stat_activity_count', STATE, application_name='teller') == expected)
    page = daemon.metrics()
    states = {'active', 'idle', 'idle in transaction', 'idle in transaction (aborted)', 'fastpath function call', 'disabled'}
    quiet = samples(page, 'pg_stat_activity_count', ['state'], datname='quiet')
    assert quiet == dict.fromkeys(((state,) for state in states), 0)


def test_ages_are_those_of_the_view(server, daemon, tellers):
    ages = """SELECT count(xact_start), sum(extract(epoch FROM clock_timestamp() - xact_start)),
                     sum(extract(epoch FROM clock_timestamp() - state_change)) FILTER (WHERE state LIKE 'idle in%')
                FROM pg_stat_activity WHERE application_name = 'teller'"""
    _, oldest, idle = map(float, server.sql(ages)[0])
    page = daemon.wait_for_polls(2)
    count, later, idle_later = map(float, server.sql(ages)[0])
    found = histogram(page, 'pg_stat_activity_transaction_age_seconds', datname='postgres')
    assert found[0] == count == 2  # one that was aborted has no age
    assert oldest <= found[1] <= later
    found = histogram(page, 'pg_stat_activity_idle_in_transaction_age_seconds', datname='postgres')
    assert (found[0], found[2][3600]) == (2, 2)
    assert idle <= found[1] <= idle_later
    assert histogram(page, 'pg_stat_activity_query_age_seconds', datname='postgres')[0] == 1
    assert 'quiet' not in of(page, 'pg_stat_activity_query_age_seconds_count', 'datname')


def test_idle_times_are_told_by_state_and_application(server, daemon, tellers):
    page = daemon.wait_for_polls(2)
    idle = samples(page, 'pg_process_idle_seconds_count', ['state'], application_name='teller')
    assert idle == {('idle',): 2, ('idle in transaction',): 1, ('idle in transaction (aborted)',): 1}
    histogram(page, 'pg_process_idle_seconds', application_name='teller', state='idle')


def test_processes_are_counted_by_type_and_by_what_they_wait_for(server, daemon, tellers):
    def types():
        return {**dict.fromkeys(((name,) for name in COMING_AND_GOING), 0), **counted(server, ['backend_type'], 'true')}

    with taker(server, 1), waiter(server, 2, 1), waiter(server, 2):
        # Of the sessions it is this query's own that the page does not have.
        daemon.wait_until(lambda page: {**samples(page, 'pg_stat_activity_backends', ['backend_type']),
                                        ('client backend',): 0} == {**types(), ('client backend',): 0})
        waits = "wait_event_type = 'Lock' OR wait_event = 'PgSleep'"
        expected = counted(server, ['wait_event_type', 'wait_event'], waits)
        assert expected == {('Lock', 'transactionid'): 2, ('Timeout', 'PgSleep'): 1}
        page = daemon.wait_until(lambda page: expected.items() <= samples(
            page, 'pg_stat_activity_waiting_processes', ['wait_event_type', 'wait_event']).items())
        assert 'Activity' not in of(page, 'pg_stat_activity_waiting_processes', 'wait_event_type')


def test_locks_that_are_awaited_are_told_by_mode(server, daemon):
    def waiting(page):
        return {labels: value for labels, value in samples(page, 'pg_locks_waiting', ['datname', 'mode']).items() if value}

    daemon.wait_until(lambda page: waiting(page) == {} and len(page['pg_locks_waiting']) == 9 * (4 + 1))
    with taker(server, 1), waiter(server, 1), transaction(server, 'LOCK TABLE bill IN SHARE MODE'):
        page = daemon.wait_until(lambda page: len(waiting(page)) == 2)
        expected = server.sql("""SELECT coalesce(d.datname, ''), lower(l.mode), count(*)::float8
                                   FROM pg_locks l LEFT JOIN pg_database d ON d.oid = l.database
                                  WHERE NOT l.granted GROUP BY 1, 2""")
        assert waiting(page) == {(datname, mode): count for datname, mode, count in expected}
        assert waiting(page) == {('', 'sharelock'): 1, ('postgres', 'sharelock'): 1}
        assert daemon.value('pg_locks_count', datname='postgres', mode='sharelock') == 1
        assert '' not in of(page, 'pg_locks_count', 'datname')


def test_all_sessions_are_read_once_a_poll(server, daemon):
    def reads():
        lines = server.log.read_text().splitlines()
        return sum('SELECT d.datname, pg_catalog.pg_get_userbyid' in line for line in lines)

    polls, begin = daemon.value('pg_exporter_scrapes_total'), reads()
    daemon.wait_for_polls(5, 30)
    asked = reads() - begin
    # A poll may be under way at either look.
    assert abs(daemon.value('pg_exporter_scrapes_total') - polls - asked) <= 2


def test_the_server_is_asked_how_long_it_takes_to_answer(server, daemon):
    def found():
        return histogram(daemon.metrics(), 'pg_probe_duration_seconds')

    before = found()
    daemon.wait_until(lambda _: found()[0] >= before[0] + 3)
    assert found()[1] > before[1]
    assert all(count >= before[2][bound] for bound, count in found()[2].items())


@pytest.mark.parametrize('version', [13, 18])
def test_autovacuum_is_told_by_table(version):
    with monitored(version, settings=SLOW_AUTOVACUUM) as server:
        server.sql("CREATE TABLE bill AS SELECT g AS id, repeat('x', 500) AS text FROM generate_series(1, 5000) g")
        server.sql("UPDATE bill SET text = ''")
        labels = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'bill'}
        with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
            daemon.wait_until(lambda _: daemon.value('pg_stat_activity_autovacuum_timestamp_seconds', **labels), 60)
            since = server.sql("""SELECT extract(epoch FROM xact_start) FROM pg_stat_activity
                                   WHERE query LIKE 'autovacuum: VACUUM% public.bill'""")[0][0]
            assert daemon.value('pg_stat_activity_autovacuum_timestamp_seconds', **labels) == pytest.approx(
                float(since), abs=0.001)
            assert daemon.value('pg_stat_activity_autovacuum_prevents_wraparound', **labels) == 0
            assert daemon.value('pg_stat_activity_backends', backend_type='autovacuum worker') >= 1
