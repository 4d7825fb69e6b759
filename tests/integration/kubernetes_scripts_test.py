"""What deploy/kubernetes runs beside the containers: the probes of the database and the Job that takes snapshots."""

import os
import signal
import subprocess
from contextlib import closing

import pytest
from kubernetes.api_server import GROUP, PLURAL, ApiServer
from kubernetes.build import PACKAGES, Copy, named, template
from machine import wait_until
from pgvigil import ROOT
from postgres import Postgres

SNAPSHOT = ROOT / 'deploy/kubernetes/components/snapshots/snapshot'
OURS = {'app.kubernetes.io/instance': 'postgresql-bill-inquiry'}


@pytest.fixture(scope='module')
def objects(tmp_path_factory):
    tree = Copy(tmp_path_factory.mktemp('tree'))
    return {overlay: tree.build(overlay) for overlay in ('dev', 'local')}


@pytest.fixture(scope='module')
def container(objects):
    """The database's container in the overlay `local`."""
    return template(named(objects['local'], 'StatefulSet', 'postgresql-bill-inquiry'))['spec']['containers'][0]


@pytest.fixture(scope='module')
def server():
    with Postgres(14, settings={'max_connections': 6, 'superuser_reserved_connections': 3},
                  hba='local all all trust\n') as server:
        server.sql('CREATE DATABASE bill_inquiry_db')
        server.sql('CREATE ROLE billing_app LOGIN')
        yield server


@pytest.fixture
def probe(container, server, tmp_path):
    """Runs a probe's own command on the server; whether the container would pass. Time limits are a second here."""
    password = tmp_path / 'postgres-password'
    password.write_text('of no use under trust')
    given = {variable['name']: variable['value'] for variable in container['env']}

    def run(name):
        command = [word.replace('/secrets/postgres-password', str(password)).replace('--timeout=10', '--timeout=1')
                   for word in container[f'{name}Probe']['exec']['command']]
        env = {**os.environ, **given, 'PGHOST': server.socket_dir, 'PGPORT': str(server.port), 'PGCONNECT_TIMEOUT': '2'}
        return subprocess.run(command, env=env, capture_output=True, timeout=20).returncode == 0
    return run


def test_a_server_at_work_passes_every_probe(probe):
    assert [probe('startup'), probe('liveness'), probe('readiness')] == [True, True, True]


def test_an_application_that_has_used_up_its_connections_does_not_lose_the_database(server, probe):
    connections = [server.connect('bill_inquiry_db', 'billing_app', server.socket_dir) for _ in range(3)]
    try:
        with pytest.raises(Exception, match='remaining connection slots are reserved'):
            server.connect('bill_inquiry_db', 'billing_app', server.socket_dir)
        assert [probe('readiness'), probe('liveness')] == [True, True]
    finally:
        for connection in connections:
            connection.close()


def test_without_its_database_the_server_is_alive_but_not_ready(server, probe):
    server.sql('ALTER DATABASE bill_inquiry_db RENAME TO elsewhere')
    try:
        assert [probe('readiness'), probe('liveness')] == [False, True]
    finally:
        server.sql('ALTER DATABASE elsewhere RENAME TO bill_inquiry_db')


def test_a_server_that_stops_is_alive_but_not_ready(server, probe):
    with closing(server.connect('bill_inquiry_db', 'postgres', server.socket_dir)):
        os.kill(server.postmaster_pid, signal.SIGTERM)
        wait_until(lambda: not probe('startup'), what='the end of new connections')
        assert [probe('readiness'), probe('liveness')] == [False, True]
    server.restart()


def test_a_server_that_hangs_or_is_gone_fails_every_probe(server, probe):
    server.sigstop()
    try:
        assert [probe('startup'), probe('liveness'), probe('readiness')] == [False, False, False]
    finally:
        server.sigcont()
    server.stop('immediate')
    assert [probe('startup'), probe('liveness'), probe('readiness')] == [False, False, False]
    server.start()


def take_snapshot(server):
    """Runs the Job's script against that API server."""
    env = {**os.environ, 'PATH': f'{os.environ["PATH"]}:{PACKAGES}', 'KUBECONFIG': server.kubeconfig, 'KEEP': '7',
           'CLAIM': 'data-postgresql-bill-inquiry-0', 'CLASS': 'bill-inquiry-snapshots', 'WAIT_AT_MOST': '1s'}
    return subprocess.run(['bash', SNAPSHOT], env=env, capture_output=True, text=True, timeout=60)


def test_a_snapshot_replaces_the_oldest_of_seven_and_those_that_never_became_usable():
    with ApiServer(ready=True) as server:
        for day in range(1, 9):
            server.add(f'bill-inquiry-2026010{day}t020000z', OURS, ready=day != 4)
        server.add('somebody-else', {'app.kubernetes.io/instance': 'other'}, ready=True)
        done = take_snapshot(server)
        assert done.returncode == 0, done.stderr
        *kept, new, other = sorted(server.snapshots)
        assert (kept, other) == ([f'bill-inquiry-2026010{day}t020000z' for day in (2, 3, 5, 6, 7, 8)], 'somebody-else')
        assert server.snapshots[new]['spec'] == {
            'volumeSnapshotClassName': 'bill-inquiry-snapshots',
            'source': {'persistentVolumeClaimName': 'data-postgresql-bill-inquiry-0'}}
        assert server.snapshots[new]['metadata']['labels'] == OURS


def test_the_job_may_do_what_it_does_and_no_more(objects):
    role = named(objects['dev'], 'Role', 'bill-inquiry-snapshot')
    with ApiServer(ready=True) as server:
        for day in range(1, 9):
            server.add(f'bill-inquiry-2026010{day}t020000z', OURS, ready=True)
        assert take_snapshot(server).returncode == 0
        rule, = role['rules']
        assert (rule['apiGroups'], rule['resources'], set(rule['verbs'])) == ([GROUP], [PLURAL], server.verbs)


def test_a_snapshot_that_does_not_become_usable_fails_the_job_and_removes_nothing():
    with ApiServer(ready=False) as server:
        for day in range(1, 9):
            server.add(f'bill-inquiry-2026010{day}t020000z', OURS, ready=True)
        done = take_snapshot(server)
        assert done.returncode != 0
        assert 'timed out' in done.stderr
        assert len(server.snapshots) == 9
