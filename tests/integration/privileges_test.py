"""docs/privileges.md says what each collector needs: it is compared with what roles of less and more rights export."""

import json
import os
import re
from contextlib import contextmanager

import psycopg2
import pytest
from contract_test import BUSY, SLOTS, TABLES, grant_files, slow_vacuum
from machine import wait_until
from pgvigil import COLLECTORS, ROOT, Daemon, monitored, run
from psycopg2.extras import PhysicalReplicationConnection

ALL = [f'--collector.{name}' for name in COLLECTORS]
PAGE = ROOT / 'docs/privileges.md'
RIGHTS = ROOT / 'src/generate/rights.hpp'
HEAD = '| Collector | Needs | Lost without it |\n|---|---|---|\n'

# Each role may do what the one before may, and something more.
SEQUENCES = 'GRANT pg_monitor TO {0}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {0};'
VISITOR = SEQUENCES + 'GRANT CONNECT ON DATABASE closed TO {0};'
ROLES = {
    'nothing': ('', ''),
    'statistics': ('pg_read_all_stats', 'GRANT pg_read_all_stats TO statistics'),
    'settings': ('pg_read_all_settings', 'GRANT pg_read_all_stats, pg_read_all_settings TO settings'),
    'monitor': ('pg_monitor', 'GRANT pg_monitor TO monitor'),
    'sequences': ('SELECT on each sequence', SEQUENCES.format('sequences')),
    'visitor': ('CONNECT on each database', VISITOR.format('visitor')),
    'files': ('SELECT on its view and EXECUTE on the function below', VISITOR.format('files')),
    'super': ('superuser', 'ALTER ROLE super SUPERUSER'),
}


@pytest.fixture(scope='module', params=[18, 14])  # 18 first: it has all of them
def server(request):
    with monitored(request.param, settings=BUSY | {'logging_collector': True}) as server:
        server.sql('CREATE EXTENSION pg_buffercache')
        server.sql(TABLES)
        server.sql(SLOTS)
        server.sql('CREATE DATABASE closed')
        server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
        server.sql('CREATE TABLE bill (id int PRIMARY KEY)', dbname='closed')
        for role, (_, grants) in ROLES.items():
            server.sql(f'CREATE ROLE {role} LOGIN; {grants}')
        grant_files(server, 'files')
        with standby(server), slow_vacuum(server):
            yield server


@contextmanager
def standby(server):
    """Somebody who streams, which is all that pg_stat_replication shows of a standby."""
    connection = psycopg2.connect(server.dsn(), connection_factory=PhysicalReplicationConnection)
    connection.cursor().start_replication(slot_name='physical', decode=False)
    wait_until(lambda: server.sql('SELECT 1 FROM pg_stat_replication'), what='replication')
    yield
    connection.close()


def exported(server, role):
    """{(metric, database)} of one page. Other labels are left out: they come and go with sessions and statements."""
    with Daemon(*ALL, '--dsn', server.dsn(user=role)) as daemon:
        page = daemon.metrics()
    return {(name, dict(labels).get('datname', '')) for name, samples in page.items() for labels in samples}


def explained(server):
    done = run('explain', '--json', *ALL, '--dsn', server.dsn(user='super'))
    return [one for one in json.loads(done.stdout) if one['reason'] != "is for pgbouncer's console"]


def collectors(server):
    """{collector: the metrics that it exports on this server's page}."""
    return {one['collector']: {column['metric'] for column in one['columns'] if 'metric' in column}
            for one in explained(server)}


def later(server):
    """Collectors of which this version has nothing to say."""
    return {one['collector'] for one in explained(server)
            if re.match('needs PostgreSQL|needs extension|is for PostgreSQL before', one['reason'])}


def parts(text, but=frozenset()):
    """What the page says: rows, who visits, who is free; but for those collectors."""
    rows = [row for row in re.findall(r'^\| (?!Collector).*\|$', text.split('These visit')[0], re.M)
            if row.split()[1] not in but]
    lists = [re.search(pattern, text)[1].split(', ') for pattern in (r'need CONNECT there: ([^\n]*)\.\n',
                                                                    r'need no right in the database: ([^\n]*)\.\n')]
    return rows, *([name for name in names if name not in but] for names in lists)


def table(server):
    pages = {role: exported(server, role) for role in reversed(ROLES)}  # what the first wake up is there for the others
    rows, visiting, free = [], [], []
    for name, metrics in collectors(server).items():
        own = {role: {sample for sample in pages[role] if sample[0] in metrics} for role in ROLES}
        needed = [role for role, less in zip([*ROLES][1:], ROLES) if lost(own[less], own[role])]
        assert 'super' not in needed, (name, lost(own['visitor'], own['super']))
        rows += [f'| {name} | {ROLES[role][0]} | {words(own, role)} |' for role in needed if role != 'visitor']
        if 'visitor' in needed:
            visiting.append(name)
        if not needed:
            free.append(name)
    return (HEAD + '\n'.join(rows) + f'\n\nThese visit each database, and need CONNECT there: {", ".join(visiting)}.\n'
            f'\nThese need no right in the database: {", ".join(free)}.\n')


def lost(less, more):
    return {name for name, _ in more - less}


def words(own, role):
    less = own[[*ROLES][[*ROLES].index(role) - 1]]
    missing = lost(less, own[role])
    where = ' of databases that it may not enter' if {database for _, database in own[role] - less} == {'closed'} else ''
    return (', '.join(f'`{name}`' for name in sorted(missing)) if less else 'all of it') + where


def test_each_collector_needs_what_the_page_says(server):
    text = PAGE.read_text(encoding='utf-8')
    found = table(server)
    if os.environ.get('PGVIGIL_ACCEPT') and server.version == 18:
        text = re.sub(r'\| Collector \|.*?These need no right[^\n]*\n', lambda _: found, text, flags=re.S)
        PAGE.write_text(text, encoding='utf-8')
    late = later(server)
    assert parts(found, late) == parts(text[text.index(HEAD):], late), found


def rights(page):
    """{collector: what it needs}, from the page's table and the two sentences below it."""
    needs = {}
    for name, right, loss in re.findall(r'^\| (\w+) \| (.*?) \| (.*?) \|$', page.partition('## What else')[0], re.M)[1:]:
        needs.setdefault(name, []).append(right + ('' if loss == 'all of it' else ' for a part of it'))
    for sentence, right in ('need CONNECT there', ROLES['visitor'][0]), ('need no right in the database', 'nothing'):
        for name in re.search(sentence + r': (.*)\.', page)[1].split(', '):
            needs.setdefault(name, []).append(right)
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
