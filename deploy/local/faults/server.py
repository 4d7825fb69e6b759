"""What goes wrong in the server itself, or in how it is run."""

from contextlib import contextmanager

from faults.sql import altered, repeating, schema, session


@contextmanager
def down(stack):
    """the server is stopped"""
    stack.server.stop()
    try:
        yield
    finally:
        stack.start_server()


@contextmanager
def hang(stack):
    """the server and all its processes are frozen: it neither answers nor refuses"""
    stack.server.sigstop()
    try:
        yield
    finally:
        stack.server.sigcont()


@contextmanager
def restart(stack):
    """the server is restarted"""
    stack.server.stop()
    stack.start_server()
    yield


@contextmanager
def pending(stack):
    """a setting is changed that only a restart applies"""
    with altered(stack, max_connections=101):
        yield


@contextmanager
def archiver(stack):
    """archive_command fails"""
    wal = "SELECT pg_logical_emit_message(false, 'provoke', 'wal'), pg_switch_wal()"
    with altered(stack, archive_command='false'), repeating(stack, wal, pause=1):
        yield


@contextmanager
def slot(stack):
    """a replication slot that nobody reads"""
    stack.sql("SELECT pg_create_physical_replication_slot('provoked', true)")
    try:
        yield
    finally:
        stack.sql("SELECT pg_drop_replication_slot('provoked')")


@contextmanager
def lost(stack):
    """a replication slot whose WAL the server has thrown away"""
    with altered(stack, max_slot_wal_keep_size='1MB'):
        stack.sql("SELECT pg_create_physical_replication_slot('provoked_lost', true)")
        try:
            with session(stack) as cursor:
                for _ in range(4):
                    cursor.execute("SELECT pg_logical_emit_message(false, 'provoke', 'wal'), pg_switch_wal()")
                cursor.execute('CHECKPOINT')
            yield
        finally:
            stack.sql("SELECT pg_drop_replication_slot('provoked_lost')")


@contextmanager
def checkpoints(stack):
    """checkpoints are requested twice a second"""
    with repeating(stack, "SELECT pg_logical_emit_message(false, 'provoke', 'wal')", 'CHECKPOINT', pause=0.5):
        yield


@contextmanager
def sequence(stack):
    """a smallint sequence has used 92 % of its numbers"""
    ids = 'CREATE SEQUENCE ids AS smallint; SELECT setval(\'ids\', 30146)'
    with schema(stack, 'provoked_sequence', ids):
        stack.sql('GRANT USAGE ON SCHEMA provoked_sequence TO pgvigil;'
                  'GRANT SELECT ON SEQUENCE provoked_sequence.ids TO pgvigil')
        yield


@contextmanager
def collector(stack):
    """a view that a collector of Bill-Inquiry reads is gone"""
    stack.sql('ALTER VIEW audit.customer_cache RENAME TO customer_cache_provoked')
    try:
        yield
    finally:
        stack.sql('ALTER VIEW audit.customer_cache_provoked RENAME TO customer_cache')


@contextmanager
def backup(stack):
    """the last successful backup is three days old, the last successful restore test nine, and one failed since"""
    stack.sql("""INSERT INTO audit.backup_history (kind, started_at, finished_at, succeeded, message)
                 SELECT kind, at - interval '1 minute', at, succeeded, 'provoked'
                   FROM (VALUES ('backup', 3, true), ('restore_test', 9, true), ('restore_test', 2, false))
                        AS run (kind, days, succeeded), LATERAL (SELECT now() - days * interval '1 day') AS moment (at)""")
    try:
        yield
    finally:
        stack.sql("DELETE FROM audit.backup_history WHERE message = 'provoked'")


@contextmanager
def vacuum(stack):
    """a table whose rows were all deleted, and that autovacuum leaves alone"""
    rows = 'CREATE TABLE bloated WITH (autovacuum_enabled = off) AS SELECT generate_series(1, 20000) AS id'
    with schema(stack, 'provoked_vacuum', rows):
        stack.sql('DELETE FROM provoked_vacuum.bloated')
        yield
