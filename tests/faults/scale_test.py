"""A server that has, or sends, more than anybody should read. Each test is a row of docs/reliability.md."""

import re
from contextlib import closing

from harness import watching, written
from pgvigil import EVERY_SECOND, monitored

BOUND_MIB = 64  # more than a page of everything that a budget lets through takes
BIG = '''
collectors:
  big:
    interval: 1s
    max_rows: 10
    query: SELECT g AS row, repeat('x', 1000000) AS text, 1 AS n FROM switch, generate_series(1, switch.megabytes) g
    metrics: {row: label, text: label, n: {gauge: big, help: A megabyte in a label.}}
'''
TABLES = 'DO $$ BEGIN FOR n IN {} .. {} LOOP EXECUTE format(\'CREATE TABLE table_%s (id int)\', n); END LOOP; END $$'
STATEMENTS = r'''
DO $$ BEGIN FOR n IN 1 .. 50000 LOOP
  EXECUTE 'SELECT 1' || regexp_replace(regexp_replace(n::bit(16)::text, '0', ' - 1', 'g'), '1(?! )(?!$)', ' + 1', 'g');
END LOOP; END $$'''


def test_a_result_of_ten_gigabytes():
    with monitored(14) as server, written(BIG) as file:
        server.sql('CREATE TABLE switch AS SELECT 1 AS megabytes; GRANT SELECT ON switch TO pgvigil')
        with watching(server, f'--collectors.file={file}') as watch:
            with watch.fault():
                server.sql('UPDATE switch SET megabytes = 10000')
                watch.until_up(1)
                watch.until_polls(5)
                server.sql('UPDATE switch SET megabytes = 1')
            row = watch.row("A user's query with a result of 10 GB")
    assert row['memory peak, MiB'] - row['memory before, MiB'] < BOUND_MIB
    assert set(row['failed']) <= {'big'}


def visited(daemon):
    """The databases with a table on the page, which is too long to be parsed as a whole."""
    return set(re.findall(r'^pg_stat_user_tables_n_tup_ins\{datname="([^"]+)"', daemon.get('/metrics').text, re.M))


def test_five_hundred_databases():
    with monitored(14) as server, watching(server, config='') as watch:  # at its default pace
        with watch.fault(), closing(server.connect(host=server.socket_dir)) as connection:
            cursor = connection.cursor()
            cursor.execute('CREATE DATABASE shop')
            server.sql('CREATE TABLE bill (id int)', dbname='shop')
            names = [f'shop_{number}' for number in range(499)]
            for name in names:
                cursor.execute(f'CREATE DATABASE {name} TEMPLATE shop')
            watch.until_up(1)
            seen = set()
            while len(seen) < 500:  # until ctest's limit of time
                watch.until_polls(0)
                seen |= visited(watch.daemon)
            for name in ['shop', *names]:
                cursor.execute(f'DROP DATABASE {name} WITH (FORCE)')
        while visited(watch.daemon):
            watch.until_polls(0)
        watch.row('500 databases', 'what is due every five minutes takes turns, and is pending until then')


def test_fifty_thousand_tables():
    with monitored(14) as server:
        server.sql('CREATE DATABASE many')
        with watching(server, config='') as watch:  # at its default pace
            with watch.fault():
                for first in range(1, 50000, 1000):
                    server.sql(TABLES.format(first, first + 999), dbname='many')
                watch.until_up(1)
                watch.until(lambda page: page.cut.get('stat_user_tables') == 48000, timeout=400)
                shown = watch.daemon.get('/metrics').text.count('\npg_stat_user_tables_n_tup_ins{')
                server.sql('DROP DATABASE many WITH (FORCE)')
            while visited(watch.daemon):
                watch.until_polls(0)
            watch.row('50,000 tables')
    assert shown == 2000


def test_fifty_thousand_statements():
    settings = {'pg_stat_statements.max': 60000, 'pg_stat_statements.track': 'all'}
    every_five = EVERY_SECOND.replace('1s', '5s')  # a sanitizer is too slow to read them every second
    with monitored(14, settings=settings) as server, watching(server, config=every_five) as watch:
        with watch.fault():
            server.sql(STATEMENTS)
            assert server.sql('SELECT count(*) FROM pg_stat_statements')[0][0] > 50000
            watch.until_up(1)
            watch.until_polls(2)
            shown = watch.daemon.metrics()['pg_stat_statements_calls_total']
            server.sql('SELECT pg_stat_statements_reset()')
        row = watch.row('50,000 statements in pg_stat_statements')
    assert sum(shown.values()) >= 50000  # the remainder is one of them
    assert len(shown) < 1000
    assert not row['failed']
