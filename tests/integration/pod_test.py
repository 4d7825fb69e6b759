"""The StatefulSet's own pod under podman, with images built here: PostgreSQL and pgvigil as they run in a cluster."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/support'))
from manifests import kustomization  # noqa: E402
from pgvigil import parse_metrics, wait_until  # noqa: E402
from pod import Pod, build_images, podman  # noqa: E402

SLEEPING = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'billing_app'"
UNCLEAN = ('not properly shut down', 'automatic recovery', 'terminated by signal', 'PANIC')


@pytest.fixture(scope='module')
def pod():
    subprocess.run([ROOT / 'deploy/local/install', 'test', 'image'], check=True)
    build_images()
    with Pod(kustomization('local'), 'StatefulSet', 'postgresql-bill-inquiry') as one:
        wait_until(lambda: one.probe('postgresql', 'startupProbe'), 60, 'startupProbe')
        yield one


def page(pod):
    return parse_metrics(pod.get('http://127.0.0.1:9187/metrics') or '')


@contextmanager
def application(pod, sessions):
    """So many sessions of the application, or as many as it gets, for as long as the block or the server runs."""
    psql = 'PGPASSWORD=test psql -XqwU billing_app -c "BEGIN; SELECT pg_sleep(300)" & '
    sql(pod, "ALTER ROLE billing_app PASSWORD 'test'")
    podman('exec', '--detach', f'{pod.name}-postgresql', '/bin/bash', '-c', psql * sessions + 'wait')
    yield
    if pod.inspect('postgresql')['State']['Running']:
        sql(pod, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'billing_app'")


def wait_until_up(pod):
    wait_until(lambda: page(pod).get('pg_up') == {(): 1.0}, 90, 'pg_up 1')
    return page(pod)


def sql(pod, text):
    command = f'PGPASSWORD=$(</secrets/postgres-password) psql -XAtqw -v ON_ERROR_STOP=1 -c "{text}"'
    done = pod.exec('postgresql', ['/bin/bash', '-c', command])
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_job_creates_the_schema_and_running_it_again_changes_nothing(pod):
    for _ in range(2):
        status, output = pod.run_job('Job', 'bill-inquiry-db-init')
        assert status == 0, output
    assert sql(pod, 'SELECT count(*) FROM system_config') == '13'


def test_both_containers_run_as_1001_without_powers_on_a_read_only_root(pod):
    for name in ('postgresql', 'pgvigil'):
        state = pod.inspect(name)
        status = dict(line.split(':', 1) for line in
                      Path(f'/proc/{state["State"]["Pid"]}/status').read_text().splitlines())
        assert status['Uid'].split() == ['1001'] * 4
        assert int(status['CapEff'], 16) == int(status['CapBnd'], 16) == 0
        assert status['NoNewPrivs'].strip() == '1' and status['Seccomp'].strip() == '2'
        assert state['HostConfig']['ReadonlyRootfs']
    assert pod.exec('postgresql', ['touch', '/new']).returncode != 0


def test_pgvigil_reports_the_limits_of_the_databases_container_and_its_volume(pod):
    metrics = wait_until_up(pod)
    assert (('mount', '/bitnami/postgresql'), ('role', 'data')) in metrics['pg_mount_size_bytes']
    limits = pod.container('postgresql')['resources']['limits']
    assert (limits['cpu'], limits['memory']) == ('1', '2Gi')
    assert list(metrics['pg_container_cpu_limit_cores'].values()) == [1.0]
    assert list(metrics['pg_container_memory_limit_bytes'].values()) == [2.0 * 1024**3]
    five = {(('rule', name),) for name in ('cpu', 'memory', 'disk', 'connections', 'latency')}
    wait_until(lambda: sql(pod, 'SELECT 1') and five <= set(page(pod)['pgvigil_threshold_value']), 60, 'five values')


def test_the_image_checks_its_health_without_a_shell(pod):
    assert pod.exec('pgvigil', ['/bin/sh', '-c', 'true']).returncode != 0
    [image] = json.loads(podman('image', 'inspect', pod.inspect('pgvigil')['Image']))
    kind, *command = image['Healthcheck']['Test']
    assert kind == 'CMD' and pod.exec('pgvigil', command).returncode == 0


def test_a_session_over_the_service_is_encrypted_and_plaintext_is_refused(pod):
    assert sql(pod, "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'pgvigil' LIMIT 1") == 't'
    command = 'PGPASSWORD=$(</secrets/postgres-password) PGSSLMODE=disable psql -w -h 127.0.0.1 -c "SELECT 1"'
    refused = pod.exec('postgresql', ['/bin/bash', '-c', command])
    assert refused.returncode == 2 and 'no pg_hba.conf entry' in refused.stderr and 'no encryption' in refused.stderr


def test_readiness_outlives_the_applications_connections(pod):
    assert all(pod.probe('postgresql', kind) for kind in ('startupProbe', 'livenessProbe', 'readinessProbe'))
    with application(pod, sessions=98):
        wait_until(lambda: 'remaining connection slots are reserved' in pod.logs('postgresql'), 180, 'all slots in use')
        assert pod.probe('postgresql', 'readinessProbe')


def test_liveness_fails_only_when_the_server_answers_nothing(pod):
    pid = pod.inspect('postgresql')['State']['Pid']
    subprocess.run(['kill', '-STOP', str(pid)], check=True)
    try:
        assert not pod.probe('postgresql', 'livenessProbe')
    finally:
        subprocess.run(['kill', '-CONT', str(pid)], check=True)
    wait_until(lambda: pod.probe('postgresql', 'livenessProbe'), 120, 'livenessProbe')


@pytest.mark.parametrize('hook', [True, False], ids=['by preStop', 'by the stop signal alone'])
def test_a_stop_with_open_sessions_is_clean_and_the_next_start_recovers_nothing(pod, hook):
    wait_until_up(pod)
    with application(pod, sessions=3):
        wait_until(lambda: sql(pod, SLEEPING) == '3', 120, 'three sessions')
        if hook:
            pod.exec('postgresql', pod.container('postgresql')['lifecycle']['preStop']['exec']['command'])
        pod.stop()
        assert [pod.inspect(name)['State']['ExitCode'] for name in ('postgresql', 'pgvigil')] == [0, 0]
    assert 'database system is shut down' in pod.logs('postgresql')
    begin = len(pod.logs('postgresql'))
    pod.start()
    wait_until(lambda: pod.probe('postgresql', 'readinessProbe'), 60, 'readinessProbe')
    log = pod.logs('postgresql')[begin:]
    assert 'database system was shut down at' in log
    assert not [line for line in log.splitlines() if any(word in line for word in UNCLEAN)]


def test_the_jobs_back_up_and_restore_and_pgvigil_tells_of_both(pod):
    for kind in ('backup', 'restore-test'):
        status, output = pod.run_job('CronJob', f'bill-inquiry-{kind}')
        assert status == 0, output
    wait_until(lambda: len(page(pod).get('pg_backup_last_success', {})) == 2, 90, 'both kinds of backup')
    assert set(page(pod)['pg_backup_last_success'].values()) == {1.0}
    assert min(page(pod)['pg_backup_last_size_bytes'].values()) > 10_000
