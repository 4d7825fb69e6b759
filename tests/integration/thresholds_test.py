"""The five values beside a plain computation of each."""

import os
from contextlib import closing

import pytest
from pgvigil import Daemon, monitored
from postgres import TRUST

STATES = {'ok': 0, 'warning': 1, 'critical': 2}


@pytest.fixture(scope='module')
def server():
    with monitored(14, settings={'max_connections': 20}, hba=TRUST + 'local all pgvigil trust\n') as server:
        yield server


@pytest.fixture(scope='module', params=['by TCP', 'by socket'])
def daemon(server, request):
    host = '127.0.0.1' if request.param == 'by TCP' else server.socket_dir
    with Daemon('--dsn', server.dsn(user='pgvigil', host=host)) as daemon:
        daemon.wait_for_polls(1)
        yield daemon


def value(page, rule):
    return page['pgvigil_threshold_value'][(('rule', rule),)]


def state(page, rule):
    return page['pgvigil_threshold_state'][(('rule', rule),)]


def test_each_of_the_five_has_limits_and_a_state(daemon):
    page = daemon.metrics()
    rules = {'cpu', 'memory', 'disk', 'connections', 'latency'}
    assert {dict(labels)['rule'] for labels in page['pgvigil_threshold_state']} == rules
    assert {dict(labels)['rule'] for labels in page['pgvigil_threshold_limit']} == rules
    for found in daemon.status()['thresholds']:
        assert found['state'] in STATES


def test_connections_are_client_backends_of_max_connections(server, daemon):
    others = [server.connect() for _ in range(10)]
    try:
        backends = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with closing(server.connect()) as observer, observer.cursor() as cursor:
            cursor.execute(backends)
            expected = cursor.fetchone()[0] / 20
            page = daemon.wait_until(lambda page: value(page, 'connections') == expected)
            assert state(page, 'connections') == 0
    finally:
        for other in others:
            other.close()


def test_memory_is_the_working_set_of_the_limit(daemon):
    page = daemon.metrics()
    used = page['pg_container_memory_working_set_bytes'][()]
    limit = page['pg_container_memory_limit_bytes'][()]
    assert value(page, 'memory') == pytest.approx(used / limit)
    assert 0 < used < limit


def test_cpu_is_between_nothing_and_all_of_the_limit(daemon):
    page = daemon.metrics()
    assert 0 <= value(page, 'cpu') <= 1.05  # a reading is not of one instant
    assert 0 < page['pg_container_cpu_limit_cores'][()] <= os.cpu_count()


def test_disk_is_as_df_says(server, daemon):
    data = os.statvfs(server.data)
    used = data.f_blocks - data.f_bfree
    assert value(daemon.metrics(), 'disk') == pytest.approx(used / (used + data.f_bavail), abs=0.01)


def test_latency_is_the_mean_of_what_ran(server):
    with Daemon('--dsn', server.dsn(user='pgvigil')) as daemon:
        assert 'latency' not in str(daemon.metrics()['pgvigil_threshold_value'])
        with closing(server.connect()) as application, application.cursor() as cursor:
            for _ in range(5):
                cursor.execute('SELECT pg_sleep(0.2)')
        page = daemon.wait_until(lambda page: (('rule', 'latency'),) in page['pgvigil_threshold_value'])
        assert 0.19 < value(page, 'latency') < 0.25
        assert state(page, 'latency') == STATES['warning']
