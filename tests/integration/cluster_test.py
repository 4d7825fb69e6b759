"""What deploy/verify makes of a cluster's objects, as `kubectl get -o json` prints them; no cluster is needed."""

import copy
import os
import re
import shutil
import subprocess
import sys

import pytest
from pgvigil import ROOT

sys.path.insert(0, str(ROOT / 'deploy'))
from checks import cluster  # noqa: E402
from checks.site import Site, Skip, Wrong  # noqa: E402


def ready(name, **changes):
    return {'name': name, 'image': name, 'imageID': '', 'ready': True, 'restartCount': 0, 'started': True,
            'state': {'running': {'startedAt': '2026-11-01T00:00:00Z'}}, **changes}


OBJECTS = [
    {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'postgresql-bill-inquiry-0', 'namespace': 'phonebill-dev'},
     'spec': {'containers': [{'name': 'pgvigil', 'args': ['--config.file=/etc/pgvigil/pgvigil.yml']},
                             {'name': 'postgresql', 'args': ['--shared_buffers=2GB', '--work_mem=16MB'],
                              'resources': {'limits': {'cpu': '1500m', 'memory': '2Gi'}}}]},
     'status': {'phase': 'Running', 'containerStatuses': [ready('postgresql'), ready('pgvigil', restartCount=2)],
                'conditions': [{'type': 'PodScheduled', 'status': 'True'}, {'type': 'Ready', 'status': 'True'}]}},
    {'apiVersion': 'v1', 'kind': 'PersistentVolumeClaim', 'metadata': {'name': 'data-postgresql-bill-inquiry-0'},
     'spec': {'storageClassName': 'standard-hdd'}, 'status': {'phase': 'Bound', 'capacity': {'storage': '20Gi'}}},
    {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 'postgresql-bill-inquiry'},
     'spec': {'type': 'ClusterIP', 'clusterIP': '10.0.0.7', 'ports': [{'port': 5432}]}},
    {'apiVersion': 'v1', 'kind': 'Endpoints', 'metadata': {'name': 'postgresql-bill-inquiry'},
     'subsets': [{'addresses': [{'ip': '10.244.0.9'}], 'ports': [{'port': 5432}]}]},
    {'apiVersion': 'batch/v1', 'kind': 'Job',
     'metadata': {'name': 'bill-inquiry-db-init', 'creationTimestamp': '2026-11-01T00:00:00Z'},
     'status': {'conditions': [{'type': 'Complete', 'status': 'True'}], 'succeeded': 1}},
    {'apiVersion': 'batch/v1', 'kind': 'CronJob', 'metadata': {'name': 'bill-inquiry-backup'},
     'spec': {'suspend': False}, 'status': {'lastSuccessfulTime': '2026-11-02T03:00:00Z'}},
    {'apiVersion': 'batch/v1', 'kind': 'CronJob', 'metadata': {'name': 'bill-inquiry-restore-test'},
     'spec': {'suspend': False}, 'status': {}},
]


def changed(kind, change):
    objects = copy.deepcopy(OBJECTS)
    change(next(one for one in objects if one['kind'] == kind))
    return objects


def looked(objects):
    """{name of the line: what it says, or the exception}"""
    site = Site('', objects=cluster.Objects(objects))

    def look(check):
        try:
            return check.look(site)
        except (Skip, Wrong) as said:
            return said
    return {check.name: look(check) for check in cluster.CHECKS}


def test_a_sound_cluster_passes():
    assert looked(OBJECTS) == {
        'cluster': 'answers',
        'pod': 'Running, 2 containers ready, 2 restarts',
        'claim': 'Bound, 20Gi of storage class standard-hdd',
        'service': 'ClusterIP, leads to 10.244.0.9',
        'init job': 'bill-inquiry-db-init is Complete',
        'cron jobs': 'bill-inquiry-backup last good 2026-11-02T03:00:00Z; bill-inquiry-restore-test last good never',
    }
    assert cluster.Objects(OBJECTS).limits() == (1.5, 2 * 2**30)
    assert cluster.Objects(OBJECTS).options() == {'shared_buffers': '2GB', 'work_mem': '16MB'}


PENDING = {'phase': 'Pending', 'conditions': [{'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable',
                                               'message': '0/2 nodes are available: 2 Insufficient cpu.'}]}
PULLING = {'phase': 'Pending', 'containerStatuses': [
    ready('postgresql', ready=False, state={'waiting': {'reason': 'ImagePullBackOff', 'message': 'Back-off'}})]}
NOT_READY = {'phase': 'Running', 'containerStatuses': [ready('postgresql', ready=False), ready('pgvigil')],
             'conditions': [{'type': 'ContainersReady', 'status': 'False', 'reason': 'ContainersNotReady',
                             'message': 'containers with unready status: [postgresql]'}]}
FAILED = {'conditions': [{'type': 'Failed', 'status': 'True', 'reason': 'DeadlineExceeded',
                          'message': 'Job was active longer than specified deadline'}]}


@pytest.mark.parametrize('line, kind, change, said', [
    ('pod', 'Pod', {'status': PENDING}, 'Pending; 0/2 nodes are available: 2 Insufficient cpu.'),
    ('pod', 'Pod', {'status': PULLING}, 'Pending; postgresql: ImagePullBackOff'),
    ('pod', 'Pod', {'status': NOT_READY}, 'Running; containers with unready status: [postgresql]'),
    ('pod', 'Pod', {'metadata': {'name': 'another-0'}}, 'there is no Pod postgresql-bill-inquiry-0'),
    ('claim', 'PersistentVolumeClaim', {'status': {'phase': 'Pending'}}, 'Pending, storage class standard-hdd'),
    ('service', 'Service', {'spec': {'type': 'LoadBalancer'}}, 'type LoadBalancer: it can be reached from outside of the cluster'),
    ('service', 'Endpoints', {'subsets': [{'notReadyAddresses': [{'ip': '10.244.0.9'}]}]}, 'no endpoint is ready (1 are not)'),
    ('init job', 'Job', {'status': FAILED}, 'DeadlineExceeded Job was active longer than specified deadline'),
    ('init job', 'Job', {'status': {'active': 1}}, 'not finished'),
    ('cron jobs', 'CronJob', {'spec': {'suspend': True}}, 'suspended: bill-inquiry-backup'),
])
def test_of_a_fault_in_the_cluster_its_line_says_what_was_seen(line, kind, change, said):
    found = looked(changed(kind, lambda one: one.update(change)))
    wrong = {name: str(text) for name, text in found.items() if isinstance(text, Wrong)}
    assert wrong == {line: said}


@pytest.mark.skipif(not shutil.which('kubectl'), reason='no kubectl on this machine')
def test_of_a_cluster_that_does_not_answer_one_line_fails(tmp_path):
    config = tmp_path / 'config'
    config.write_text('{apiVersion: v1, kind: Config, current-context: c, contexts: [{name: c, context: {cluster: c}}],'
                      ' clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]}')
    ran = subprocess.run([ROOT / 'deploy/verify', '--namespace=phonebill-dev'], env={**os.environ, 'KUBECONFIG': str(config)},
                         stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1
    failed = re.findall('^FAIL (.*)$', ran.stdout, re.M)
    assert len(failed) == 1
    assert re.match('cluster .*(was refused|connection refused)', failed[0])
