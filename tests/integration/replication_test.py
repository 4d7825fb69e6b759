"""Replication made real, and what the page says of it beside a plain query of the same views.

VERSIONS in the environment names others than the two that are quick to run.
"""

import json
import os
from contextlib import closing, contextmanager, suppress

import psycopg2
import pytest
from machine import wait_until
from pgvigil import ROOT, Daemon, monitored, run, standby_of
from psycopg2.extras import PhysicalReplicationConnection

VERSIONS = [int(version) for version in os.environ.get('VERSIONS', '14,18').split(',')]
PRIMARY = {'wal_level': 'logical', 'max_wal_size': '64MB', 'min_wal_size': '32MB', 'logical_decoding_work_mem': '64kB'}
STANDBY = {'primary_slot_name': 'its_slot', 'hot_standby_feedback': True, 'wal_receiver_status_interval': '1s',
           'wal_retrieve_retry_interval': '200ms', 'max_standby_streaming_delay': 0}
STREAM = {'application_name': 'standby', 'client_addr': '127.0.0.1', 'state': 'streaming', 'slot_name': 'its_slot'}
SUBSCRIPTION = {'datname': 'postgres', 'subname': 'sub'}
NEWEST = 'pg_current_wal_lsn()'


@pytest.fixture(scope='module', params=VERSIONS)
def primary(request):
    with monitored(request.param, settings=PRIMARY) as primary:
        primary.sql('CREATE TABLE written AS SELECT 1 AS id')
        primary.sql("SELECT pg_create_physical_replication_slot('its_slot')")
        yield primary


@pytest.fixture(scope='module')
def standby(primary):
    upstream = f'host=127.0.0.1 port={primary.port} user=postgres dbname=postgres application_name=standby'
    with standby_of(primary, primary_conninfo=upstream, **STANDBY) as standby:
        write(primary)
        wait_until(lambda: standby.sql('SELECT pg_last_xact_replay_timestamp()')[0][0], what='commit')
        yield standby


@pytest.fixture(scope='module')
def page_of_primary(primary, standby):
    with Daemon('--dsn', primary.dsn(user='pgvigil')) as daemon:
        yield daemon


@pytest.fixture(scope='module')
def page_of_standby(standby):
    with Daemon('--dsn', standby.dsn(user='pgvigil')) as daemon:
        yield daemon


def write(server):
    server.sql('UPDATE written SET id = id + 1')


def samples(page, prefix, **labels):
    """{rest of the name: value} of the samples that have exactly these labels; of a name that ends in _total, without."""
    wanted = tuple(sorted(labels.items()))
    return {name[len(prefix):].removesuffix('_total'): found[wanted] for name, found in page.items()
            if name.startswith(prefix) and wanted in found}


def row(server, query):
    """The one row of a query as {column: number}, without what is NULL."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        (cells,) = cursor.fetchall()
        return {column.name: float(cell) for column, cell in zip(cursor.description, cells) if cell is not None}


def agree(daemon, server, query, prefix, where=lambda found: True, **labels):
    """Waits until the page says what the query says, for every column of it, and `where` holds; returns that."""
    expected = {}

    def same(page):
        expected.clear()
        expected.update(row(server, query))
        shown = samples(page, prefix, **labels)
        return where(expected) and {name: shown.get(name) for name in expected} == pytest.approx(expected, abs=1e-3)
    with suppress(TimeoutError):
        daemon.wait_until(same, timeout=30)
        return dict(expected)
    shown = samples(daemon.metrics(), prefix, **labels)
    raise AssertionError(f'the page says {shown}, the server {row(server, query)}')


REPLICATION = f"""
    SELECT {NEWEST} - sent_lsn AS sent_lag_bytes, {NEWEST} - write_lsn AS write_lag_bytes,
           {NEWEST} - flush_lsn AS flush_lag_bytes, {NEWEST} - replay_lsn AS replay_lag_bytes,
           {NEWEST} - replay_lsn AS pg_wal_lsn_diff, sync_priority, (sync_state IN ('sync', 'quorum'))::int AS synchronous
      FROM pg_stat_replication WHERE application_name = 'standby'
"""
RECOVERY = """
    SELECT pg_last_wal_replay_lsn() - '0/0' AS replay_position_bytes,
           pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn() AS replay_lag_bytes,
           pg_is_wal_replay_paused()::int AS paused
"""
RECEIVER = """
    SELECT receive_start_lsn - '0/0' AS receive_start_lsn, receive_start_tli, written_lsn - '0/0' AS written_lsn,
           flushed_lsn - '0/0' AS flushed_lsn,
           received_tli, latest_end_lsn - '0/0' AS latest_end_lsn, latest_end_lsn - flushed_lsn AS flush_lag_bytes
      FROM pg_stat_wal_receiver
"""


def test_replay_that_is_paused_shows_in_bytes_on_both_sides_and_in_seconds_on_the_standby(
        primary, standby, page_of_primary, page_of_standby):
    standby.sql('SELECT pg_wal_replay_pause()')
    write(primary)
    agree(page_of_primary, primary, REPLICATION, 'pg_stat_replication_', lambda found: found['replay_lag_bytes'] > 0
          and found['sent_lag_bytes'] == found['flush_lag_bytes'] == 0, **STREAM)
    agree(page_of_standby, standby, RECOVERY, 'pg_recovery_',
          lambda found: found['paused'] == 1 and found['replay_lag_bytes'] > 0)
    agree(page_of_standby, standby, RECEIVER, 'pg_stat_wal_receiver_', upstream_host='127.0.0.1', slot_name='its_slot',
          status='streaming')
    late = page_of_standby.metrics()['pg_recovery_replay_lag_seconds'][()]
    page_of_standby.wait_until(lambda page: page['pg_recovery_replay_lag_seconds'][()] > late + 1)
    standby.sql('SELECT pg_wal_replay_resume()')
    page_of_standby.wait_until(lambda page: samples(page, 'pg_recovery_') | {'replay_position_bytes': 0}
                               == {'replay_position_bytes': 0, 'replay_lag_bytes': 0, 'replay_lag_seconds': 0,
                                   'receiver_streaming': 1, 'paused': 0, 'pause_requested': 0})
    agree(page_of_primary, primary, REPLICATION, 'pg_stat_replication_', lambda found: found['replay_lag_bytes'] == 0, **STREAM)


def test_a_standby_of_an_idle_primary_is_not_late(primary, standby, page_of_standby):
    page = page_of_standby.wait_until(lambda page: page['pg_replication_last_replay_seconds'][()] > 2)
    assert page['pg_recovery_replay_lag_seconds'] == {(): 0}
    received = page['pg_stat_wal_receiver_last_msg_receipt_time']
    (when,) = received.values()
    assert when == pytest.approx(row(standby, 'SELECT extract(epoch FROM now()) AS now')['now'], abs=60)


def test_without_the_statistics_right_a_standby_has_what_docs_privileges_says(primary, standby):
    primary.sql('CREATE ROLE nobody LOGIN')
    wait_until(lambda: standby.sql("SELECT 1 FROM pg_roles WHERE rolname = 'nobody'"), what='role')
    explained = json.loads(run('explain', '--json', '--dsn', standby.dsn(user='nobody')).stdout)
    outcomes = {one['collector']: one['outcome'] for one in explained}
    free = 'ok' if standby.version >= 15 else 'skipped'
    assert [outcomes[name] for name in ('recovery', 'stat_wal_receiver', 'stat_recovery_prefetch')] == ['skipped', 'skipped', free]
    says = 'On a standby, recovery and stat_wal_receiver need pg_read_all_stats; stat_recovery_prefetch needs nothing.'
    assert says in (ROOT / 'docs/privileges.md').read_text()


def test_a_synchronous_standby_is_told_from_an_asynchronous_one(primary, page_of_primary):
    def place(page):
        return (samples(page, 'pg_stat_replication_', **STREAM)['synchronous'],
                samples(page, 'pg_stat_replication_', **STREAM)['sync_priority'],
                page['pg_replication_senders_synchronous'][()], page['pg_replication_synchronous_required'][()])
    assert place(page_of_primary.metrics()) == (0, 0, 0, 0)
    for names, expected in (('other, standby', (1, 2, 1, 1)), ('First 2 (standby, other)', (1, 1, 1, 2)),
                            ('ANY 3(a, b, "standby")', (1, 1, 1, 3)), ('other', (0, 0, 0, 1)), ('', (0, 0, 0, 0))):
        primary.configure({'synchronous_standby_names': names})
        primary.reload()
        page_of_primary.wait_until(lambda page: place(page) == expected)
        agree(page_of_primary, primary, REPLICATION, 'pg_stat_replication_', **STREAM)


@contextmanager
def receiver(server, name):
    """Somebody who streams without a slot, and says nothing back."""
    with closing(psycopg2.connect(server.dsn(), application_name=name,
                                  connection_factory=PhysicalReplicationConnection)) as connection:
        (newest,), = server.sql(f'SELECT {NEWEST}::text')
        connection.cursor().start_replication(start_lsn=newest, decode=False)
        yield connection


def test_two_of_one_name_are_one_series_and_spoil_nothing(primary, page_of_primary):
    with receiver(primary, 'twin') as first, receiver(primary, 'twin') as second:
        with second.cursor() as cursor:
            cursor.send_feedback(write_lsn=1, flush_lsn=1, apply_lsn=1, force=True)
        with first.cursor() as cursor:
            behind = int(row(primary, f"SELECT {NEWEST} - '0/0' AS newest")['newest'])
            cursor.send_feedback(write_lsn=behind, flush_lsn=behind, apply_lsn=behind, force=True)
        page = page_of_primary.wait_until(lambda page: page['pg_replication_senders'] == {(): 3})

        def twins(page):
            return [value for labels, value in page['pg_stat_replication_replay_lag_bytes'].items()
                    if ('application_name', 'twin') in labels]
        page = page_of_primary.wait_until(lambda page: len(twins(page)) == 1)
        page = page_of_primary.wait_until(lambda page: twins(page) == [row(
            primary, f"SELECT max({NEWEST} - replay_lsn) AS lag FROM pg_stat_replication WHERE application_name = 'twin'")['lag']])
        assert twins(page)[0] >= behind - 1
        assert page_of_primary.value('pg_scrape_collector_success', collector='stat_replication') == 1
    page_of_primary.wait_until(lambda page: page['pg_replication_senders'] == page['pg_replication_senders_streaming']
                               == {(): 1})


def test_feedback_through_a_slot_holds_vacuum_back_as_the_slot(primary, standby, page_of_primary):
    with closing(standby.connect()) as reader, reader.cursor() as cursor:
        cursor.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM written')

        def holds(page):
            write(primary)
            ages = samples(page, 'pg_replication_slots_', slot_name='its_slot', slot_type='physical')
            return (page['pg_xmin_horizon_age'][(('holder', 'slot'),)] > 9 and ages.get('xmin_age', 0) > 9
                    and page['pg_xmin_horizon_age'][(('holder', 'standby'),)] < 9)
        page_of_primary.wait_until(holds, timeout=30)


def test_a_query_that_recovery_cancels_is_counted(primary, standby, page_of_standby):
    primary.sql('CREATE TABLE doomed ()')
    wait_until(lambda: standby.sql("SELECT 1 FROM pg_tables WHERE tablename = 'doomed'"), what='table')
    with closing(standby.connect()) as reader, reader.cursor() as cursor:
        cursor.execute('BEGIN; SELECT * FROM doomed')
        primary.sql('DROP TABLE doomed')
        page = page_of_standby.wait_until(lambda page: cancelled(page) == 1)
    assert cancelled(page) == standby.sql("SELECT confl_lock FROM pg_stat_database_conflicts WHERE datname = 'postgres'")[0][0]


def cancelled(page):
    (count,) = [value for labels, value in page['pg_stat_database_conflicts_confl_lock'].items()
                if ('datname', 'postgres') in labels]
    return count


SLOT = f"""
    SELECT active::int AS slot_is_active, {NEWEST} - '0/0' AS slot_current_wal_lsn, {NEWEST} - restart_lsn AS retained_bytes,
           {NEWEST} - confirmed_flush_lsn AS confirmed_flush_lag_bytes, confirmed_flush_lsn - '0/0' AS slot_confirmed_flush_lsn,
           age(xmin) AS xmin_age, age(catalog_xmin) AS catalog_xmin_age, safe_wal_size AS safe_wal_size_bytes, temporary::int
           {{}}
      FROM pg_replication_slots WHERE slot_name = '{{}}'
"""
SLOT_COLUMNS = [(14, "CASE WHEN slot_type = 'logical' THEN two_phase::int END AS two_phase"), (16, 'conflicting::int'),
                (17, 'extract(epoch FROM inactive_since) AS inactive_since_timestamp_seconds'),
                (17, "CASE WHEN slot_type = 'logical' THEN failover::int END AS failover"),
                (17, "CASE WHEN slot_type = 'logical' THEN synced::int END AS synced")]


def slot(server, name):
    columns = [column for since, column in SLOT_COLUMNS if since <= server.version]
    return SLOT.format(''.join(f', {column}' for column in columns), name)


def test_each_slot_says_what_it_is_and_what_it_keeps(primary, standby, page_of_primary):
    primary.sql("SELECT pg_create_physical_replication_slot('unused', true)")
    further = ', false, true' if primary.version >= 14 else ''
    primary.sql(f"SELECT pg_create_logical_replication_slot('logical', 'test_decoding'{further})")
    write(primary)
    for name, kind in ('its_slot', 'physical'), ('unused', 'physical'), ('logical', 'logical'):
        found = agree(page_of_primary, primary, slot(primary, name), 'pg_replication_slots_', slot_name=name, slot_type=kind)
        assert found['slot_is_active'] == (name == 'its_slot')
        assert found['retained_bytes'] > 0 or found['slot_is_active']
        assert found.get('two_phase') == (1 if kind == 'logical' and primary.version >= 14 else None)


SPILLED = """
    SELECT spill_txns AS spill_transactions, spill_count AS spills, spill_bytes, stream_txns AS stream_transactions,
           stream_count AS streams, stream_bytes, total_txns AS transactions, total_bytes AS bytes
      FROM pg_stat_replication_slots WHERE slot_name = 'logical'
"""


def test_a_transaction_that_outgrows_memory_is_counted_as_spilled(primary, page_of_primary):
    if primary.version < 14:
        assert not [name for name in page_of_primary.metrics() if name.startswith('pg_stat_replication_slots_')]
        return
    primary.sql("""CREATE TABLE big (id int, text text); SET synchronous_commit = on;
                   INSERT INTO big SELECT g, repeat('x', 100) FROM generate_series(1, 3000) g""")
    primary.sql("SELECT count(*) FROM pg_logical_slot_get_changes('logical', NULL, NULL)")
    agree(page_of_primary, primary, SPILLED, 'pg_stat_replication_slots_',
          lambda found: found['spill_transactions'] >= 1 and found['spill_bytes'] > 64 * 1024, slot_name='logical')


def test_a_slot_that_is_copied_to_the_standby_says_so(primary, standby, page_of_standby):
    if primary.version < 17:
        return
    primary.sql("SELECT pg_create_logical_replication_slot('failover', 'test_decoding', false, false, true)")
    wait_until(lambda: synchronized(primary, standby), timeout=60, what='synchronized slot')
    found = page_of_standby.wait_until(lambda page: samples(
        page, 'pg_replication_slots_', slot_name='failover', slot_type='logical').get('synced') == 1)
    assert samples(found, 'pg_replication_slots_', slot_name='failover', slot_type='logical')['failover'] == 1
    primary.sql("SELECT pg_drop_replication_slot('failover')")


def synchronized(primary, standby):
    """The slot moves on until the standby has all that it needs; before, its copy is a temporary one or an error."""
    write(primary)
    primary.sql("SELECT pg_log_standby_snapshot()")
    primary.sql("SELECT count(*) FROM pg_logical_slot_get_changes('failover', NULL, NULL)")
    with suppress(psycopg2.Error):
        standby.sql('SELECT pg_sync_replication_slots()')
    return standby.sql('SELECT 1 FROM pg_replication_slots WHERE synced AND NOT temporary')


def test_a_slot_of_a_standby_that_recovery_invalidates_says_so_and_why(primary, standby, page_of_standby):
    if primary.version < 16:
        return
    here = {'slot_name': 'here', 'slot_type': 'logical'}
    creation = "SELECT pg_create_logical_replication_slot('here', 'test_decoding')"
    with closing(psycopg2.connect(standby.dsn(), async_=True)) as session:
        wait_until(lambda: session.poll() == psycopg2.extensions.POLL_OK, what='connection')
        cursor = session.cursor()
        cursor.execute(creation)  # which waits for what the primary is about to say
        wait_until(lambda: primary.sql('SELECT pg_log_standby_snapshot()')
                   and session.poll() == psycopg2.extensions.POLL_OK, timeout=60, what='slot')
    page_of_standby.wait_until(lambda page: samples(page, 'pg_replication_slots_', **here).get('conflicting') == 0)
    primary.sql("SELECT pg_drop_replication_slot('logical')")  # else this one would keep the rows
    standby.configure({'hot_standby_feedback': False})
    standby.reload()
    wait_until(lambda: primary.sql("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'its_slot' AND catalog_xmin IS NULL"
                                   " AND xmin IS NULL"), what='end of feedback')

    def conflicts(page):
        for statement in 'CREATE TABLE short_lived ()', 'DROP TABLE short_lived', 'VACUUM pg_class':
            primary.sql(statement)
        return samples(page, 'pg_replication_slots_', **here)['conflicting'] == 1
    page_of_standby.wait_until(conflicts, timeout=60)
    if primary.version >= 17:
        page_of_standby.wait_until(lambda _: page_of_standby.value(
            'pg_replication_slots_invalidated', reason='rows_removed', **here) == 1)
    standby.sql("SELECT pg_drop_replication_slot('here')")


def test_a_slot_whose_wal_is_gone_is_lost_and_why(primary, standby, page_of_primary):
    unused = {'slot_name': 'unused', 'slot_type': 'physical'}
    primary.configure({'max_slot_wal_keep_size': '1MB'})
    primary.reload()
    agree(page_of_primary, primary, slot(primary, 'unused'), 'pg_replication_slots_', **unused)
    for _ in range(4):
        write(primary)
        primary.sql('SELECT pg_switch_wal()')
    wait_until(lambda: primary.sql(f"SELECT 1 FROM pg_replication_slots WHERE slot_name = 'its_slot' AND restart_lsn = {NEWEST}"),
               what='the standby, whose slot is not to be lost')
    primary.sql('CHECKPOINT')
    page_of_primary.wait_until(lambda _: page_of_primary.value('pg_replication_slots_wal_status', wal_status='lost', **unused) == 1)
    if primary.version >= 17:
        page_of_primary.wait_until(lambda _: page_of_primary.value(
            'pg_replication_slots_invalidated', reason='wal_removed', **unused) == 1)
    assert 'retained_bytes' not in samples(page_of_primary.metrics(), 'pg_replication_slots_', **unused)
    primary.configure({'max_slot_wal_keep_size': -1})
    primary.reload()


def test_a_standby_that_lost_its_primary_is_late_and_says_that_it_does_not_stream(primary, standby, page_of_standby):
    primary.stop()
    try:
        page = page_of_standby.wait_until(lambda page: page['pg_recovery_receiver_streaming'] == {(): 0})
        late = page['pg_recovery_replay_lag_seconds'][()]
        page_of_standby.wait_until(lambda page: page['pg_recovery_replay_lag_seconds'][()] > late + 1)
    finally:
        primary.start()
    page_of_standby.wait_until(lambda page: page['pg_recovery_receiver_streaming'] == {(): 1}, timeout=60)
    page_of_standby.wait_until(lambda page: page['pg_recovery_replay_lag_seconds'] == {(): 0}, timeout=60)


def test_a_standby_that_has_no_upstream_is_not_said_to_lack_its_stream(standby, page_of_standby):
    upstream = standby.sql('SHOW primary_conninfo')[0][0]
    standby.configure({'primary_conninfo': ''})
    standby.reload()
    page = page_of_standby.wait_until(lambda page: 'pg_recovery_receiver_streaming' not in page, timeout=60)
    assert 'pg_recovery_replay_lag_seconds' in page
    standby.configure({'primary_conninfo': upstream})
    standby.reload()
    page_of_standby.wait_until(lambda page: page.get('pg_recovery_receiver_streaming') == {(): 1}, timeout=60)


WORKER = """
    SELECT received_lsn - '0/0' AS received_position_bytes, latest_end_lsn - '0/0' AS reported_position_bytes,
           received_lsn - latest_end_lsn AS report_lag_bytes,
           extract(epoch FROM last_msg_send_time) AS last_message_sent_timestamp_seconds,
           extract(epoch FROM last_msg_receipt_time) AS last_message_received_timestamp_seconds,
           extract(epoch FROM latest_end_time) AS reported_timestamp_seconds
      FROM pg_stat_subscription WHERE subname = 'sub' AND relid IS NULL AND pid IS NOT NULL
"""
ERRORS = """
    SELECT e.apply_error_count AS apply_errors, e.sync_error_count AS sync_errors {}
      FROM pg_stat_subscription_stats e JOIN pg_subscription s ON s.oid = e.subid JOIN pg_database d ON d.oid = s.subdbid
     WHERE d.datname = 'postgres'
"""
CONFLICTS = ['insert_exists', 'update_origin_differs', 'update_exists', 'update_missing', 'delete_origin_differs',
             'delete_missing', 'multiple_unique_conflicts']


@pytest.fixture(scope='module')
def subscriber(primary):
    """With a subscription to a table of the primary, and one of the same name, never enabled, in another database."""
    primary.sql('CREATE TABLE bill (id int PRIMARY KEY); INSERT INTO bill SELECT generate_series(1, 3)')
    primary.sql('CREATE PUBLICATION bills FOR TABLE bill')
    with monitored(primary.version, settings={'wal_retrieve_retry_interval': '200ms'}) as subscriber:
        subscriber.sql('CREATE TABLE bill (id int PRIMARY KEY)')
        upstream = f'host=127.0.0.1 port={primary.port} dbname=postgres user=postgres'
        subscriber.sql(f"CREATE SUBSCRIPTION sub CONNECTION '{upstream}' PUBLICATION bills")
        subscriber.sql('CREATE DATABASE other')
        subscriber.sql(f"CREATE SUBSCRIPTION sub CONNECTION '{upstream}' PUBLICATION bills WITH (connect = false)",
                       dbname='other')
        yield subscriber


@pytest.fixture(scope='module')
def page_of_subscriber(subscriber):
    with Daemon('--dsn', subscriber.dsn(user='pgvigil')) as daemon:
        yield daemon


def workers(page, datname='postgres'):
    """(enabled, apply workers, table synchronization workers)"""
    found = samples(page, 'pg_stat_subscription_', datname=datname, subname='sub')
    return tuple(found.get(name) for name in ('enabled', 'apply_workers', 'sync_workers'))


def tables(page):
    return {dict(labels)['state']: value for labels, value in page.get('pg_subscription_tables', {}).items()
            if set(SUBSCRIPTION.items()) <= set(labels)}


def rows(server):
    return server.sql('SELECT count(*) FROM bill')[0][0]


def test_a_subscription_says_where_it_is_and_who_works_for_it(primary, subscriber, page_of_subscriber):
    page = page_of_subscriber.wait_until(lambda page: tables(page).get('ready') == 1, timeout=60)
    assert tables(page) == {'init': 0, 'copy': 0, 'finished': 0, 'synchronized': 0, 'ready': 1}
    page_of_subscriber.wait_until(lambda page: workers(page) == (1, 1, 0))
    assert workers(page_of_subscriber.metrics(), 'other') == (0, 0, 0)
    primary.sql('INSERT INTO bill VALUES (4)')
    wait_until(lambda: rows(subscriber) == 4, what='row')
    agree(page_of_subscriber, subscriber, WORKER, 'pg_stat_subscription_', **SUBSCRIPTION)


def test_errors_of_a_subscription_are_counted_until_they_are_mended(primary, subscriber, page_of_subscriber):
    subscriber.sql('INSERT INTO bill VALUES (5)')
    primary.sql('INSERT INTO bill VALUES (5)')
    wait_until(lambda: 'duplicate key' in subscriber.log.read_text() or 'conflict detected' in subscriber.log.read_text(),
               timeout=30, what='error')
    if subscriber.version >= 15:
        page_of_subscriber.wait_until(lambda page: samples(page, 'pg_stat_subscription_', **SUBSCRIPTION)['apply_errors'] >= 2,
                                      timeout=60)
    subscriber.sql('DELETE FROM bill WHERE id = 5')
    page_of_subscriber.wait_until(lambda page: rows(subscriber) == 5 and workers(page) == (1, 1, 0), timeout=60)
    if subscriber.version >= 15:
        conflicts = ''.join(f', confl_{kind} AS conflict_{kind}' for kind in CONFLICTS) if subscriber.version >= 18 else ''
        found = agree(page_of_subscriber, subscriber, ERRORS.format(conflicts), 'pg_stat_subscription_', **SUBSCRIPTION)
        assert found['apply_errors'] >= 2
        assert found['sync_errors'] == 0
        assert found.get('conflict_insert_exists', 2) >= 2
        assert found.get('conflict_update_missing', 0) == 0
    assert 'apply_errors' in samples(page_of_subscriber.metrics(), 'pg_stat_subscription_', **SUBSCRIPTION) \
        or subscriber.version < 15


def test_the_publisher_sees_the_subscriber_as_one_who_streams(primary, subscriber, page_of_subscriber):
    with Daemon('--dsn', primary.dsn(user='pgvigil')) as daemon:
        stream = {'application_name': 'sub', 'client_addr': '127.0.0.1', 'state': 'streaming', 'slot_name': 'sub'}
        agree(daemon, primary, REPLICATION.replace("'standby'", "'sub'"), 'pg_stat_replication_', **stream)
        agree(daemon, primary, slot(primary, 'sub'), 'pg_replication_slots_', slot_name='sub', slot_type='logical')


def test_a_subscription_that_is_disabled_has_no_worker(subscriber, page_of_subscriber):
    subscriber.sql('ALTER SUBSCRIPTION sub DISABLE')
    page_of_subscriber.wait_until(lambda page: workers(page) == (0, 0, 0))
