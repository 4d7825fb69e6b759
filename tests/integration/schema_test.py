"""What the collectors of a database's tables, indexes, functions and sequences say, each case made on purpose and held
against a plain query of the catalogues: on the oldest version and on the newest."""

from contextlib import closing

import psycopg2
import pytest
from contract_test import WIDTHS
from machine import wait_until
from pgvigil import COLLECTORS, Daemon, monitored

ALL_ON = 'collectors:\n' + ''.join(
    f'  {name}: {{interval: 2s, timeout: 2s{", enabled: true" if name != "stat_statements_text" else ""}}}\n'
    for name in COLLECTORS)
SETTINGS = {'track_functions': 'all', 'wal_level': 'logical', 'autovacuum': False,
            'autovacuum_freeze_max_age': 100000, 'vacuum_freeze_min_age': 0}

TABLES = """
    CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, region int);
    CREATE TABLE bill (id int PRIMARY KEY, a int, b int, c int, t text);
    CREATE TABLE note (text text);
    CREATE TABLE doubles (n int); INSERT INTO doubles VALUES (1), (1);
"""

# Those whose name ends in _too are redundant, and no others are.
INDEXES = """
    CREATE INDEX bill_a_too ON bill (a); CREATE INDEX bill_ab ON bill (a, b);
    CREATE INDEX bill_a_falling ON bill (a DESC); CREATE INDEX bill_a_partial ON bill (a) WHERE b > 0;
    CREATE INDEX bill_a_partial_too ON bill (a) WHERE   b > 0; CREATE INDEX bill_a_other ON bill (a) WHERE b > 1;
    CREATE INDEX bill_a_hash ON bill USING hash (a); CREATE INDEX bill_ac ON bill (a) INCLUDE (c);
    CREATE INDEX bill_c ON bill (c); CREATE INDEX bill_c_too ON bill (c);
    CREATE INDEX bill_t ON bill (t); CREATE INDEX bill_t_pattern ON bill (t text_pattern_ops);
    CREATE INDEX bill_t_collated ON bill (t COLLATE "C");
    CREATE INDEX bill_lower ON bill (lower(t)); CREATE INDEX bill_lower_too ON bill (lower( t ));
    CREATE UNIQUE INDEX bill_id_too ON bill (id); CREATE INDEX customer_email_too ON customer (email);
    CREATE UNIQUE INDEX customer_region ON customer (region, id); CREATE UNIQUE INDEX customer_region_b ON customer (region);
"""
FOREIGN_KEYS = """
    ALTER TABLE bill ADD CONSTRAINT bill_a_fkey FOREIGN KEY (a) REFERENCES customer (id);
    CREATE TABLE line (id bigint PRIMARY KEY, bill bigint CONSTRAINT line_bill_fkey REFERENCES bill,
                       product int CONSTRAINT line_product_fkey REFERENCES bill, x int, y int, z int, p int);
    CREATE TABLE pair (y int, x int, PRIMARY KEY (y, x));
    CREATE INDEX line_xyz ON line (x, y, z); CREATE INDEX ON line (product) WHERE product IS NOT NULL;
    ALTER TABLE line ADD CONSTRAINT line_yx_fkey FOREIGN KEY (y, x) REFERENCES pair;
    ALTER TABLE line ADD CONSTRAINT line_z_fkey FOREIGN KEY (z) REFERENCES customer NOT VALID;
    ALTER TABLE line ADD CONSTRAINT line_p_fkey FOREIGN KEY (p) REFERENCES customer;
    CREATE INDEX ON line (p) WHERE z > 0;
"""
SWITCHED_OFF = """
    ALTER TABLE note SET (autovacuum_enabled = off);
    CREATE TABLE silent (n int PRIMARY KEY) WITH (autovacuum_enabled = FALSE);
    CREATE TABLE loud (n int PRIMARY KEY) WITH (autovacuum_enabled = true);
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER off BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION nothing();
    ALTER TABLE loud DISABLE TRIGGER off;
"""
PARTITIONS = """
    CREATE TABLE event (day int NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (1) TO (2);
    CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (2) TO (3);
    CREATE TABLE event_rest PARTITION OF event DEFAULT;
    CREATE TABLE bare (day int) PARTITION BY LIST (day);
    INSERT INTO event SELECT 1 FROM generate_series(1, 5) UNION ALL SELECT g FROM generate_series(10, 16) g;
"""
PUBLICATIONS = """
    CREATE PUBLICATION few FOR TABLE bill, note, event; CREATE PUBLICATION inserts FOR TABLE note WITH (publish = insert);
    CREATE PUBLICATION empty;
"""


@pytest.fixture(scope='module', params=[13, 18])
def server(request):
    with monitored(request.param, settings=SETTINGS) as server:
        for statements in (TABLES, INDEXES, FOREIGN_KEYS, SWITCHED_OFF, PARTITIONS, PUBLICATIONS):
            server.sql(statements)
        with pytest.raises(psycopg2.errors.UniqueViolation):
            server.sql('CREATE UNIQUE INDEX CONCURRENTLY doubles_n ON doubles (n)')
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    with Daemon('--dsn', server.dsn(user='pgvigil'), config=ALL_ON) as daemon:
        yield daemon


def of(page, name, *labels):
    """{label's value, or values: number} of one family, without labels that are not named."""
    return {tuple(map(dict(sample).get, labels)) if len(labels) > 1 else dict(sample)[labels[0]]: value
            for sample, value in page.get(name, {}).items()}


def until(daemon, predicate):
    return daemon.wait_until(predicate, 60)


def alone(page, name, dbname='postgres'):
    return page[name][(('datname', dbname),)]


def plain(server, query):
    return dict(server.sql(query))


def test_a_redundant_index_is_named_with_what_serves_for_it(server, daemon):
    covered_by = {'bill_a_too': 'bill_ab', 'bill_a_partial_too': 'bill_a_partial', 'bill_c_too': 'bill_c',
                  'bill_lower_too': 'bill_lower', 'bill_id_too': 'bill_pkey', 'customer_email_too': 'customer_email_key'}
    page = until(daemon, lambda page: 'pg_schema_redundant_index_size_bytes' in page)
    assert dict(of(page, 'pg_schema_redundant_index_size_bytes', 'indexrelname', 'covered_by').keys()) == covered_by
    assert alone(page, 'pg_schema_redundant_indexes') == len(covered_by)
    size = server.sql("SELECT sum(relpages) * 8192 FROM pg_class WHERE relname LIKE '%too'")[0][0]
    assert alone(page, 'pg_schema_redundant_indexes_size_bytes') == size > 0


def test_unique_indexes_that_treat_nulls_differently_do_not_serve_for_one_another(server, daemon):
    if server.version < 15:
        pytest.skip('needs PostgreSQL 15')
    server.sql('CREATE TABLE nulls (n int); CREATE UNIQUE INDEX nulls_n ON nulls (n)')
    server.sql('CREATE UNIQUE INDEX nulls_not_distinct ON nulls (n) NULLS NOT DISTINCT; CREATE UNIQUE INDEX nulls_twin ON nulls (n)')
    page = until(daemon, lambda page: 'nulls_twin' in of(page, 'pg_schema_redundant_index_size_bytes', 'indexrelname'))
    assert 'nulls_not_distinct' not in of(page, 'pg_schema_redundant_index_size_bytes', 'indexrelname')
    server.sql('DROP TABLE nulls')


def test_an_invalid_index_is_counted_unless_it_is_being_built(server, daemon):
    page = until(daemon, lambda page: 'pg_schema_invalid_index_size_bytes' in page)
    assert set(of(page, 'pg_schema_invalid_index_size_bytes', 'relname', 'indexrelname')) == {('doubles', 'doubles_n')}
    assert of(page, 'pg_schema_invalid_index_ready', 'indexrelname') == plain(
        server, "SELECT c.relname, indisready::int FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE NOT indisvalid")
    assert alone(page, 'pg_schema_invalid_indexes') == 1
    with closing(server.connect()) as writer, closing(psycopg2.connect(server.dsn(), async_=True)) as builder:
        writer.autocommit = False
        writer.cursor().execute("INSERT INTO note VALUES ('x')")
        wait_until(lambda: builder.poll() == psycopg2.extensions.POLL_OK, what='connection')
        builder.cursor().execute('CREATE INDEX CONCURRENTLY note_text ON note (text)')
        wait_until(lambda: server.sql("SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('note_text') AND NOT indisvalid"),
                   what='an index under way')
        page = daemon.wait_for_polls(2, timeout=60)
        assert alone(page, 'pg_schema_invalid_indexes') == 1
        server.sql('SELECT pg_terminate_backend(%s)', [builder.info.backend_pid])
    until(daemon, lambda page: alone(page, 'pg_schema_invalid_indexes') == 2)
    server.sql('DROP INDEX note_text')
    until(daemon, lambda page: alone(page, 'pg_schema_invalid_indexes') == 1)


def test_indexes_that_nobody_used_and_nothing_requires_are_counted(server, daemon):
    unused = """
        SELECT count(*), sum(c.relpages) * 8192
          FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid) JOIN pg_class c ON c.oid = indexrelid
         WHERE idx_scan = 0 AND indisvalid AND NOT indisunique AND NOT c.relispartition"""
    count, size = server.sql(unused)[0]
    page = until(daemon, lambda page: alone(page, 'pg_schema_unused_indexes') == count)
    assert alone(page, 'pg_schema_unused_indexes_size_bytes') == size
    server.sql('SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT FROM bill WHERE c = 1')
    until(daemon, lambda page: alone(page, 'pg_schema_unused_indexes') == server.sql(unused)[0][0] == count - 1)


def test_foreign_keys_without_an_index_are_named(server, daemon):
    page = until(daemon, lambda page: 'pg_schema_unindexed_foreign_key_table_size_bytes' in page)
    assert set(of(page, 'pg_schema_unindexed_foreign_key_table_size_bytes', 'relname', 'conname')) == {
        ('line', 'line_bill_fkey'), ('line', 'line_z_fkey'), ('line', 'line_p_fkey')}
    assert alone(page, 'pg_schema_unindexed_foreign_keys') == 3
    assert alone(page, 'pg_schema_mistyped_foreign_keys') == 1
    assert alone(page, 'pg_schema_unvalidated_constraints') == 1


def test_tables_without_a_key_and_what_is_switched_off_are_counted(server, daemon):
    page = until(daemon, lambda page: 'pg_schema_keyless_table_size_bytes' in page)
    assert set(of(page, 'pg_schema_keyless_table_size_bytes', 'relname')) == {'note', 'doubles', 'event', 'bare'}
    assert alone(page, 'pg_schema_keyless_tables') == 4
    assert alone(page, 'pg_schema_tables_without_replica_identity') == 5  # partitions have one of their own
    assert alone(page, 'pg_schema_tables_without_autovacuum') == 2
    assert alone(page, 'pg_schema_disabled_triggers') == 1
    server.sql('ALTER TABLE note REPLICA IDENTITY FULL; ALTER TABLE customer REPLICA IDENTITY NOTHING;'
               'ALTER TABLE doubles REPLICA IDENTITY FULL; ALTER TABLE bill DISABLE TRIGGER ALL')
    disabled = server.sql("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")[0][0]
    until(daemon, lambda page: alone(page, 'pg_schema_disabled_triggers') == disabled > 1)
    assert alone(daemon.metrics(), 'pg_schema_tables_without_replica_identity') == 4
    server.sql('ALTER TABLE note REPLICA IDENTITY DEFAULT; ALTER TABLE customer REPLICA IDENTITY DEFAULT;'
               'ALTER TABLE doubles REPLICA IDENTITY DEFAULT; ALTER TABLE bill ENABLE TRIGGER ALL')


def test_relations_are_counted_by_kind(server, daemon):
    kinds = {'table': 'r', 'index': 'i', 'view': 'v', 'partitioned table': 'p', 'toast table': 't'}
    page = until(daemon, lambda page: 'pg_schema_relations' in page)
    found = plain(server, 'SELECT relkind::text, count(*) FROM pg_class WHERE oid >= 16384 GROUP BY relkind')
    assert of(page, 'pg_schema_relations', 'relkind') == {kind: found[code] for kind, code in kinds.items() if code in found}
    size = server.sql("SELECT sum(relpages) * 8192 FROM pg_class WHERE oid < 16384")[0][0]
    assert alone(page, 'pg_schema_catalog_size_bytes') == size


def test_rows_in_a_default_partition_are_seen(server, daemon):
    page = until(daemon, lambda page: of(page, 'pg_partitioned_table_default_rows', 'relname') == {'event': 7})
    assert of(page, 'pg_partitioned_table_partitions', 'relname') == {'event': 3, 'bare': 0}


def test_a_publication_says_what_it_publishes_and_what_cannot_be_changed(server, daemon):
    server.sql('CREATE PUBLICATION everything FOR ALL TABLES')
    published = plain(server, 'SELECT pubname, count(*) FROM pg_publication_tables GROUP BY pubname')
    page = until(daemon, lambda page: 'everything' in of(page, 'pg_publication_tables', 'pubname'))
    assert of(page, 'pg_publication_tables', 'pubname') == {**published, 'empty': 0}
    assert of(page, 'pg_publication_all_tables', 'pubname') == {'few': 0, 'inserts': 0, 'everything': 1, 'empty': 0}
    assert of(page, 'pg_publication_tables_without_replica_identity', 'pubname') == {
        'few': 4, 'inserts': 0, 'everything': 5, 'empty': 0}
    server.sql('DROP PUBLICATION everything')
    if server.version >= 15:
        server.sql('CREATE SCHEMA sold; CREATE TABLE sold.item (id int PRIMARY KEY); CREATE TABLE sold.old (id int);'
                   'CREATE PUBLICATION sales FOR TABLES IN SCHEMA sold')
        page = until(daemon, lambda page: 'sales' in of(page, 'pg_publication_tables', 'pubname'))
        assert of(page, 'pg_publication_tables', 'pubname')['sales'] == 2
        assert of(page, 'pg_publication_tables_without_replica_identity', 'pubname')['sales'] == 1
        server.sql('DROP PUBLICATION sales; DROP SCHEMA sold CASCADE')


def test_calls_of_functions_are_counted_under_their_name(server, daemon):
    server.sql("CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 2 * n; END';"
               "CREATE FUNCTION twice(t text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN t || t; END'")
    server.sql("SELECT twice(g), pg_sleep(0.01) FROM generate_series(1, 9) g")
    server.sql("SELECT twice('x')")
    twice = {'datname': 'postgres', 'schemaname': 'public', 'funcname': 'twice'}
    until(daemon, lambda _: daemon.value('pg_stat_user_functions_calls_total', **twice) == 10)
    total, own = server.sql("SELECT sum(total_time), sum(self_time) FROM pg_stat_user_functions WHERE funcname = 'twice'")[0]
    assert daemon.value('pg_stat_user_functions_seconds_total', **twice) == pytest.approx(total / 1000)
    assert daemon.value('pg_stat_user_functions_self_seconds_total', **twice) == pytest.approx(own / 1000)


def test_tables_that_were_long_not_frozen_are_named(server, daemon):
    server.sql("CREATE TABLE young (n int); CREATE PROCEDURE burn() LANGUAGE plpgsql AS"
               "'BEGIN FOR i IN 1 .. 60000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'")
    server.sql('CALL burn()')
    server.sql('VACUUM (FREEZE) young')
    old = server.sql("SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'm') AND age(relfrozenxid) > 50000")[0][0]
    assert old > 20
    page = until(daemon, lambda page: len(page.get('pg_table_freeze_age_transactions', {})) == 20)
    ages = plain(server, "SELECT relname, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 'm')")
    found = of(page, 'pg_table_freeze_age_transactions', 'relname')
    assert found == {name: pytest.approx(ages[name], abs=1000) for name in found}
    assert min(found.values()) > 50000


def test_sizes_and_pages_are_those_of_the_server(server, daemon):
    server.sql("CREATE TABLE thick AS SELECT g AS id, (SELECT string_agg(md5((g * 1000 + i)::text), '') "
               "FROM generate_series(1, 200) i) AS text FROM generate_series(1, 50) g")
    server.sql('VACUUM ANALYZE thick')
    thick = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'thick'}
    toast = server.sql("SELECT pg_total_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'thick'")[0][0]
    assert toast > 100000
    until(daemon, lambda _: daemon.value('pg_stat_user_tables_toast_size_bytes', **thick) == toast)
    frozen = 'relallfrozen' if server.version >= 18 else 'NULL'
    figures = server.sql(f"SELECT relpages, reltuples, relallvisible, {frozen} FROM pg_class WHERE relname = 'thick'")[0]
    names = ['pg_table_pages', 'pg_table_rows', 'pg_table_all_visible_pages', 'pg_table_all_frozen_pages']
    until(daemon, lambda _: tuple(daemon.value(name, **thick) for name in names) == figures)
    assert daemon.value('pg_table_rows', **{**thick, 'relname': 'customer'}) in (None, 0)


def test_what_newer_servers_know_of_tables_and_indexes(server, daemon):
    server.sql("CREATE TABLE seen (id int PRIMARY KEY); INSERT INTO seen SELECT generate_series(1, 5000)")
    server.sql('SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT FROM seen WHERE id = 7')
    seen = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'seen'}
    key = {**seen, 'indexrelname': 'seen_pkey'}
    until(daemon, lambda _: daemon.value('pg_stat_user_tables_n_ins_since_vacuum', **seen) == 5000)
    server.sql('VACUUM ANALYZE seen')
    until(daemon, lambda _: daemon.value('pg_stat_user_tables_n_ins_since_vacuum', **seen) == 0)

    def rows(_):
        read, hit, returned = server.sql(
            "SELECT idx_blks_read, idx_blks_hit, idx_tup_read FROM pg_statio_user_indexes JOIN pg_stat_user_indexes "
            "USING (indexrelid) WHERE pg_stat_user_indexes.indexrelname = 'seen_pkey'")[0]
        return hit > 0 and (read, hit, returned) == tuple(daemon.value(name, **key) for name in (
            'pg_statio_user_indexes_idx_blks_read_total', 'pg_statio_user_indexes_idx_blks_hit_total',
            'pg_stat_user_indexes_idx_tup_read_total'))
    until(daemon, rows)
    last = daemon.value('pg_stat_user_indexes_last_idx_scan_timestamp_seconds', **key)
    times = [daemon.value(f'pg_stat_user_tables_{name}_seconds_total', **seen)
             for name in ('vacuum', 'autovacuum', 'analyze', 'autoanalyze')]
    if server.version < 18:
        assert (last, times) == (None, [None] * 4)
        return
    scanned, vacuum, analyze = server.sql("""
        SELECT extract(epoch FROM last_idx_scan), total_vacuum_time, total_analyze_time
          FROM pg_stat_user_tables WHERE relname = 'seen'""")[0]
    assert last == pytest.approx(float(scanned), abs=0.001)
    assert daemon.value('pg_stat_user_tables_last_idx_scan_timestamp_seconds', **seen) == last
    assert times == [pytest.approx(vacuum / 1000), 0, pytest.approx(analyze / 1000), 0]
    assert daemon.value('pg_stat_user_tables_n_tup_newpage_upd_total', **seen) == 0


def skipped(daemon, name):
    return next(each['reason'] for each in daemon.status()['collectors'] if each['name'] == name)


def test_bloat_is_estimated_for_whom_the_widths_of_columns_are_granted(server, daemon):
    assert 'permission denied' in skipped(daemon, 'table_bloat')
    server.sql(WIDTHS + 'pgvigil')
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        server.sql('SET ROLE pgvigil; SELECT stavalues1 FROM pg_statistic')
    server.sql("CREATE TABLE filled AS SELECT g AS id, repeat('x', 80) AS text, now() AS time FROM generate_series(1, 60000) g")
    server.sql('CREATE INDEX filled_id ON filled (id)')
    server.sql('VACUUM ANALYZE filled')
    filled = {'datname': 'postgres', 'schemaname': 'public', 'relname': 'filled'}
    index = {**filled, 'indexrelname': 'filled_id'}

    def ratios():
        return daemon.value('pg_table_bloat_ratio', **filled), daemon.value('pg_index_bloat_ratio', **index)
    until(daemon, lambda _: None not in ratios())
    assert all(0 <= ratio < 0.1 for ratio in ratios()), ratios()
    server.sql('DELETE FROM filled WHERE id % 4 <> 0')
    server.sql('VACUUM ANALYZE filled')
    until(daemon, lambda _: all(ratio == pytest.approx(0.75, abs=0.05) for ratio in ratios()))
    size = server.sql("SELECT pg_relation_size('filled')")[0][0]
    assert daemon.value('pg_table_bloat_bytes', **filled) == pytest.approx(ratios()[0] * size)


def test_a_locked_table_holds_nothing_up(server, daemon):
    with closing(server.connect()) as locker:
        locker.autocommit = False
        locker.cursor().execute('LOCK TABLE bill, line, event, note IN ACCESS EXCLUSIVE MODE')
        page = daemon.wait_for_polls(3, timeout=60)
        failed = {collector for collector, value in of(page, 'pg_scrape_collector_success', 'collector').items() if not value}
        assert failed == set()


def test_no_more_sequences_are_read_than_a_session_should_remember():
    with monitored(14) as server:
        server.sql("DO $$BEGIN FOR i IN 1 .. 2100 LOOP EXECUTE format('CREATE SEQUENCE s%s AS int', i); END LOOP; END$$;"
                   'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO pgvigil')
        with Daemon('--dsn', server.dsn(user='pgvigil'), config='') as daemon:
            page = until(daemon, lambda page: 'pg_sequence_used_ratio' in page)
            assert len(page['pg_sequence_used_ratio']) == 500
            assert page['pgvigil_collector_cut_rows'][(('collector', 'sequences'),)] == 1600
