"""The checks of the cluster's objects, as `kubectl get -o json` lists them; and how to reach the server through it."""

import json
import re
import select
import subprocess
from contextlib import contextmanager

from checks.site import Check, Skip, Wrong, command, reason

NAME = 'postgresql-bill-inquiry'
POD = f'{NAME}-0'
KINDS = 'pods,persistentvolumeclaims,services,endpoints,jobs,cronjobs'
CRONJOBS = ('bill-inquiry-backup', 'bill-inquiry-restore-test', 'bill-inquiry-snapshot')
DSN = (f'host={NAME} hostaddr=127.0.0.1 dbname=bill_inquiry_db user=postgres '
       'sslmode=verify-full sslrootcert=/tls/ca.crt')
UNITS = {'': 1, 'm': 1e-3, 'k': 1e3, 'M': 1e6, 'G': 1e9, 'Ki': 2**10, 'Mi': 2**20, 'Gi': 2**30}


def in_pod(namespace):
    """Before a command's words: runs it in the database's container, with the superuser's password."""
    return ['kubectl', '-n', namespace, 'exec', POD, '-c', 'postgresql', '--',
            'bash', '-c', 'PGPASSWORD=$(</secrets/postgres-password) exec "$@"', 'bash']


@contextmanager
def forwarded(namespace, port):
    """The address here of a port of the pod, as long as the context lasts; None when it cannot be forwarded."""
    with subprocess.Popen(['kubectl', '-n', namespace, 'port-forward', f'pod/{POD}', f':{port}'], encoding='utf-8',
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as forwarding:
        try:
            line = forwarding.stdout.readline() if select.select([forwarding.stdout], [], [], 20)[0] else ''
            address = re.search(r'Forwarding from (127\.0\.0\.1:\d+)', line)
            yield address and f'http://{address[1]}'
        finally:
            forwarding.terminate()


class Objects:
    """Of one namespace. `error` says why there are none."""

    def __init__(self, listed, error=''):
        self.error = error
        self._listed = listed

    @classmethod
    def of(cls, namespace):
        done = command(['kubectl', '-n', namespace, 'get', KINDS, '--request-timeout=15s', '-o', 'json'])
        return cls([], reason(done)) if done.returncode else cls(json.loads(done.stdout)['items'])

    def all(self, kind):
        if self.error:
            raise Skip('the cluster does not answer')
        return [one for one in self._listed if one['kind'] == kind]

    def get(self, kind, name):
        for one in self.all(kind):
            if one['metadata']['name'] == name:
                return one
        raise Wrong(f'there is no {kind} {name}')

    def container(self):
        """The database's, as the pod specifies it."""
        return next(one for one in self.get('Pod', POD)['spec']['containers'] if one['name'] == 'postgresql')

    def options(self):
        """{name: value} of the settings that the container gives the server, over those of postgresql.conf."""
        words = ' '.join(self.container().get('args', []))
        return dict(re.findall(r'--(\w+)=(\S+)', words))

    def limits(self):
        """(cores, bytes) of the database's container; None where it has no limits."""
        found = self.container().get('resources', {}).get('limits', {})
        return (quantity(found['cpu']), quantity(found['memory'])) if {'cpu', 'memory'} <= found.keys() else None


def quantity(text):
    number, unit = re.fullmatch(r'([\d.]+)(\w*)', text).groups()
    return float(number) * UNITS[unit]


def answers(objects):
    if objects.error:
        raise Wrong(objects.error)
    return 'answers'


def pod(objects):
    status = objects.get('Pod', POD)['status']
    containers = status.get('containerStatuses', [])
    if status['phase'] == 'Running' and containers and all(one['ready'] for one in containers):
        restarts = sum(one['restartCount'] for one in containers)
        return f'Running, {len(containers)} containers ready, {restarts} restarts'
    stopped = [f'{one["name"]}: {detail["reason"]}' for one in containers for detail in one['state'].values()
               if not one['ready'] and 'reason' in detail]
    unmet = [one.get('message', one['type']) for one in status.get('conditions', [])
             if one['status'] != 'True' and one['type'] in ('PodScheduled', 'Initialized', 'ContainersReady')]
    raise Wrong('; '.join([status['phase'], *(stopped or unmet)]))


def claim(objects):
    found = objects.get('PersistentVolumeClaim', f'data-{POD}')
    phase, kind = found['status']['phase'], found['spec'].get('storageClassName', 'default')
    if phase != 'Bound':
        raise Wrong(f'{phase}, storage class {kind}')
    return f'Bound, {found["status"]["capacity"]["storage"]} of storage class {kind}'


def service(objects):
    kind = objects.get('Service', NAME)['spec']['type']
    if kind != 'ClusterIP':
        raise Wrong(f'type {kind}: it can be reached from outside of the cluster')
    subsets = objects.get('Endpoints', NAME).get('subsets', [])
    ready = [address['ip'] for subset in subsets for address in subset.get('addresses', [])]
    if not ready:
        waiting = sum(len(subset.get('notReadyAddresses', [])) for subset in subsets)
        raise Wrong(f'no endpoint is ready ({waiting} are not)')
    return f'ClusterIP, leads to {", ".join(ready)}'


def init(objects):
    jobs = [one for one in objects.all('Job') if one['metadata']['name'].startswith('bill-inquiry-db-init')]
    if not jobs:
        raise Skip('gone, as finished Jobs are after their time')
    newest = max(jobs, key=lambda one: one['metadata']['creationTimestamp'])
    states = {one['type']: one for one in newest.get('status', {}).get('conditions', []) if one['status'] == 'True'}
    if 'Complete' not in states:
        failed = states.get('Failed', {})
        raise Wrong(f'{failed.get("reason", "not finished")} {failed.get("message", "")}'.strip())
    return f'{newest["metadata"]["name"]} is Complete'


def cronjobs(objects):
    found = {one['metadata']['name']: one for one in objects.all('CronJob')}
    if CRONJOBS[0] not in found:
        raise Wrong(f'there is no CronJob {CRONJOBS[0]}')
    stopped = [name for name in CRONJOBS if found.get(name, {}).get('spec', {}).get('suspend')]
    if stopped:
        raise Wrong(f'suspended: {", ".join(stopped)}')
    return '; '.join(f'{name} last good {found[name].get("status", {}).get("lastSuccessfulTime", "never")}'
                     for name in CRONJOBS if name in found)


def of_objects(look):
    def of_site(site):
        if site.objects is None:
            raise Skip('without --namespace')
        return look(site.objects)
    return of_site


CHECKS = tuple(Check(name, of_objects(look), right, runbook) for name, look, right, runbook in (
    ('cluster', answers, 'kubectl reads the namespace', 'ConnectionFailed'),
    ('pod', pod, 'it runs and all its containers are ready', 'PodPending'),
    ('claim', claim, 'it is bound', 'PodPending'),
    ('service', service, 'it leads to the pod, inside of the cluster only', 'ConnectionFailed'),
    ('init job', init, 'it is Complete', 'InitFailed'),
    ('cron jobs', cronjobs, 'backup, restore test and snapshot run', 'PostgresBackupOld'),
))
