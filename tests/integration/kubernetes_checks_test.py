"""The checks of kubernetes_test.py can fail: each broken reference, breached control or passed limit is noticed."""

import copy

import pytest
from kubernetes.build import Copy, named
from kubernetes.capacity import Node, homeless, refused
from kubernetes.pod_security import findings
from kubernetes.references import broken
from kubernetes.validation import problems

NAME = 'postgresql-bill-inquiry'


@pytest.fixture(scope='module')
def dev(tmp_path_factory):
    return Copy(tmp_path_factory.mktemp('tree')).build('dev')


def put(thing, path, value):
    """thing['a'][0]['b'] = value, for path 'a/0/b', '~' for a slash in a name; with `...` the entry is removed."""
    *way, last = [int(step) if step.isdigit() else step.replace('~', '/') for step in path.split('/')]
    for step in way:
        thing = thing[step] if isinstance(step, int) else thing.setdefault(step, {})
    if value is ...:
        del thing[last]
    else:
        thing[last] = value


def changed(objects, kind, name, path, value):
    """A copy of the objects in which that one is changed."""
    objects = copy.deepcopy(objects)
    put(named(objects, kind, name), path, value)
    return objects


def without(objects, kind, name):
    return [one for one in objects if one is not named(objects, kind, name)]


def test_what_is_shipped_passes(dev):
    assert (problems(dev), broken(dev), list(refused(dev))) == ([], [], [])


@pytest.mark.parametrize('kind, name, complaint', [
    ('Namespace', 'phonebill-dev', 'no Namespace phonebill-dev'),
    ('ConfigMap', 'bill-inquiry-schema-script', 'no ConfigMap bill-inquiry-schema-script'),
    ('Secret', f'{NAME}-secret', f'no Secret {NAME}-secret'),
    ('Secret', f'{NAME}-tls', f'no Secret {NAME}-tls'),
    ('PersistentVolumeClaim', 'bill-inquiry-backup', 'no PersistentVolumeClaim bill-inquiry-backup'),
    ('StorageClass', 'bill-inquiry-standard-hdd', 'no StorageClass bill-inquiry-standard-hdd'),
    ('ServiceAccount', 'bill-inquiry-jobs', 'no ServiceAccount bill-inquiry-jobs'),
    ('Role', 'bill-inquiry-snapshot', 'no Role bill-inquiry-snapshot'),
    ('Service', f'{NAME}-headless', f'no Service {NAME}-headless'),
    ('Service', NAME, f'no Service {NAME}'),
    ('Service', f'{NAME}-metrics', 'selects 0 Services'),
    ('StatefulSet', NAME, 'selects the pods of 0 workloads'),
    ('CronJob', 'bill-inquiry-snapshot', 'selects no pod'),
])
def test_what_is_missing_is_missed(dev, kind, name, complaint):
    assert any(line.endswith(complaint) for line in broken(without(dev, kind, name)))


POD = 'spec/template/spec'
POSTGRESQL = f'{POD}/containers/0'
TMP = f'spec/jobTemplate/{POD}/volumes/4'  # of each Job of deploy/backup


def ephemeral(storage_class, size):
    claim = {'accessModes': ['ReadWriteOnce'], 'storageClassName': storage_class, 'resources': {'requests': {'storage': size}}}
    return {'name': 'tmp', 'ephemeral': {'volumeClaimTemplate': {'spec': claim}}}


BROKEN = [
    ('StatefulSet', NAME, f'{POD}/volumes/0/configMap/name', 'scripts', 'no ConfigMap scripts'),
    ('StatefulSet', NAME, f'{POD}/volumes/4/secret/items/0/key', 'password', f'Secret {NAME}-secret has no password'),
    ('StatefulSet', NAME, f'{POSTGRESQL}/volumeMounts/0/name', 'datum', 'mounts datum, which is no volume'),
    ('StatefulSet', NAME, f'{POSTGRESQL}/command/1', '/scripts/begin', 'there is no /scripts/begin'),
    ('StatefulSet', NAME, f'{POSTGRESQL}/readinessProbe/exec/command/2', 'cat /secrets/none', 'no /secrets/none'),
    ('StatefulSet', NAME, f'{POD}/containers/1/args/0', '--config.file=/etc/pgvigil/a.yml', 'no /etc/pgvigil/a.yml'),
    ('StatefulSet', NAME, f'{POD}/containers/1/livenessProbe/httpGet/port', 'http', 'livenessProbe: no port http'),
    ('StatefulSet', NAME, f'{POD}/serviceAccountName', 'nobody', 'no ServiceAccount nobody'),
    ('StatefulSet', NAME, 'spec/serviceName', NAME, f'Service {NAME} is not headless'),
    ('StatefulSet', NAME, 'spec/selector/matchLabels/app', 'postgresql', 'does not select its own pods'),
    ('StatefulSet', NAME, 'spec/volumeClaimTemplates/0/spec/storageClassName', 'managed-standard',
     'no StorageClass managed-standard'),
    ('CronJob', 'bill-inquiry-backup', TMP, ephemeral('scratch', '1Gi'), 'no StorageClass scratch'),
    ('Job', 'bill-inquiry-db-init', f'{POSTGRESQL}/env/0/value', 'postgresql', 'no Service postgresql'),
    ('Service', NAME, 'spec/ports/0/targetPort', 'postgres', 'no port postgres'),
    ('Service', NAME, 'spec/selector/app.kubernetes.io~name', 'postgres', 'selects the pods of 0 workloads'),
    ('Service', NAME, 'spec/selector', {'app.kubernetes.io/instance': NAME}, 'selects the pods of 6 workloads'),
    ('ServiceMonitor', 'pgvigil', 'spec/endpoints/0/port', 'http', 'no port http'),
    ('ServiceMonitor', 'pgvigil', 'spec/jobLabel', 'job', 'has no label job'),
    ('NetworkPolicy', 'postgresql-from-clients', 'spec/ingress/0/ports/0/port', 5433, 'nobody listens on 5433'),
    ('NetworkPolicy', 'clients-to-postgresql', 'spec/egress/0/to/0/podSelector/matchLabels/app', 'db', 'to no pod'),
    ('NetworkPolicy', 'clients-to-postgresql', 'spec/policyTypes', ['Ingress'], 'egress is not among its policyTypes'),
    ('PodDisruptionBudget', NAME, 'spec/selector', {}, 'does not select the pods of one workload'),
    ('RoleBinding', 'bill-inquiry-snapshot', 'subjects/0/namespace', 'default', 'bill-inquiry-snapshot in default'),
    ('CronJob', 'bill-inquiry-backup', 'spec/timeZone', 'Asia/Soul', 'no time zone Asia/Soul'),
    ('VolumeSnapshotClass', 'bill-inquiry-snapshots', 'metadata/namespace', 'phonebill-dev', 'has a namespace'),
]


@pytest.mark.parametrize('kind, name, path, value, complaint', BROKEN)
def test_a_broken_reference_is_noticed(dev, kind, name, path, value, complaint):
    assert any(line.endswith(complaint) for line in broken(changed(dev, kind, name, path, value)))


INVALID = [
    ('StatefulSet', NAME, 'spec/replicas', '1', 'replicas must be integer'),
    ('StatefulSet', NAME, f'{POSTGRESQL}/volumeMount', [], "'\"volumeMount\"' does not exist"),
    ('StatefulSet', NAME, f'{POSTGRESQL}/imagePullPolicy', 'Sometimes', 'imagePullPolicy must be equal to one of'),
    ('StatefulSet', NAME, f'{POSTGRESQL}/resources/limits/memory', '2Gigs', 'limits/memory must'),
    ('StatefulSet', NAME, 'spec/selector', ..., "'\"selector\"' is missing"),
    ('CronJob', 'bill-inquiry-backup', 'spec/jobTemplate/spec/backofLimit', 1, "'\"backofLimit\"' does not exist"),
    ('NetworkPolicy', 'default-deny', 'spec/policyTypes', ['ingress'], 'policyTypes/0 must be equal to one of'),
    ('StorageClass', 'bill-inquiry-standard-hdd', 'volumeBindingMode', 'Later', 'volumeBindingMode must be equal'),
    ('ServiceMonitor', 'pgvigil', 'spec/endpoints/0/interval', 'soon', 'interval must match pattern'),
    ('PrometheusRule', 'pgvigil', 'spec/groups/0/rules/0/label', {}, "'\"label\"' does not exist"),
    ('Certificate', NAME, 'spec/usages', ['serving'], 'usages/0 must be equal to one of'),
    ('Secret', f'{NAME}-secret', 'data/postgres-password', 'plain text', 'must match format'),
    ('VolumeSnapshotClass', 'bill-inquiry-snapshots', 'drivers', '', 'unknown field drivers'),
    ('VolumeSnapshotClass', 'bill-inquiry-snapshots', 'deletionPolicy', 'Keep', 'deletionPolicy cannot be Keep'),
]


def test_what_is_not_valid_is_refused_with_its_place(tmp_path_factory):
    objects = Copy(tmp_path_factory.mktemp('tree')).build('prod')
    spoilt = [named(changed(objects, kind, name, path, value), kind, name) for kind, name, path, value, _ in INVALID]
    said = problems(spoilt)
    missed = [(kind, name, complaint) for kind, name, _, _, complaint in INVALID
              if not any(line.startswith(f'{kind} {name}: ') and complaint in line for line in said)]
    assert missed == []


@pytest.mark.parametrize('kind, name, path, value, complaint', [
    ('ResourceQuota', 'quota', 'spec/hard/requests.memory', '1Gi', 'requests.memory: '),
    ('ResourceQuota', 'quota', 'spec/hard/requests.storage', '20Gi', 'requests.storage: '),
    ('CronJob', 'bill-inquiry-backup', TMP, ephemeral('bill-inquiry-standard-hdd', '100Gi'), 'requests.storage: '),
    ('ResourceQuota', 'quota', 'spec/hard/pods', '3', 'pods: '),
    ('Service', NAME, 'spec/type', 'NodePort', 'services.nodeports: '),
    ('LimitRange', 'limits', 'spec/limits/0/max/memory', '1Gi', f'StatefulSet {NAME}, postgresql: memory over 1Gi'),
    ('LimitRange', 'limits', 'spec/limits/1/max/storage', '10Gi', 'claim data: too large'),
])
def test_what_does_not_fit_is_not_admitted(dev, kind, name, path, value, complaint):
    assert any(line.startswith(complaint) for line in refused(changed(dev, kind, name, path, value)))


def test_a_pod_that_asks_for_more_than_a_node_has_finds_no_home(dev):
    greedy = changed(dev, 'StatefulSet', NAME, f'{POSTGRESQL}/resources/requests/memory', '3Gi')
    assert homeless(greedy, [Node(2, 2 * 2**30)] * 2) == [f'StatefulSet {NAME}']


def restricted_pod():
    context = {'allowPrivilegeEscalation': False, 'capabilities': {'drop': ['ALL']}}
    return {'metadata': {}, 'spec': {
        'securityContext': {'runAsNonRoot': True, 'seccompProfile': {'type': 'RuntimeDefault'}},
        'containers': [{'name': 'one', 'image': 'one', 'securityContext': context}],
        'volumes': [{'name': 'some', 'emptyDir': {}}]}}


CONTEXT, CONTAINER = 'spec/securityContext', 'spec/containers/0'
BREACHES = {
    'HostProcess': (f'{CONTEXT}/windowsOptions', {'hostProcess': True}),
    'Host Namespaces': ('spec/hostPID', True),
    'Privileged Containers': (f'{CONTAINER}/securityContext/privileged', True),
    'Capabilities': (f'{CONTAINER}/securityContext/capabilities', {'drop': ['ALL'], 'add': ['SYS_ADMIN']}),
    'Host Ports': (f'{CONTAINER}/ports', [{'containerPort': 1, 'hostPort': 1}]),
    'Host Probes / Lifecycle Hooks': (f'{CONTAINER}/livenessProbe', {'tcpSocket': {'port': 1, 'host': '127.0.0.1'}}),
    'AppArmor': (f'{CONTEXT}/appArmorProfile', {'type': 'Unconfined'}),
    'SELinux': (f'{CONTEXT}/seLinuxOptions', {'type': 'spc_t'}),
    '/proc Mount Type': (f'{CONTAINER}/securityContext/procMount', 'Unmasked'),
    'Sysctls': (f'{CONTEXT}/sysctls', [{'name': 'kernel.msgmax', 'value': '1'}]),
    'Volume Types': ('spec/volumes', [{'name': 'some', 'nfs': {}}]),
    'Privilege Escalation': (f'{CONTAINER}/securityContext/allowPrivilegeEscalation', ...),
    'Running as Non-root': (f'{CONTAINER}/securityContext/runAsNonRoot', False),
    'Running as Non-root user': (f'{CONTAINER}/securityContext/runAsUser', 0),
    'Seccomp': (f'{CONTEXT}/seccompProfile', {'type': 'Unconfined'}),
}


@pytest.mark.parametrize('control', BREACHES)
def test_each_control_of_the_pod_security_standard_is_checked(control):
    pod = restricted_pod()
    assert findings(pod) == set()
    put(pod, *BREACHES[control])
    assert findings(pod) == {control}


def test_the_plan_s_pod_without_a_security_context_is_refused_for_the_right_reasons():
    pod = {'metadata': {}, 'spec': {'containers': [{'name': 'postgresql', 'image': 'bitnami/postgresql:14'}]}}
    assert findings(pod) == {'Capabilities', 'Privilege Escalation', 'Running as Non-root', 'Seccomp'}
    pod['spec']['volumes'] = [{'name': 'data', 'hostPath': {'path': '/data'}}]
    assert findings(pod) >= {'HostPath Volumes', 'Volume Types'}
