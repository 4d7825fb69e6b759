"""Does everything that an object names exist, among the objects themselves? `broken` says what does not."""

import re
from zoneinfo import available_timezones

from kubernetes.build import WORKLOADS, containers, of_kind, template, title

CLUSTER_WIDE = ('Namespace', 'StorageClass', 'VolumeSnapshotClass')
PATH = re.compile(r'(?<![\w.])/[\w./-]+')


def broken(objects):
    """One line for each reference that leads nowhere, and for each thing that nothing refers to though it should."""
    world = World(objects)
    found = list(_namespaces(objects))
    for workload in of_kind(objects, *WORKLOADS):
        found += [f'{title(workload)}: {what}' for what in _of_workload(world, workload)]
    for kind, check in CHECKS.items():
        for thing in of_kind(objects, kind):
            found += [f'{title(thing)}: {what}' for what in check(world, thing)]
    return found


class World:
    """What can be referred to."""

    def __init__(self, objects):
        self.objects = objects
        self.keys = {(one['kind'], one['metadata']['name']): one.get('data', {}).keys()
                     for one in of_kind(objects, 'ConfigMap', 'Secret')}
        for certificate in of_kind(objects, 'Certificate'):
            self.keys['Secret', certificate['spec']['secretName']] = {'tls.crt', 'tls.key', 'ca.crt'}
        self.templates = [template(one) for one in of_kind(objects, *WORKLOADS)]

    def has(self, kind, name):
        return any(one['metadata']['name'] == name for one in of_kind(self.objects, kind))

    def pods(self, selector):
        """The pod templates that matchLabels selects; an empty selector selects all."""
        return [pod for pod in self.templates if selected(selector, pod)]

    def storage_class(self, claim):
        wanted = claim['spec'].get('storageClassName')
        if wanted and not self.has('StorageClass', wanted):
            yield f'no StorageClass {wanted}'


def selected(selector, thing):
    assert selector.keys() <= {'matchLabels'}, 'matchExpressions are not understood here'
    return selector.get('matchLabels', {}).items() <= thing['metadata'].get('labels', {}).items()


def ports(pod):
    return [port for one in containers(pod) for port in one.get('ports', [])]


def _namespaces(objects):
    there = {one['metadata']['name'] for one in of_kind(objects, 'Namespace')}
    for thing in objects:
        namespace = thing['metadata'].get('namespace')
        if thing['kind'] in CLUSTER_WIDE:
            if namespace:
                yield f'{title(thing)}: has a namespace'
        elif namespace not in there:
            yield f'{title(thing)}: no Namespace {namespace}'


def _of_workload(world, workload):
    pod = template(workload)
    claims = workload['spec'].get('volumeClaimTemplates', []) if workload['kind'] == 'StatefulSet' else []
    volumes = {volume['name']: volume for volume in pod['spec'].get('volumes', [])}
    mountable = volumes.keys() | {claim['metadata']['name'] for claim in claims}
    mounted = {mount['name'] for one in containers(pod) for mount in one.get('volumeMounts', [])}
    yield from (f'mounts {name}, which is no volume' for name in mounted - mountable)
    yield from (f'volume {name} is mounted nowhere' for name in mountable - mounted)
    for volume in volumes.values():
        yield from _volume(world, volume)
    for claim in claims:
        yield from world.storage_class(claim)
    for container in containers(pod):
        yield from (f"{container['name']}: {what}" for what in _container(world, volumes, container))
    account = pod['spec'].get('serviceAccountName', 'default')
    if not world.has('ServiceAccount', account):
        yield f'no ServiceAccount {account}'
    if 'selector' in workload['spec'] and not selected(workload['spec']['selector'], pod):
        yield 'does not select its own pods'
    if 'timeZone' in workload['spec'] and workload['spec']['timeZone'] not in available_timezones():
        yield f"no time zone {workload['spec']['timeZone']}"


def _volume(world, volume):
    if 'persistentVolumeClaim' in volume:
        name = volume['persistentVolumeClaim']['claimName']
        if not world.has('PersistentVolumeClaim', name):
            yield f'no PersistentVolumeClaim {name}'
    if 'ephemeral' in volume:
        yield from world.storage_class(volume['ephemeral']['volumeClaimTemplate'])
    kind, name, items = _source(volume)
    if kind and (kind, name) not in world.keys:
        yield f'no {kind} {name}'
    elif kind:
        there = world.keys[kind, name]
        yield from (f"{kind} {name} has no {item['key']}" for item in items or [] if item['key'] not in there)


def _source(volume):
    """(kind, name, items) of a volume from a ConfigMap or a Secret."""
    if 'configMap' in volume:
        return 'ConfigMap', volume['configMap']['name'], volume['configMap'].get('items')
    if 'secret' in volume:
        return 'Secret', volume['secret']['secretName'], volume['secret'].get('items')
    return None, None, None


def _container(world, volumes, container):
    names = {port['name'] for port in container.get('ports', [])}
    for probe in ('startupProbe', 'livenessProbe', 'readinessProbe'):
        port = container.get(probe, {}).get('httpGet', {}).get('port')
        if isinstance(port, str) and port not in names:
            yield f'{probe}: no port {port}'
    for variable in container.get('env', []):
        if 'valueFrom' in variable:
            yield f"{variable['name']}: a reference that is not understood here"
        host = variable.get('value', '') if variable['name'] == 'PGHOST' else ''
        if host and not host.startswith('/') and not world.has('Service', host):
            yield f'no Service {host}'
    for mount in container.get('volumeMounts', []):
        files = _files(world, volumes.get(mount['name'], {}))
        if 'subPath' in mount and files is not None and mount['subPath'] not in files:
            yield f"{mount['name']} has no {mount['subPath']}"
        for path in _paths(container):
            if files is not None and path.startswith(mount['mountPath'] + '/'):
                file = path.removeprefix(mount['mountPath'] + '/')
                if file not in files:
                    yield f'there is no {path}'


def _files(world, volume):
    """The files of a volume from a ConfigMap or a Secret; None of others."""
    kind, name, items = _source(volume)
    if not kind:
        return None
    return {item['path'] for item in items} if items else world.keys.get((kind, name), set())


def _paths(container):
    """Every absolute path in what a container runs, probes included, and in its environment."""
    handlers = [container.get(name, {}) for name in ('startupProbe', 'livenessProbe', 'readinessProbe')]
    handlers += container.get('lifecycle', {}).values()
    words = [*container.get('command', []), *container.get('args', [])]
    words += [word for handler in handlers for word in handler.get('exec', {}).get('command', [])]
    words += [variable.get('value', '') for variable in container.get('env', [])]
    return {path for word in words for path in PATH.findall(word)}


def _stateful_set(world, stateful_set):
    name = stateful_set['spec']['serviceName']
    governing = [one for one in of_kind(world.objects, 'Service') if one['metadata']['name'] == name]
    if not governing:
        yield f'no Service {name}'
    for service in governing:
        if service['spec'].get('clusterIP') != 'None':
            yield f'Service {name} is not headless'


def _service(world, service):
    pods = world.pods({'matchLabels': service['spec']['selector']})
    if len(pods) != 1:
        yield f'selects the pods of {len(pods)} workloads'
    for port in service['spec']['ports']:
        wanted = port.get('targetPort', port['port'])
        for pod in pods:
            if not any(wanted in (one['name'], one['containerPort']) for one in ports(pod)):
                yield f'no port {wanted}'


def _service_monitor(world, monitor):
    services = [one for one in of_kind(world.objects, 'Service') if selected(monitor['spec']['selector'], one)]
    if len(services) != 1:
        yield f'selects {len(services)} Services'
    for service in services:
        if monitor['spec']['jobLabel'] not in service['metadata']['labels']:
            yield f"Service {service['metadata']['name']} has no label {monitor['spec']['jobLabel']}"
        for endpoint in monitor['spec']['endpoints']:
            if endpoint['port'] not in [port['name'] for port in service['spec']['ports']]:
                yield f"no port {endpoint['port']}"


def _network_policy(world, policy):
    spec = policy['spec']
    subjects = world.pods(spec['podSelector'])
    if not subjects:
        yield 'selects no pod'
    for direction, side in (('ingress', 'from'), ('egress', 'to')):
        if spec.get(direction) and direction.capitalize() not in spec['policyTypes']:
            yield f'{direction} is not among its policyTypes'
        for rule in spec.get(direction, []):
            here = [peer for peer in rule.get(side, []) if 'namespaceSelector' not in peer]
            for peer in here:
                if not world.pods(peer['podSelector']):
                    yield f'{side} no pod'
            there = [pod for peer in here for pod in world.pods(peer['podSelector'])]
            receivers = subjects if direction == 'ingress' else there
            for port in rule.get('ports', []):
                listening = [one['containerPort'] for pod in receivers for one in ports(pod)]
                if receivers and port['port'] not in listening:
                    yield f"nobody listens on {port['port']}"


def _disruption_budget(world, budget):
    if len(world.pods(budget['spec']['selector'])) != 1:
        yield 'does not select the pods of one workload'


def _role_binding(world, binding):
    role = binding['roleRef']
    if not world.has(role['kind'], role['name']):
        yield f"no {role['kind']} {role['name']}"
    for subject in binding['subjects']:
        if subject['kind'] == 'ServiceAccount':
            there = [one['metadata'] for one in of_kind(world.objects, 'ServiceAccount')]
            if not any((one['name'], one['namespace']) == (subject['name'], subject.get('namespace')) for one in there):
                yield f"no ServiceAccount {subject['name']} in {subject.get('namespace')}"


def _certificate(world, certificate):
    issuer = certificate['spec']['issuerRef']
    if not world.has(issuer['kind'], issuer['name']):
        yield f"no {issuer['kind']} {issuer['name']}"


def _issuer(world, issuer):
    name = issuer['spec'].get('ca', {}).get('secretName')
    if name and ('Secret', name) not in world.keys:
        yield f'no Secret {name}'


CHECKS = {
    'Certificate': _certificate,
    'Issuer': _issuer,
    'NetworkPolicy': _network_policy,
    'PersistentVolumeClaim': World.storage_class,
    'PodDisruptionBudget': _disruption_budget,
    'RoleBinding': _role_binding,
    'Service': _service,
    'ServiceMonitor': _service_monitor,
    'StatefulSet': _stateful_set,
}
