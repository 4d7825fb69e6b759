"""The command line and the pages, as an operator and a Prometheus meet them."""

import gzip
import http.client
import json
import re
import socket
import subprocess
import tempfile

import pytest
from machine import wait_until
from pgvigil import BINARY, EVERY_SECOND, Daemon, monitored, run

QUIET = 'thresholds: {cpu: {warning: 0.999, critical: 1}}\n'


@pytest.fixture(scope='module')
def server():
    with monitored(14) as server:
        yield server


@pytest.fixture(scope='module')
def daemon(server):
    labels = 'labels: {cluster: "개발 \\"1\\""}\n'
    with Daemon('--dsn', server.dsn(user='pgvigil'), config=EVERY_SECOND + labels) as daemon:
        yield daemon


def request(daemon, method, path, headers=None):
    """Status, headers and bytes, as they come over the wire."""
    connection = http.client.HTTPConnection('127.0.0.1', daemon.port, timeout=5)
    connection.request(method, path, headers=headers or {})
    reply = connection.getresponse()
    return reply.status, reply.headers, reply.read()


def check(server, config, user='pgvigil'):
    return run('check', '--json', '--window=1s', '--dsn', server.dsn(user=user), config=config)


def state(done, rule):
    return next(found['state'] for found in json.loads(done.stdout)['thresholds'] if found['rule'] == rule)


def without_values(page):
    """What does not change from one moment to the next."""
    return re.sub(r'^([^#].*) \S+$', r'\1', page, flags=re.M)


def test_check_exits_0_when_all_is_well(server):
    wait_until(lambda: check(server, QUIET).returncode == 0, 60, 'a moment when this machine is not busy')


@pytest.mark.parametrize('limits, status, name', [('warning: 0.001, critical: 1', 1, 'warning'),
                                                  ('warning: 0.001, critical: 0.002', 2, 'critical')])
def test_check_exits_as_monitoring_plugins_do(server, limits, status, name):
    done = check(server, f'thresholds: {{cpu: {{warning: 0.999, critical: 1}}, connections: {{{limits}}}}}\n')
    assert (done.returncode, done.stderr) == (status, '')
    assert state(done, 'connections') == name


def test_check_exits_3_when_it_cannot_know(server):
    done = check(server, QUIET, user='nobody_of_that_name')
    assert done.returncode == 3
    assert 'nobody_of_that_name' in done.stderr
    assert state(done, 'connections') == 'unknown'


def test_explain_shows_one_collector(server):
    done = run('explain', 'locks', '--dsn', server.dsn(user='pgvigil'))
    assert (done.returncode, done.stderr) == (0, '')
    assert done.stdout.startswith('locks (group default, cluster scope, every 15 s)\n  outcome  ok\n')
    assert 'pg_catalog.pg_lock_status()' in done.stdout


def test_explain_knows_the_nearest_collector(server):
    done = run('explain', 'lock', '--dsn', server.dsn(user='pgvigil'))
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == "pgvigil: unknown collector 'lock'; did you mean 'locks'?\n"


@pytest.mark.parametrize('variables', [
    {'DATA_SOURCE_NAME': 'postgresql://pgvigil@127.0.0.1:{port}/postgres'},
    {'DATA_SOURCE_URI': '127.0.0.1:{port}/postgres', 'DATA_SOURCE_USER': 'pgvigil', 'DATA_SOURCE_PASS': 'p&ss word'},
    {'PGHOST': '127.0.0.1', 'PGPORT': '{port}', 'PGUSER': 'pgvigil', 'PGDATABASE': 'postgres'}])
def test_the_environment_names_the_server(server, variables):
    env = {name: value.format(port=server.port) for name, value in variables.items()}
    with Daemon(env=env) as daemon:
        assert daemon.value('pg_up') == 1


def test_systemd_is_told_when_we_are_ready_and_when_we_stop(server):
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f'{directory}/notify')
        systemd.settimeout(10)
        with Daemon('--dsn', server.dsn(user='pgvigil'), env={'NOTIFY_SOCKET': f'{directory}/notify'}):
            assert systemd.recv(100) == b'READY=1'
        assert systemd.recv(100) == b'STOPPING=1'


def test_each_line_of_the_log_is_an_object_where_json_is_wanted(server):
    with Daemon('--log.format=json', '--dsn', server.dsn(user='pgvigil')) as daemon:
        daemon.stop()
        lines = [json.loads(line) for line in daemon.log.splitlines()]
        assert {'ts', 'level', 'msg'} <= set.intersection(*map(set, lines))


def test_a_port_that_is_taken_is_named_in_one_line(daemon):
    done = run('--web.listen-address', f'127.0.0.1:{daemon.port}', '--dsn', 'host=127.0.0.1 port=1')
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (2, '', 1)
    assert str(daemon.port) in done.stderr


@pytest.mark.parametrize('config, said', [('thresholds: {cpu: {warn: 1}}', 'warning'), ('- a list', ':1:')])
def test_a_configuration_that_cannot_be_read_is_refused_in_one_line(config, said):
    done = run('--dsn', 'host=127.0.0.1 port=1', config=config)
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (2, '', 1)
    assert said in done.stderr


def test_a_configuration_that_is_not_there_is_refused_in_one_line():
    done = subprocess.run([BINARY, '--config.file=/no/such/file.yml'], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count('\n')) == (2, '', 1)
    assert '/no/such/file.yml' in done.stderr


@pytest.mark.parametrize('path', ['/metrics', '/', '/-/healthy', '/-/ready', '/api/v1/status'])
def test_head_is_get_without_a_body_and_nothing_else_is_allowed(daemon, path):
    status, headers, body = request(daemon, 'GET', path)
    assert (status, int(headers['Content-Length'])) == (200, len(body))
    status, head_headers, head_body = request(daemon, 'HEAD', path)
    assert (status, head_body, head_headers['Content-Type']) == (200, b'', headers['Content-Type'])
    for method in 'POST', 'PUT', 'DELETE':
        status, headers, _ = request(daemon, method, path)
        assert (status, headers['Allow']) == (405, 'GET, HEAD')


def test_an_unknown_path_is_not_found(daemon):
    assert request(daemon, 'GET', '/nothing')[0] == 404


def test_the_compressed_page_is_the_plain_page(daemon):
    _, headers, compressed = request(daemon, 'GET', '/metrics', {'Accept-Encoding': 'gzip'})
    plain = request(daemon, 'GET', '/metrics')[2]
    assert headers['Content-Encoding'] == 'gzip'
    assert len(compressed) < len(plain) / 4
    assert without_values(gzip.decompress(compressed).decode()) == without_values(plain.decode())


def test_every_sample_carries_the_constant_labels(daemon):
    bare = [name for name, samples in daemon.metrics().items() for labels in samples
            if ('cluster', '개발 "1"') not in labels]
    assert bare == []
