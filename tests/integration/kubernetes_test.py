"""deploy/kubernetes without a cluster: what every overlay builds is valid, whole, restricted, and fits."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, combinations

import pytest
import yaml
from kubernetes.build import OVERLAYS, WORKLOADS, Copy, containers, named, of_kind, size, template, title
from kubernetes.capacity import Node, claims, homeless, refused, storage
from kubernetes.pod_security import findings
from kubernetes.references import broken
from kubernetes.validation import problems, secret_values
from pgvigil import BINARY, ROOT, run

EXAMPLES = ROOT / 'deploy/kubernetes/examples'
IMAGE = re.compile(r'registry\.example/(pgvigil|postgresql-bill-inquiry|kubectl)@sha256:[0-9a-f]{64}')
NODE_CORES = 1.9 - 0.72  # deploy/kubernetes/README.md reckons: what AKS leaves of a Standard_B2s, less its own pods
NODE_MEMORY = (2842 - 716) * 2**20
MOST_APPLIED = 262144  # bytes of all annotations of an object


@pytest.fixture(scope='module')
def tree(tmp_path_factory):
    return Copy(tmp_path_factory.mktemp('tree'))


@pytest.fixture(scope='module')
def built(tree):
    """Every overlay as it is, and with every choice of the components that are optional there: {name: objects}."""
    names = [*OVERLAYS]
    for overlay, needed, optional in (('dev', ['azure-disks'], ['cert-manager', 'prometheus-operator', 'snapshots']),
                                      ('local', [], ['cert-manager', 'prometheus-operator'])):
        choices = chain.from_iterable(combinations(optional, some) for some in range(len(optional) + 1))
        names += [tree.variant(overlay, [*needed, *choice]) for choice in choices]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(tree.build, names)))


@pytest.fixture(scope='module')
def dev(built):
    return built['dev']


@pytest.fixture(scope='module')
def different(built):
    """The objects of all of them, each once."""
    return list({json.dumps(one, sort_keys=True): one for objects in built.values() for one in objects}.values())


def examples():
    return [one for file in sorted(EXAMPLES.glob('*.yaml')) for one in yaml.safe_load_all(file.read_text())]


@pytest.fixture(scope='module')
def scale():
    """The example for many servers."""
    text = subprocess.run(['kubectl', 'kustomize', EXAMPLES / 'scale'], check=True, capture_output=True, text=True).stdout
    return list(yaml.safe_load_all(text))


def test_the_example_for_many_servers_is_valid_whole_and_restricted(scale):
    assert problems(scale) == []
    assert broken(scale) == []
    deployment = named(scale, 'Deployment', 'pgvigil')
    assert not findings(template(deployment))
    assert IMAGE.fullmatch(containers(template(deployment))[0]['image'])
    service, = of_kind(scale, 'Service')
    sd, = named(scale, 'ScrapeConfig', 'pgvigil')['spec']['httpSDConfigs']
    assert sd['url'] == f"http://{service['metadata']['name']}.{service['metadata']['namespace']}.svc:9187/sd"


def test_the_example_for_many_servers_has_a_configuration_that_pgvigil_takes(scale):
    config, = (one['data']['pgvigil.yml'] for one in of_kind(scale, 'ConfigMap'))
    done = run('check', config=config)
    assert (done.returncode, done.stderr) == (
        2, 'pgvigil: there are several targets; name one by --target=billing|orders\n')


def test_every_object_is_of_its_type_without_unknown_fields(different):
    assert problems([*different, *examples()]) == []


def test_every_reference_resolves_in_every_overlay_with_any_components(built):
    assert {name: broken(objects) for name, objects in built.items() if broken(objects)} == {}


def test_the_examples_refer_to_what_is_there(dev):
    assert broken([*dev, *examples()]) == []


def test_every_pod_is_restricted(different):
    pods = [one for one in [*different, *examples()] if one['kind'] in WORKLOADS]
    assert {title(one): findings(template(one)) for one in pods if findings(template(one))} == {}
    for pod in map(template, pods):
        for container in containers(pod):
            assert container['securityContext']['readOnlyRootFilesystem'] is True
        asks_the_api_server = pod['spec']['serviceAccountName'] == 'bill-inquiry-snapshot'
        assert pod['spec']['automountServiceAccountToken'] is asks_the_api_server


def test_the_namespace_enforces_what_the_pods_keep_to(built):
    for objects in built.values():
        namespace, = of_kind(objects, 'Namespace')
        for mode in ('enforce', 'audit', 'warn'):
            assert namespace['metadata']['labels'][f'pod-security.kubernetes.io/{mode}'] == 'restricted'


def test_quota_and_limits_admit_all_of_it_at_once(built):
    assert {name: list(refused(objects)) for name, objects in built.items() if list(refused(objects))} == {}


def test_the_database_and_every_job_fit_on_one_of_the_two_nodes_while_the_other_is_drained(dev):
    assert homeless(dev, [Node(NODE_CORES, NODE_MEMORY)]) == []


def test_every_image_is_a_marked_variable_with_a_digest(different):
    for workload in of_kind([*different, *examples()], *WORKLOADS):
        for container in containers(template(workload)):
            assert IMAGE.fullmatch(container['image']), f"{title(workload)}: {container['image']}"


def test_no_secret_shows_outside_of_the_secrets(built):
    for objects in (built[name] for name in OVERLAYS):
        hidden = [value for secret in of_kind(objects, 'Secret') for key, value in secret_values(secret).items()
                  if key not in ('ca.crt', 'backup-recipient')]
        assert len(hidden) >= 5
        for thing in objects:
            if thing['kind'] != 'Secret':
                assert not [value for value in hidden if value in json.dumps(thing)], title(thing)


def test_no_password_is_written_down(different):
    text = json.dumps([one for one in different if one['kind'] not in ('Secret', 'ConfigMap')])
    assert re.findall(r'"name": "[^"]*PASS[^"]*", "value": "(?!/secrets/)', text) == []
    tracked = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', 'deploy/kubernetes'], cwd=ROOT,
                             capture_output=True, text=True, check=True).stdout.split()
    assert tracked
    assert not [name for name in tracked if name.endswith('secrets.env') or '/tls/' in name]
    for name in tracked:
        if (ROOT / name).exists():
            assert not re.search(r'password=\S*\w|AGE-SECRET-KEY-1|PRIVATE KEY', (ROOT / name).read_text()), name


def test_an_object_is_small_enough_to_be_applied(different):
    assert [title(one) for one in different if size(one) > 0.9 * MOST_APPLIED] == []


def test_the_data_outlives_what_uses_it_and_scratch_does_not(built, different):
    for one in of_kind(different, 'StatefulSet'):
        assert set(one['spec']['persistentVolumeClaimRetentionPolicy'].values()) == {'Retain'}
    for objects in built.values():
        scratch = {volume['ephemeral']['volumeClaimTemplate']['spec']['storageClassName']
                   for one in of_kind(objects, *WORKLOADS) for volume in template(one)['spec']['volumes'] if 'ephemeral' in volume}
        for one in of_kind(objects, 'StorageClass'):
            assert one['reclaimPolicy'] == ('Delete' if one['metadata']['name'] in scratch else 'Retain')


def test_the_jobs_of_prod_have_room_for_a_dump_and_for_the_database(built):
    prod = built['prod']
    data, = named(prod, 'StatefulSet', 'postgresql-bill-inquiry')['spec']['volumeClaimTemplates']
    kept = storage(named(prod, 'PersistentVolumeClaim', 'bill-inquiry-backup'))
    scratch = {claim['metadata']['name']: storage(claim) for claim in claims(prod) if ' of ' in claim['metadata']['name']}
    dump = scratch['tmp of CronJob bill-inquiry-backup']
    assert dump >= kept / 14  # the archives of two weeks
    assert scratch == {'tmp of CronJob bill-inquiry-backup': dump, 'tmp of CronJob bill-inquiry-restore': dump,
                       'tmp of CronJob bill-inquiry-restore-test': dump + storage(data)}


def test_rules_and_dashboards_are_those_of_the_repository(dev):
    rules = yaml.safe_load((ROOT / 'alerts/pgvigil.rules.yml').read_text())
    rule, = of_kind(dev, 'PrometheusRule')
    assert rule['spec'] == rules
    boards = {f'grafana-dashboard-{file.stem}': {file.name: file.read_text()}
              for file in (ROOT / 'dashboards').glob('*.json')}
    labelled = [one for one in of_kind(dev, 'ConfigMap')
                if one['metadata'].get('labels', {}).get('grafana_dashboard') == '1']
    assert {one['metadata']['name']: one['data'] for one in labelled} == boards


def test_what_runs_are_the_files_that_are_tested(dev):
    shipped = {}
    for one in of_kind(dev, 'ConfigMap'):
        shipped |= one['data']
    for directory in ('deploy/database', 'deploy/database/migrations', 'deploy/backup'):
        for file in (ROOT / directory).iterdir():
            if file.is_file() and file.suffix not in ('.md', '.yaml') and file.name != 'certificate':
                assert shipped.get(file.name) == file.read_text(), f'{directory}/{file.name}'


def test_local_asks_for_nothing_that_a_plain_cluster_lacks(built):
    assert not [one for one in built['local'] if '.' in one['apiVersion'].split('/')[0]
                and not one['apiVersion'].split('/')[0].endswith(('networking.k8s.io', 'authorization.k8s.io'))]
    claim, = named(built['local'], 'StatefulSet', 'postgresql-bill-inquiry')['spec']['volumeClaimTemplates']
    assert 'storageClassName' not in claim['spec']


def test_prometheus_finds_the_exporter_as_job_pgvigil(dev, tmp_path):
    monitor, = of_kind(dev, 'ServiceMonitor')
    service = named(dev, 'Service', 'postgresql-bill-inquiry-metrics')
    assert service['metadata']['labels'][monitor['spec']['jobLabel']] == 'pgvigil'
    assert service['spec']['publishNotReadyAddresses'] is True
    scrape, = yaml.safe_load((EXAMPLES / 'prometheus.yml').read_text())['scrape_configs']
    assert scrape['job_name'] == 'pgvigil'
    assert scrape.pop('kubernetes_sd_configs')  # Debian's Prometheus is built without it
    (tmp_path / 'prometheus.yml').write_text(yaml.safe_dump({'scrape_configs': [scrape]}))
    subprocess.run(['promtool', 'check', 'config', tmp_path / 'prometheus.yml'], check=True)


def test_pgvigil_accepts_its_configuration(dev, tmp_path):
    for name, key in (('pgvigil-config', 'pgvigil.yml'), ('bill-inquiry-collectors', 'collectors.yml')):
        data = next(one['data'] for one in of_kind(dev, 'ConfigMap') if one['metadata']['name'].startswith(name))
        (tmp_path / key).write_text(data[key])
    done = subprocess.run([BINARY, 'generate', 'alerts', f'--config.file={tmp_path}/pgvigil.yml',
                           f'--collectors.file={tmp_path}/collectors.yml', f'--out={tmp_path}'],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_certificate_has_the_names_that_clients_use(tree, dev):
    certificate = tree.overlay('dev') / 'tls/tls.crt'
    service = 'postgresql-bill-inquiry'
    for name in (service, f'{service}.phonebill-dev.svc', f'{service}.phonebill-dev.svc.cluster.local', 'localhost'):
        said = subprocess.run(['openssl', 'x509', '-in', certificate, '-noout', '-checkhost', name],
                              capture_output=True, text=True, check=True).stdout
        assert 'does match' in said


def test_cert_manager_asks_for_the_names_of_the_overlay_s_namespace(built):
    asked = named(built['prod'], 'Certificate', 'postgresql-bill-inquiry')['spec']['dnsNames']
    assert asked == ['postgresql-bill-inquiry', 'postgresql-bill-inquiry.phonebill-prod.svc',
                     'postgresql-bill-inquiry.phonebill-prod.svc.cluster.local', 'localhost']


def test_making_the_secrets_twice_keeps_them_and_tells_overlays_apart(tree):
    files = [*tree.overlay('dev').glob('secrets.env'), *tree.overlay('dev').glob('tls/*')]
    before = [file.read_bytes() for file in files]
    tree.make_secrets('dev')
    assert len(files) == 4
    assert [file.read_bytes() for file in files] == before
    lines, others = ([line.split('=')[0] for line in file.read_text().splitlines() if not line.startswith('#')]
                     for file in (files[0], tree.overlay('dev') / 'secrets.env.example'))
    assert lines == others
    assert (tree.overlay('local') / 'secrets.env').read_bytes() != before[0]
    assert files[0].stat().st_mode & 0o077 == 0
