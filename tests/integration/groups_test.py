"""The groups of collectors: minimal is enough for the thresholds, default is small, and the group is told everywhere."""

import json

import pytest
from pgvigil import EVERY_SECOND, Daemon, monitored, run

# Of the page on an empty server, settings apart.
MOST = {'default': 2000, 'minimal': 350}


@pytest.fixture(scope='module', params=[14, 18])
def server(request):
    with monitored(request.param) as server:
        yield server


def watching(server, *args, config=EVERY_SECOND):
    return Daemon(*args, '--dsn', server.dsn(user='pgvigil'), config=config)


def samples(page):
    return sum(len(values) for name, values in page.items() if not name.startswith('pg_settings_'))


def on(daemon):
    return {collector['name'] for collector in daemon.status()['collectors']}


@pytest.mark.parametrize('group', MOST)
def test_the_page_of_an_empty_server_is_small(server, group):
    with watching(server, f'--collectors={group}') as daemon:
        assert 100 < samples(daemon.metrics()) < MOST[group]


def test_minimal_judges_all_five_thresholds(server):
    with watching(server, '--collectors=minimal') as daemon:
        daemon.wait_until(lambda page: len(page.get('pgvigil_threshold_state', {})) == 5, timeout=60)
        assert all(threshold['state'] for threshold in daemon.status()['thresholds'])


def test_each_group_is_run_as_it_is_explained(server):
    explained = json.loads(run('explain', '--json', '--dsn', server.dsn(user='pgvigil')).stdout)
    group = {one['collector']: one['group'] for one in explained if one['reason'] != "is for pgbouncer's console"}
    order = ['minimal', 'default', 'all']
    for place, name in enumerate(order):
        with watching(server, f'--collectors={name}', config='') as daemon:
            assert on(daemon) == {collector for collector, its in group.items() if its in order[:place + 1]}


def test_a_reload_changes_the_group(server):
    with watching(server, config='collectors: {group: minimal, wal: {enabled: true}}') as daemon:
        assert 'wal' in on(daemon) and 'roles' not in on(daemon)
        assert 'configuration reloaded' in daemon.reload('collectors: {group: default, wal: {enabled: false}}')
        daemon.wait_until(lambda page: 'pg_roles_connection_limit' in page)
        assert 'wal' not in on(daemon)


def test_the_group_is_told(server):
    dsn = server.dsn(user='pgvigil')
    assert run('explain', 'wal', '--dsn', dsn).stdout.startswith('wal (group default, cluster scope, ')
    assert ', disabled)' in run('explain', 'wal', '--collectors=minimal', '--dsn', dsn).stdout.splitlines()[0]
    assert ' run, group minimal' in run('doctor', '--collectors=minimal', '--dsn', dsn).stdout
    told = run('check-config', config='targets: {a: {dsn: dbname=a}, b: {dsn: dbname=b, collectors: {group: all}}}')
    assert told.stdout.endswith(': ok; collectors: a default, b all\n')
