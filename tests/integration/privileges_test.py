"""docs/privileges.md says what each collector needs: it is compared with what roles of less and more rights export."""

import json
import os
import re
from contextlib import closing, contextmanager

import psycopg2
import pytest
from activity_test import SLOW_AUTOVACUUM
from contract_test import BUSY, PATIENT, SLOTS, TABLES, WIDTHS, grant_files, slow_vacuum
from machine import wait_until
from pgvigil import ROOT, Daemon, monitored, run
from psycopg2.extras import PhysicalReplicationConnection

PAGE = ROOT / 'docs/privileges.md'
RIGHTS = ROOT / 'src/generate/rights.hpp'
HEAD = '| Collector | Needs | Lost without it |\n|---|---|---|\n'
VISITING, FREE = 'need CONNECT there', 'need no right in the database'

# Each role may do what the one before may, and something more.
ROLES = {
    'nothing': ('', ''),
    'statistics': ('pg_read_all_stats', 'GRANT pg_read_all_stats TO {0}'),
    'settings': ('pg_read_all_settings', 'GRANT pg_read_all_settings TO {0}'),
    'monitor': ('pg_monitor', 'GRANT pg_monitor TO {0}'),
    'sequences': ('SELECT on each sequence', 'GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {0}'),
    'widths': ('SELECT on columns of pg_statistic', WIDTHS + '{0}'),
    'visitor': ('CONNECT on each database', 'GRANT CONNECT ON DATABASE closed TO {0}'),
    'files': ('SELECT on its view and EXECUTE on the function below', ''),
    'super': ('superuser', 'ALTER ROLE {0} SUPERUSER'),
}
# Something for VACUUM and autovacuum to do all the time, and for an estimate of bloat: there is none of what was never analyzed.
MORE_TABLES = """
    INSERT INTO vacuumed SELECT g, repeat('x', 500) FROM generate_series(1, 50000) g;
    CREATE TABLE large WITH (autovacuum_vacuum_threshold = 0) AS SELECT * FROM vacuumed;
    UPDATE large SET text = '';
    CREATE TABLE bloated AS SELECT generate_series(1, 60000) AS id; CREATE INDEX ON bloated (id); ANALYZE bloated;
"""
SUBSCRIPTION = "CREATE SUBSCRIPTION sub CONNECTION '' PUBLICATION bills WITH (connect = false)"


@pytest.fixture(scope='module', params=[18, 14])  # 18 first: it has every collector
def server(request):
    # One worker, others would come and go; and it is to begin with `large`, which has a threshold of its own.
    settings = {**BUSY, **SLOW_AUTOVACUUM, 'autovacuum_max_workers': 1, 'autovacuum_vacuum_threshold': 1000000,
                'autovacuum_vacuum_insert_threshold': -1, 'autovacuum_analyze_threshold': 1000000, 'logging_collector': True}
    with monitored(request.param, settings=settings) as server:
        server.sql('CREATE EXTENSION pg_buffercache')
        for statements in TABLES, MORE_TABLES, SLOTS, SUBSCRIPTION, 'CREATE DATABASE closed':
            server.sql(statements)
        with pytest.raises(psycopg2.errors.UniqueViolation):
            server.sql('CREATE UNIQUE INDEX CONCURRENTLY invalid ON bloated ((0))')
        server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
        for statement in 'CREATE TABLE bill (id int PRIMARY KEY)', SUBSCRIPTION:
            server.sql(statement, dbname='closed')
        create_roles(server)
        with standby(server), slow_vacuum(server), closing(server.connect()):
            wait_until(lambda: server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'autovacuum:%large'"), 60)
            yield server


def create_roles(server):
    grants = ''
    for role, (_, grant) in ROLES.items():
        grants += grant + ';'
        server.sql(f'CREATE ROLE {role} LOGIN;' + grants.format(role))
    grant_files(server, 'files')


@contextmanager
def standby(server):
    """Somebody who streams, which is all that pg_stat_replication shows of a standby."""
    connection = psycopg2.connect(server.dsn(), connection_factory=PhysicalReplicationConnection)
    connection.cursor().start_replication(slot_name='physical', decode=False)
    wait_until(lambda: server.sql('SELECT 1 FROM pg_stat_replication'), what='replication')
    yield
    connection.close()


def exported(server, role):
    """{(metric, database)} of one page. Other labels are left out: they come and go with sessions and statements.

    One daemon at a time: the sessions of another would be in its page.
    """
    with Daemon('--collectors=all', '--dsn', server.dsn(user=role), config=PATIENT, timeout=60) as daemon:
        page = whole_page(server, role, daemon)
    return {(name, dict(labels).get('datname', '')) for name, samples in page.items() for labels in samples}


def whole_page(server, role, daemon):
    may_enter = {name for name, in server.sql("SELECT datname FROM pg_database WHERE datname !~ '^template'"
                                              " AND has_database_privilege(%s, datname, 'CONNECT')", [role])}

    def whole(page):
        visited = {dict(labels)['datname'] for labels in page.get('pg_stat_user_tables_n_live_tup', {})}
        # They come with the second poll that succeeds.
        texts = 'pg_stat_statements_query_id' in page or 'stat_statements_text' in {
            dict(labels)['collector'] for labels in page['pgvigil_collector_skipped']}
        return texts and may_enter <= visited and set(page['pg_scrape_collector_success'].values()) == {1}
    return daemon.wait_until(whole, timeout=200)  # a visit that a busy machine cuts short is repeated after a minute


def explained(server):
    """[what `explain` says of each collector that a primary can have]"""
    done = run('explain', '--json', '--collectors=all', '--dsn', server.dsn(user='super'))
    return [one for one in json.loads(done.stdout)
            if one['reason'] not in ("is for pgbouncer's console", 'makes sense on a replica only')]


def table(server, collectors):
    pages = {role: exported(server, role) for role in reversed(ROLES)}  # what the first wake up is there for the others
    rows, visiting, free = [], [], []
    for one in collectors:
        name = one['collector']
        metrics = {column['metric'] + ('_sum' if column['use'] == 'histogram' else '')
                   for column in one['columns'] if 'metric' in column}
        own = {role: {sample for sample in pages[role] if sample[0] in metrics} for role in ROLES}
        needed = [role for role, less in zip([*ROLES][1:], ROLES) if lost(own[less], own[role])]
        assert 'super' not in needed, (name, lost(own['files'], own['super']))
        rows += [f'| {name} | {ROLES[role][0]} | {words(own, role)} |' for role in needed if role != 'visitor']
        if one['scope'] == 'database' or 'visitor' in needed:
            visiting.append(name)
        elif not needed:
            free.append(name)
    return (HEAD + '\n'.join(rows) + f'\n\nThese visit each database, and {VISITING}: {", ".join(visiting)}.\n'
            f'\nThese {FREE}: {", ".join(free)}.\n')


def lost(less, more):
    return {name for name, _ in more - less}


def words(own, role):
    less = own[[*ROLES][[*ROLES].index(role) - 1]]
    missing = lost(less, own[role])
    where = ' of databases that it may not enter' if {database for _, database in own[role] - less} == {'closed'} else ''
    return (', '.join(f'`{name}`' for name in sorted(missing)) if less else 'all of it') + where


def table_rows(text):
    """[(collector, needs, lost)]"""
    return re.findall(r'^\| (\w+) \| (.*?) \| (.*?) \|$', text.partition('## What else')[0], re.M)[1:]


def listed(text, sentence):
    """The collectors of a sentence below the table."""
    return re.search(sentence + r': (.*)\.\n', text)[1].split(', ')


def said(text, but):
    """What a page says, but for those collectors."""
    return ([row for row in table_rows(text) if row[0] not in but],
            *([name for name in listed(text, sentence) if name not in but] for sentence in (VISITING, FREE)))


def test_each_collector_needs_what_the_page_says(server):
    text = PAGE.read_text(encoding='utf-8')
    collectors = explained(server)
    found = table(server, collectors)
    if os.environ.get('PGVIGIL_ACCEPT') and server.version == 18:
        text = re.sub(r'\| Collector \|.*?These need no right[^\n]*\n', lambda _: found, text, flags=re.S)
        PAGE.write_text(text, encoding='utf-8')
    absent = {one['collector'] for one in collectors
              if re.match('needs PostgreSQL|needs extension|is for PostgreSQL before', one['reason'])}
    assert said(found, absent) == said(text, absent), found


def rights(page):
    """{collector: what it needs}, from the page's table and the sentences below it."""
    needs = {}
    for name, right, loss in table_rows(page):
        needs.setdefault(name, []).append(right + ('' if loss == 'all of it' else ' for a part of it'))
    for sentence, right in (VISITING, ROLES['visitor'][0]), (FREE, 'nothing'):
        for name in listed(page, sentence):
            needs.setdefault(name, []).append(right)
    for names, right in re.findall(r'([\w, ]+?) needs? (\w+)[;.]', re.search('On a standby, (.*)', page)[1]):
        needs |= {name: [right] for name in re.split(', | and ', names.strip())}
    return {name: ', '.join(needs[name]) for name in sorted(needs)}


def test_the_metrics_page_is_made_from_the_same_table():
    entries = ''.join(f'    {{"{name}", "{needs}"}},\n' for name, needs in rights(PAGE.read_text(encoding='utf-8')).items())
    text = re.sub(r'(kRights\[\] = {\n).*?(?=};)', lambda found: found[1] + entries, RIGHTS.read_text(), flags=re.S)
    if os.environ.get('PGVIGIL_ACCEPT'):
        RIGHTS.write_text(text)
    assert RIGHTS.read_text() == text, 'PGVIGIL_ACCEPT=1 writes it; then run `pgvigil generate docs --out=.`'


def test_the_readme_and_the_page_make_the_same_role():
    block = re.search(r'```sql\n(.*?)```', PAGE.read_text(encoding='utf-8'), re.S)[1]
    assert block in (ROOT / 'README.md').read_text(encoding='utf-8')
