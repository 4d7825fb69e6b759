"""What the page says, beside what the server says when asked plainly: on the oldest version and on the newest."""

import re
from contextlib import closing

import pytest
from pgvigil import Daemon, monitored

BILL = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'bill'}
UNITS = {'ms': ('seconds', 0.001), 's': ('seconds', 1), 'min': ('seconds', 60), 'h': ('seconds', 3600),
         'd': ('seconds', 86400), 'B': ('bytes', 1), 'kB': ('bytes', 1 << 10), 'MB': ('bytes', 1 << 20)}


@pytest.fixture(scope='module', params=[13, 18])
def server(request):
    with monitored(request.param) as server:
        server.sql('CREATE TABLE bill (id serial PRIMARY KEY, text text); CREATE ROLE limited CONNECTION LIMIT 7')
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        yield daemon


def one(server, query):
    return float(server.sql(query)[0][0])


def test_rows_that_were_written_are_counted(server, daemon):
    server.sql("INSERT INTO bill (text) VALUES ('a'), ('b'), ('c')")
    server.sql("UPDATE bill SET text = 'd' WHERE id < 3; DELETE FROM bill WHERE id = 3")
    daemon.wait_until(lambda _: [daemon.value(f'pg_stat_user_tables_n_tup_{verb}', **BILL)
                                 for verb in ('ins', 'upd', 'del')] == [3, 2, 1])
    server.sql('VACUUM bill')
    daemon.wait_until(lambda page: daemon.value('pg_stat_user_tables_vacuum_count', **BILL) == 1)
    assert daemon.value('pg_stat_user_tables_n_live_tup', **BILL) == 2
    vacuumed = one(server, "SELECT extract(epoch FROM last_vacuum) FROM pg_stat_user_tables WHERE relname = 'bill'")
    assert daemon.value('pg_stat_user_tables_last_vacuum', **BILL) == pytest.approx(vacuumed, abs=0.001)


def test_sizes_are_those_of_the_server(server, daemon):
    daemon.wait_until(lambda _: daemon.value('pg_stat_user_tables_table_size_bytes', **BILL)
                      == one(server, "SELECT pg_table_size('bill')"))
    daemon.wait_until(lambda _: daemon.value('pg_stat_user_tables_index_size_bytes', **BILL)
                      == one(server, "SELECT pg_indexes_size('bill')"))
    daemon.wait_until(lambda _: daemon.value('pg_database_size_bytes', datname='postgres')
                      == one(server, "SELECT pg_database_size('postgres')"))


def test_a_lock_and_an_open_transaction_are_seen_while_they_last(server, daemon):
    locks = (('datname', 'postgres'), ('mode', 'sharerowexclusivelock'))
    with closing(server.connect(application_name='billing')) as application:
        application.autocommit = False
        application.cursor().execute('LOCK TABLE bill IN SHARE ROW EXCLUSIVE MODE')
        page = daemon.wait_until(lambda page: page['pg_locks_count'][locks] == 1)
        idle = [(value, page['pg_stat_activity_max_tx_duration'][labels])
                for labels, value in page['pg_stat_activity_count'].items()
                if {('application_name', 'billing'), ('state', 'idle in transaction')} <= set(labels)]
        assert [value for value, _ in idle] == [1]
        assert idle[0][1] > 0
        assert daemon.value('pg_long_running_transactions') == 1
        assert daemon.value('pg_long_running_transactions_oldest_age_seconds') > 0
    daemon.wait_until(lambda page: page['pg_locks_count'][locks] == 0)
    daemon.wait_until(lambda page: page['pg_long_running_transactions'] == {(): 0})


def test_checkpoints_go_on_being_counted_under_their_old_name(server, daemon):
    before = daemon.value('pg_stat_bgwriter_checkpoints_req_total')
    server.sql('CHECKPOINT')
    daemon.wait_until(lambda page: page['pg_stat_bgwriter_checkpoints_req_total'][()] == before + 1)


def test_commits_and_rollbacks_are_those_of_the_database(server, daemon):
    before = daemon.value('pg_stat_database_xact_rollback', datid=datid(server), datname='postgres')
    with closing(server.connect()) as application:
        application.autocommit = False
        application.cursor().execute("INSERT INTO bill (text) VALUES ('never')")
        application.rollback()
    daemon.wait_until(lambda _: daemon.value(
        'pg_stat_database_xact_rollback', datid=datid(server), datname='postgres') == before + 1)


def test_a_statement_is_counted_by_its_id(server, daemon):
    with closing(server.connect()) as application, application.cursor() as cursor:
        for _ in range(7):
            cursor.execute('SELECT count(*) FROM bill WHERE id > 0')
    queryid = server.sql("SELECT queryid FROM pg_stat_statements WHERE query LIKE 'SELECT count(*) FROM bill%'")[0][0]
    statement = {'user': 'postgres', 'datname': 'postgres', 'queryid': str(queryid)}
    daemon.wait_until(lambda _: daemon.value('pg_stat_statements_calls_total', **statement) == 7)
    assert daemon.value('pg_stat_statements_rows_total', **statement) == 7


def test_what_the_server_is_and_since_when(server, daemon):
    assert daemon.value('pg_postmaster_start_time_seconds') == pytest.approx(
        one(server, 'SELECT extract(epoch FROM pg_postmaster_start_time())'), abs=0.001)
    (labels,) = daemon.metrics()['pg_static']
    assert dict(labels)['version'] == server.sql('SELECT version()')[0][0]
    assert daemon.value('pg_replication_is_replica') == 0
    assert daemon.value('pg_roles_connection_limit', rolname='limited') == 7
    assert daemon.value('pg_database_wraparound_age_datfrozenxid', datname='template0') > 0


def test_settings_are_those_that_others_have_in_base_units(server, daemon):
    with closing(server.connect()) as other, other.cursor() as cursor:
        # What is configured; a session of theirs shows what the kernel makes of 0 for its own connection.
        cursor.execute("SELECT name, CASE WHEN name LIKE 'tcp_keepalives_%' THEN reset_val ELSE setting END, unit "
                       "FROM pg_settings WHERE vartype IN ('bool', 'integer', 'real')")
        expected = dict(in_base_unit(*setting) for setting in cursor)
    expected['pg_settings_pending_restart'] = 0  # no setting, but how many of them wait
    page = daemon.metrics()
    shown = {name: samples[()] for name, samples in page.items() if name.startswith('pg_settings_')}
    different = {name for name in shown.keys() | expected.keys()
                 if shown.get(name) != pytest.approx(expected.get(name))}
    assert {name: (shown.get(name), expected.get(name)) for name in different} == {}


def in_base_unit(name, setting, unit):
    """The name and value of a setting's metric."""
    metric = 'pg_settings_' + re.sub(r'\W', '_', name.lower())
    value = {'on': 1.0, 'off': 0.0}[setting] if setting in ('on', 'off') else float(setting)
    if not unit:
        return metric, value
    number, symbol = re.fullmatch(r'(\d*)(\w+)', unit).groups()
    base, factor = UNITS[symbol]
    return f'{metric}_{base}', value if value == -1 else value * int(number or 1) * factor


def datid(server):
    return str(server.sql("SELECT oid FROM pg_database WHERE datname = 'postgres'")[0][0])
