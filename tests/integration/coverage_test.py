"""docs/coverage.md: every name of postgres_exporter's with all its collectors on, and what of it pgvigil exports.

PGVIGIL_ACCEPT=1 writes it. The names stand in docs/coverage/, and there the reasons for what is different on purpose.
"""

import fnmatch
import json
import os
import re
import subprocess
from collections import namedtuple

import pytest
from pgvigil import ROOT, Daemon, monitored, run
from postgres_exporter import page_of

PAGE = ROOT / 'docs/coverage.md'
FOLDER = ROOT / 'docs/coverage'
VERSIONS = (14, 18)
INTRODUCTION = '''# Coverage

Made by tests/integration/coverage_test.py: do not edit.

Every name that postgres_exporter 0.20.1 exports with all of its collectors on, read from its source
([names](coverage/postgres_exporter-0.20.1.txt)), and pgvigil's own with `--collectors=all` on PostgreSQL 14 and 18.
"same" is the same name, type and labels; "more" has them on a version where postgres_exporter has none. What differs
has its [reason](coverage/reasons.txt). [migrating](migrating.md) says what to use instead.

| Collector there | Name | Type | 14 | 18 | Why |
|---|---|---|---|---|---|
'''
DEBIAN = '''
## Debian's 0.11.1

prometheus-postgres-exporter, run beside it on 14 and 18, has these too:

| Name | Type | 14 | 18 | Why |
|---|---|---|---|---|
'''

Theirs = namedtuple('Theirs', 'collector name type versions labels')
Ours = namedtuple('Ours', 'type labels')


def listed():
    """The families of postgres_exporter 0.20.1."""
    for line in (FOLDER / 'postgres_exporter-0.20.1.txt').read_text().splitlines():
        if not line.startswith('#'):
            collector, name, kind, versions, labels = line.split()
            yield Theirs(collector, name, kind, versions, set() if labels == '-' else set(labels.split(',')))


def reasons():
    """{pattern: why}"""
    return dict(re.split('  +', line, maxsplit=1) for line in (FOLDER / 'reasons.txt').read_text().splitlines())


def serves(versions, server):
    """Whether a version of PostgreSQL is among them: `-` all, `16` from then on, `<17` before."""
    if versions == '-':
        return True
    return server < int(versions[1:]) if versions.startswith('<') else server >= int(versions)


def is_placeholder(sql, column):
    """Whether the statement of this version has the column only for its place."""
    return re.search(rf'NULL::[^,]*? AS {column}\b', sql) is not None


def collected(server):
    """{name: Ours} of what collectors export on this server, from their statements and columns."""
    explained = run('explain', '--json', '--collectors=all', '--dsn', server.dsn(user='pgvigil'))
    found = {}
    for one in json.loads(explained.stdout):
        if re.match('needs PostgreSQL|is for ', one['reason']):
            continue
        family = any(column['use'] == 'family' for column in one['columns'])
        labels = {column['column'] for column in one['columns'] if column['use'] == 'label' and not family}
        for column in one['columns']:
            if 'metric' in column and not is_placeholder(one['sql'], column['column']):
                name = column['metric'] + ('*' if family else '')
                found[name] = Ours('gauge' if family else column['use'], labels)
    return found


def own(page_text, collectors):
    """What is on the page beside them: pgvigil's of itself."""
    samples = re.findall(r'^([a-zA-Z_:][\w:]*)(?:{(.*)})? ', page_text, re.M)
    labels = {name: set(re.findall(r'(\w+)="', text)) for name, text in samples}
    return {name: Ours(kind, labels.get(name, set())) for name, kind in re.findall(r'^# TYPE (\S+) (\S+)$', page_text, re.M)
            if name not in collectors and not name.startswith('pg_settings_')}


def debians(server):
    """{name: type} of the page of Debian's package."""
    return dict(re.findall(r'^# TYPE (\S+) (\S+)$', page_of(server), re.M))


@pytest.fixture(scope='module')
def found():
    """({version: {name: Ours}}, {version: {name: type} of Debian's})"""
    ours, debian = {}, {}
    for version in VERSIONS:
        with monitored(version) as server:
            ours[version] = collected(server)
            with Daemon('--collectors=all', '--dsn', server.dsn(user='pgvigil'), config='') as daemon:
                ours[version] |= own(daemon.get('/metrics').text, ours[version])
            debian[version] = debians(server)
    return ours, debian


def exported(ours, name):
    family = next((entry for entry in ours if entry.endswith('*') and fnmatch.fnmatch(name, entry)), None)
    return ours.get(name) or ours.get(family)


def verdict(theirs, version, ours):
    """In a word or two, and whether it needs a reason."""
    here, there = exported(ours, theirs.name), serves(theirs.versions, version)
    if here is None:
        return ('no', True) if there else ('–', version == VERSIONS[0] and not serves(theirs.versions, VERSIONS[-1]))
    if here.type != theirs.type:
        return here.type, True
    if theirs.labels is not None and here.labels != theirs.labels:
        more, less = here.labels - theirs.labels, theirs.labels - here.labels
        return ' '.join([*(f'+{label}' for label in sorted(more)), *(f'-{label}' for label in sorted(less))]), True
    return ('same' if there else 'more'), False


class Table:
    """Rows, the names that lack a reason, and the reasons that were needed."""

    def __init__(self, ours):
        self._ours, self._reasons = ours, reasons()
        self.lacking, self.used = [], set()

    def row(self, theirs, first):
        verdicts = [verdict(theirs, version, self._ours[version]) for version in VERSIONS]
        why = ''
        if any(needs for _, needs in verdicts):
            pattern = next((pattern for pattern in self._reasons if fnmatch.fnmatch(theirs.name, pattern)), None)
            self.used.add(pattern)
            why = self._reasons.get(pattern, '')
            if not why:
                self.lacking.append((theirs.name, [words for words, _ in verdicts]))
        cells = [*first, f'`{theirs.name}`', theirs.type, *(words for words, _ in verdicts), why]
        return '| ' + ' | '.join(cells) + ' |\n'


@pytest.fixture(scope='module')
def tables(found):
    ours, debian = found
    table = Table(ours)
    new = list(listed())
    text = INTRODUCTION + ''.join(table.row(theirs, [theirs.collector]) for theirs in new)
    names = [theirs.name for theirs in new]
    old = {name: kind for version in VERSIONS for name, kind in debian[version].items()
           if not any(fnmatch.fnmatch(name, known) for known in names)}
    assert 5 < len(old) < 50
    text += DEBIAN
    for name in sorted(old):
        there = [version for version in VERSIONS if name in debian[version]]
        text += table.row(Theirs('', name, old[name], '-' if len(there) == 2 else str(there[0]), None), [])
    return table, text


def test_no_name_is_missing_or_different_without_a_reason(tables):
    assert tables[0].lacking == []


def test_no_reason_is_for_what_is_the_same(tables):
    assert set(reasons()) - tables[0].used - {'pg_replication_slot_*'} == set()


def test_the_page_is_made_of_them(tables):
    if os.environ.get('PGVIGIL_ACCEPT'):
        PAGE.write_text(tables[1], encoding='utf-8')
    assert PAGE.read_text(encoding='utf-8') == tables[1], 'PGVIGIL_ACCEPT=1 writes it'


def test_the_list_has_every_name_of_the_default_pages_that_were_measured():
    patterns = [theirs.name for theirs in listed()] + list(reasons())
    for version in (14, 17):
        for line in (ROOT / f'tests/golden/postgres_exporter-{version}.names').read_text().splitlines():
            assert any(fnmatch.fnmatch(line.split()[0], pattern) for pattern in patterns), line
