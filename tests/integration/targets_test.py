"""Several servers in one daemon: a page for each, found by one scrape job, and none in another's way."""

import json
import socket
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from machine import end, free_port, get, spawn, wait_until
from pgvigil import EVERY_SECOND, Daemon, monitored, run

NAMES = ('billing', 'nobody', 'orders')


@pytest.fixture(scope='module')
def orders():
    with monitored(14) as server:
        yield server


@pytest.fixture(scope='module')
def billing():
    with monitored(17) as server:
        yield server


@pytest.fixture(scope='module')
def config(orders, billing):
    return f"""targets:
  orders: {{dsn: "{orders.dsn(user='pgvigil')}", labels: {{team: shop}}, thresholds: {{connections: {{warning: 0.5}}}}}}
  billing: {{dsn: "{billing.dsn(user='pgvigil')}"}}
  nobody: {{dsn: "host=127.0.0.1 port=1"}}
""" + EVERY_SECOND


@pytest.fixture(scope='module')
def daemon(config):
    with Daemon(config=config) as daemon:
        yield daemon


def probe(daemon, name):
    return daemon.metrics(f'/probe?target={name}')


def targets_up(page):
    return {dict(labels)['target']: value for labels, value in page['pgvigil_target_up'].items()}


def test_each_target_has_a_page_with_its_own_labels_and_limits(daemon):
    daemon.wait_until(lambda page: targets_up(page) == {'orders': 1, 'billing': 1, 'nobody': 0})
    page = probe(daemon, 'orders')
    assert page['pg_up'] == {(('team', 'shop'),): 1}
    limits = {dict(labels)['rule']: value for labels, value in page['pgvigil_threshold_limit'].items()
              if dict(labels)['severity'] == 'warning'}
    assert (limits['connections'], limits['disk']) == (0.5, 0.8)
    assert probe(daemon, 'billing')['pg_up'] == {(): 1}
    assert probe(daemon, 'nobody')['pg_up'] == {(): 0}


def test_a_targets_page_is_that_of_a_daemon_of_one(daemon, billing):
    with Daemon('--dsn', billing.dsn(user='pgvigil')) as single:
        single.wait_for_polls()
        alone = {name for name in single.metrics() if not name.startswith(('process_', 'pgvigil_config_'))}
    wait_until(lambda: set(probe(daemon, 'billing')) == alone, what='the same families')


@contextmanager
def prometheus(directory, sd):
    url = f'http://127.0.0.1:{free_port()}'
    config = {'global': {'scrape_interval': '1s'}, 'scrape_configs': [
        {'job_name': 'pgvigil', 'http_sd_configs': [{'url': sd, 'refresh_interval': '1s'}]}]}
    (directory / 'prometheus.yml').write_text(json.dumps(config), encoding='utf-8')
    with (directory / 'log').open('w') as log:
        process = spawn(['prometheus', '--config.file=prometheus.yml', '--storage.tsdb.path=data', '--log.level=warn',
                         f'--web.listen-address={url[7:]}'], cwd=directory, stdout=log, stderr=log)
        try:
            yield lambda query: {result['metric'].get('instance'): float(result['value'][1]) for result in json.loads(
                get(f'{url}/api/v1/query?query={quote(query)}').text)['data']['result']}
        finally:
            end(process)


def eventually(query, expression, expected):
    def is_there():
        try:
            return query(expression) == expected
        except (OSError, json.JSONDecodeError):  # it does not listen yet, or says that it is not ready
            return False
    wait_until(is_there, 60, f'{expression} to be {expected}')


def test_one_scrape_job_finds_all_of_them_and_what_a_reload_changes(daemon, config, tmp_path):
    itself = daemon.url[7:]
    with prometheus(tmp_path, f'{daemon.url}/sd') as query:
        eventually(query, 'pg_up', {'orders': 1, 'billing': 1, 'nobody': 0})
        eventually(query, 'up{job="pgvigil"}', dict.fromkeys((*NAMES, itself), 1))
        eventually(query, 'count(process_cpu_seconds_total) by (instance)', {itself: 1})
        eventually(query, 'sum(pgvigil_target_up == 0) by (instance)', {itself: 0})
        try:
            daemon.reload(config.replace('nobody', 'somebody'))
            eventually(query, 'pg_up', {'orders': 1, 'billing': 1, 'somebody': 0})
        finally:
            daemon.reload(config)


def test_a_server_that_hangs_slows_no_other(daemon, billing):
    daemon.wait_until(lambda page: targets_up(page)['billing'] == 1)
    polls = probe(daemon, 'orders')['pg_exporter_scrapes_total'][(('team', 'shop'),)]
    billing.sigstop()
    try:
        daemon.wait_until(lambda page: targets_up(page)['billing'] == 0, timeout=30)
        assert probe(daemon, 'billing')['pg_up'] == {(): 0}

        def polled_on():
            page = probe(daemon, 'orders')
            assert page['pg_up'] == {(('team', 'shop'),): 1}
            return page['pg_exporter_scrapes_total'][(('team', 'shop'),)] > polls + 3
        wait_until(polled_on, 30, 'polls of the other target')
    finally:
        billing.sigcont()
    daemon.wait_until(lambda page: targets_up(page)['billing'] == 1, timeout=30)


def test_a_request_cannot_say_where_to_connect(daemon):
    with socket.socket() as trap:
        trap.bind(('127.0.0.1', 0))
        trap.listen()
        trap.settimeout(0)
        port = trap.getsockname()[1]
        for name in (f'127.0.0.1:{port}', f'host=127.0.0.1 port={port}', f'postgresql://127.0.0.1:{port}/postgres',
                     '../orders', 'orders\0', 'orders ', 'ORDERS', '', "orders' or", '<b>'):
            for path in ('/probe', '/', '/api/v1/status'):
                answer = daemon.get(f'{path}?target={quote(name, safe="")}')
                assert answer.status == 404 and '/sd' in answer.text and '<b>' not in answer.text
        with pytest.raises(BlockingIOError):
            trap.accept()
    assert daemon.get('/probe').status == 400
    assert daemon.get('/probe?target=orders&dsn=host%3Devil').status == 200


def test_a_forged_host_is_refused_and_misleads_nobody_else(daemon):
    for forged in ('evil/..', 'user@evil', 'a b', 'evil:0', '"', '[::1', 'x' * 300):
        assert daemon.get('/sd', Host=forged).status == 400, forged
    evil = json.loads(daemon.get('/sd', Host='evil.example:1').text)
    assert {group['targets'][0] for group in evil} == {'evil.example:1'}
    answer = daemon.get('/sd')
    assert {group['targets'][0] for group in json.loads(answer.text)} == {daemon.url[7:]}
    assert answer.headers['Cache-Control'] == 'no-store' and answer.headers['Content-Type'] == 'application/json'


def test_the_status_page_is_an_index(daemon):
    daemon.wait_until(lambda page: targets_up(page) == {'orders': 1, 'billing': 1, 'nobody': 0})
    index = {target['name']: target for target in daemon.status()['targets']}
    assert {name: target['up'] for name, target in index.items()} == {'orders': True, 'billing': True, 'nobody': False}
    assert index['nobody']['state'] == 'down' and 'refused' in index['nobody']['reason']
    page = daemon.get('/').text
    assert page.index('/?target=nobody') < page.index('/?target=orders'), 'those in trouble first'
    assert '/probe?target=orders' in daemon.get('/?target=orders').text
    assert json.loads(daemon.get('/api/v1/status?target=orders').text)['server']['up']


def test_the_log_says_which_target(daemon):
    assert 'msg="no connection" target=nobody' in daemon.log


def test_check_and_explain_take_a_target(config):
    done = run('explain', 'wal', '--target=billing', config=config)
    assert done.returncode == 0 and 'outcome  ok' in done.stdout
    for args, said in [((), 'there are several targets; name one by --target=billing|nobody|orders'),
                       (('--target=order',), "unknown target 'order'; did you mean 'orders'?")]:
        done = run('check', *args, config=config)
        assert (done.returncode, done.stderr) == (2, f'pgvigil: {said}\n')
    done = run('check', '--target=nobody', '--json', config=config)
    assert done.returncode == 3 and 'refused' in done.stderr
    done = run('check', '--target=orders', config='dsn: host=127.0.0.1')
    assert done.returncode == 2 and 'the configuration has no targets' in done.stderr


def test_a_dsn_that_cannot_be_read_is_refused_without_showing_it():
    done = run(config='targets: {orders: {dsn: "password=hunter2 host"}}')
    assert done.returncode == 2 and done.stderr.startswith('pgvigil: targets.orders: the dsn is neither')
    assert 'hunter2' not in done.stderr
