"""What faults that sessions make have in common."""

import threading
from contextlib import contextmanager, suppress

import psycopg2


@contextmanager
def session(stack, **options):
    """A superuser's session in the demonstration's database, in autocommit; yields its cursor."""
    connection = stack.connect(application_name='provoke', **options)
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextmanager
def schema(stack, name, ddl):
    """A schema of this fault alone, with what `ddl` makes in it."""
    stack.sql(f'CREATE SCHEMA {name}; SET search_path = {name}; {ddl}')
    try:
        yield name
    finally:
        stack.sql(f'DROP SCHEMA {name} CASCADE')


@contextmanager
def repeating(stack, *statements, sessions=1, pause=0.0, **options):
    """So many sessions run the statements, one after another, again and again, also where one fails."""
    stop = threading.Event()
    connections = [stack.connect(application_name='provoke', **options) for _ in range(sessions)]

    def work(connection):
        with connection.cursor() as cursor:
            while not stop.is_set() and not connection.closed:
                for statement in statements:
                    with suppress(psycopg2.Error):  # what is to fail, and what fails when the server goes away
                        cursor.execute(statement)
                stop.wait(pause)

    threads = [threading.Thread(target=work, args=[connection], daemon=True) for connection in connections]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread, connection in zip(threads, connections):
            while thread.is_alive():  # again and again: the first may come before the statement
                with suppress(psycopg2.Error):
                    connection.cancel()
                thread.join(0.05)
            connection.close()


@contextmanager
def altered(stack, **settings):
    """The server with other settings, which a reload applies."""
    try:
        _alter(stack, [f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()])
        yield
    finally:
        _alter(stack, [f'ALTER SYSTEM RESET {name}' for name in settings])


def _alter(stack, statements):
    for statement in statements:  # none may stand in a transaction with others
        stack.sql(statement)
    stack.sql('SELECT pg_reload_conf()')
