"""What sessions do to the server and to each other."""

from contextlib import ExitStack, contextmanager

from faults.sql import repeating, schema, session
from machine import wait_until


@contextmanager
def connections(stack):
    """idle sessions take 96 % of max_connections"""
    in_use, most = stack.sql("SELECT count(*), current_setting('max_connections')::int FROM pg_stat_activity"
                             " WHERE backend_type = 'client backend'")[0]
    with ExitStack() as opened:
        for _ in range(round(0.96 * most) - in_use + 1):  # 1: the one that counted
            opened.enter_context(session(stack))
        yield


@contextmanager
def latency(stack):
    """forty sessions run statements that take half a second and more"""
    with repeating(stack, 'SELECT pg_sleep(0.6)', sessions=40):
        yield


@contextmanager
def idle(stack):
    """a session sits idle in a transaction"""
    with session(stack) as cursor:
        cursor.execute('BEGIN; SELECT txid_current()')
        yield


@contextmanager
def long(stack):
    """a statement, and so its transaction, does not come to an end"""
    with repeating(stack, 'SELECT pg_sleep(600)'):
        yield


@contextmanager
def lock(stack):
    """a table locked by ACCESS EXCLUSIVE, and six sessions that wait for it"""
    with schema(stack, 'provoked_lock', 'CREATE TABLE busy ()'), session(stack) as holder:
        holder.execute('BEGIN; LOCK TABLE provoked_lock.busy')
        with repeating(stack, 'SELECT FROM provoked_lock.busy', sessions=6, pause=0.2):
            yield
            holder.execute('ROLLBACK')


@contextmanager
def deadlock(stack):
    """two sessions update two rows in opposite order, every few seconds"""
    def transaction(*order):
        first, second = (f'UPDATE provoked_deadlock.pair SET n = n + 1 WHERE id = {row}' for row in order)
        return repeating(stack, f'BEGIN; {first}', 'SELECT pg_sleep(0.5)', second, 'COMMIT', pause=1.5,
                         options='-c deadlock_timeout=100ms')
    rows = 'CREATE TABLE pair AS SELECT generate_series(1, 2) AS id, 0 AS n'
    with schema(stack, 'provoked_deadlock', rows), transaction(1, 2), transaction(2, 1):
        yield


@contextmanager
def rollback(stack):
    """many transactions are rolled back"""
    with repeating(stack, 'BEGIN', 'SELECT 1 / 0', 'ROLLBACK', sessions=3, pause=0.01):
        yield


@contextmanager
def temp(stack):
    """sorts that do not fit into work_mem spill to disk, 20 MB at a time"""
    sort = "SELECT count(*) FROM (SELECT repeat('x', 1000) || g FROM generate_series(1, 20000) g ORDER BY 1 OFFSET 0) s"
    with repeating(stack, sort, sessions=2, pause=0.5, options='-c work_mem=64kB'):
        yield


@contextmanager
def regression(stack):
    """a statement of one millisecond comes to take a hundred"""
    statement = 'SELECT pg_sleep(seconds) FROM provoked_regression.cost'
    with schema(stack, 'provoked_regression', 'CREATE TABLE cost AS SELECT 0.001 AS seconds'), \
            repeating(stack, statement):
        wait_until(lambda: _calls_before_the_window(stack, statement) > 200, 120, 'a history of the statement')
        stack.sql('UPDATE provoked_regression.cost SET seconds = 0.1')
        yield


def _calls_before_the_window(stack, statement):
    for queryid, in stack.sql('SELECT queryid FROM pg_stat_statements WHERE query = %s', [statement]):
        window = max(1, 600 // stack.hurry)
        for _, calls in stack.query(f'pg_stat_statements_calls_total{{queryid="{queryid}"}} offset {window}s'):
            return calls
    return 0
