"""A pod of the shipped manifests under podman, as near to Kubernetes as podman 4.3 comes.

    with Pod(objects, 'StatefulSet', 'postgresql-bill-inquiry') as pod:
        pod.run_job('Job', 'bill-inquiry-db-init')
        assert 'pg_up 1' in pod.get('http://127.0.0.1:9187/metrics')

Its containers share one network of their own, with nothing but loopback in it. What podman 4.3 lacks is done here as the
kubelet does it: files of ConfigMaps and Secrets with their items, modes and group, jobs' pods, lifecycle hooks, probes.
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r'^project\(pgvigil VERSION (\S+)', (ROOT / 'CMakeLists.txt').read_text(), re.MULTILINE)[1]
GROUP = 1001  # fsGroup of all pods
# podman's own limits are above those of a machine that is a container itself, and crun wants cgroup v2 alone.
CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
runtime = "runc"
"""


def find(objects, kind, name):
    """The one object of that kind and name; kustomize's hash may follow the name."""
    found = [one for one in objects if one['kind'] == kind and one['metadata']['name'] == name]
    assert len(found) == 1, f'{len(found)} of {kind} {name}'
    return found[0]


def podman(*args, check=True, timeout=300, **more):
    """Runs podman; its standard output, or all of subprocess' result where failing is allowed."""
    with tempfile.NamedTemporaryFile('w', suffix='.conf') as conf:
        conf.write(CONF)
        conf.flush()
        done = subprocess.run(['podman', *map(str, args)], env={**os.environ, 'CONTAINERS_CONF': conf.name}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False, **more)
    if check and done.returncode:
        raise OSError(f'podman {args[0]}: {done.stderr.strip()}\n{done.stdout.strip()}')
    return done if not check else done.stdout


class Pod:
    """objects: the documents of a kustomization; kind, name: whose pod template it is."""

    def __init__(self, objects, kind, name):
        self._objects, self._ends = objects, ExitStack()
        self.name = f'{name}-{os.getpid()}'
        owner = find(objects, kind, name)
        self._claims = {claim['metadata']['name']: claim for claim in owner['spec'].get('volumeClaimTemplates', [])}
        self.spec = owner['spec']['template']['spec']

    def __enter__(self):
        try:
            return self._create()
        except BaseException:
            self._ends.close()
            raise

    def __exit__(self, *_):
        self._ends.close()

    def start(self):
        podman('pod', 'start', self.name)

    def stop(self):
        """As the kubelet does, but without preStop: to each container its stop signal, then time to end by itself.

        Not by `podman stop`: while a container is stopping, podman 4.3 takes the pod for ended as soon as another one has
        ended, and ends process 1 of the shared namespace, with which the kernel kills all others.
        """
        names = [f'{self.name}-{container["name"]}' for container in self.spec['containers']]
        for name in names:
            signal = podman('inspect', '--format={{.Config.StopSignal}}', name).strip()
            podman('kill', '--signal', signal, name, check=False)  # one that has ended cannot be killed
        podman('wait', *names, timeout=self.spec['terminationGracePeriodSeconds'])
        podman('pod', 'stop', self.name)

    def container(self, name):
        return next(one for one in self.spec['containers'] if one['name'] == name)

    def exec(self, container, command):
        """Runs a command in a container, as hooks and exec probes do; subprocess' result."""
        return podman('exec', f'{self.name}-{container}', *command, check=False)

    def probe(self, container, kind):
        """Whether an exec probe of the template succeeds now."""
        return self.exec(container, self.container(container)[kind]['exec']['command']).returncode == 0

    def inspect(self, container):
        return json.loads(podman('inspect', f'{self.name}-{container}'))[0]

    def logs(self, container):
        done = podman('logs', f'{self.name}-{container}', check=False)
        return done.stdout + done.stderr

    def get(self, url):
        """The text at a URL, asked from within the pod's network; None when nothing answers."""
        pid = self.inspect('pgvigil')['State']['Pid']
        ask = 'import sys; from machine import get; print(get(sys.argv[1]).text)'
        done = subprocess.run(['nsenter', f'--net=/proc/{pid}/ns/net', '/usr/bin/python3', '-c', ask, url],
                              env={**os.environ, 'PYTHONPATH': str(ROOT / 'deploy/local')}, capture_output=True,
                              text=True, check=False, timeout=30)
        return done.stdout if done.returncode == 0 else None

    def run_job(self, kind, name, change=lambda container: None):
        """Runs a Job's or CronJob's container to its end in this pod's network; (exit code, what it printed)."""
        spec = find(self._objects, kind, name)['spec']
        spec = (spec['jobTemplate']['spec'] if kind == 'CronJob' else spec)['template']['spec']
        [container] = spec['containers']
        container = json.loads(json.dumps(container))
        change(container)
        volumes = self._volumes(spec)
        mounts = [f'--volume={volumes[mount["name"]]}:{mount["mountPath"]}{":ro" if mount.get("readOnly") else ""}'
                  for mount in container['volumeMounts'] if mount['name'] in volumes]
        environment = [f'--env={one["name"]}={one["value"]}' for one in container.get('env', [])]
        command = container.get('command', []) + container.get('args', [])
        done = podman('run', '--rm', f'--pod={self.name}', '--read-only', f'--user={GROUP}:{GROUP}', '--cap-drop=all',
                      '--security-opt=no-new-privileges', f'--volume={self._hosts()}:/etc/hosts:ro', *mounts, *environment,
                      '--entrypoint', json.dumps(command), image(container), check=False)
        return done.returncode, done.stdout + done.stderr

    def _create(self):
        spec = json.loads(json.dumps(self.spec))
        volumes = self._volumes(spec)
        spec['volumes'] = [{'name': name, 'hostPath': {'path': path}} for name, path in volumes.items()]
        spec['restartPolicy'] = 'Never'  # podman would also start again what preStop has ended
        for container in spec['containers']:
            container['image'] = image(container)
            container['volumeMounts'] = [one for one in container['volumeMounts'] if one['name'] in volumes]
            for key in ('ports', 'lifecycle', 'startupProbe', 'livenessProbe', 'readinessProbe'):
                container.pop(key, None)
        pod = {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': self.name}, 'spec': spec}
        with tempfile.NamedTemporaryFile('w', suffix='.yml') as file:
            yaml.safe_dump(pod, file)
            file.flush()
            self._ends.callback(podman, 'pod', 'rm', '-f', '-t', '10', self.name, check=False)
            podman('kube', 'play', '--start=false', '--network=none', file.name)
        self.start()
        return self

    def _hosts(self):
        """The Service's name leads to the pod itself."""
        hosts = self._directory / 'hosts'
        hosts.write_text('127.0.0.1 localhost postgresql-bill-inquiry\n')
        return hosts

    def _volumes(self, spec):
        """{volume: a directory of this machine that has what the kubelet would put there}.

        /dev/shm is left to podman, which makes one for each container.
        """
        if not hasattr(self, '_directory'):
            self._directory = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix='pgvigil-pod-')))
            self._directory.chmod(0o755)
        claims = {name: {'claim': name} for name in self._claims}
        sources = claims | {volume['name']: volume for volume in spec.get('volumes', [])}
        return {name: self._volume(name, source) for name, source in sources.items() if name != 'shm'}

    def _volume(self, name, source):
        claim = source.get('persistentVolumeClaim', {}).get('claimName') or source.get('claim')
        place = self._directory / (f'claim-{claim}' if claim else f'{name}-{len(list(self._directory.iterdir()))}')
        if place.exists():
            return str(place)
        place.mkdir()
        os.chown(place, 0, GROUP)
        place.chmod(0o2775)  # root's, and writable for the group: as fsGroup makes it
        if 'configMap' in source or 'secret' in source:
            self._fill(place, source)
        return str(place)

    def _fill(self, place, source):
        secret = 'secret' in source
        reference = source['secret' if secret else 'configMap']
        data = find(self._objects, 'Secret' if secret else 'ConfigMap', reference['secretName' if secret else 'name'])
        texts = data.get('data') or {}
        items = reference.get('items') or [{'key': key, 'path': key} for key in texts]
        for item in items:
            file = place / item['path']
            text = texts[item['key']]
            file.write_bytes(base64.b64decode(text) if secret else text.encode())
            os.chown(file, 0, GROUP)
            file.chmod(item.get('mode') or reference.get('defaultMode', 0o644))


def image(container):
    """The image built here in place of the manifest's; its registry and tag are the customer's."""
    return f'localhost/{container["image"].split("@")[0].split(":")[0].rpartition("/")[2]}:{VERSION}'


def build_images():
    for script in (['base'], ['build', '--local']):
        done = subprocess.run([ROOT / 'deploy/image' / script[0], *script[1:]], stdout=sys.stderr, check=False)
        assert done.returncode == 0, f'deploy/image/{script[0]} failed'
