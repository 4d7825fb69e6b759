"""deploy/kubernetes as objects: a copy of what it consists of, with made secrets, built by kubectl."""

import json
import os
import shutil
import subprocess

import yaml

from pgvigil import ROOT
from postgres import CACHE

PACKAGES = CACHE / 'kubernetes'
OVERLAYS = ('dev', 'local', 'prod')
WORKLOADS = ('StatefulSet', 'Deployment', 'Job', 'CronJob', 'Pod')

try:
    from yaml import CSafeLoader as Loader
except ImportError:
    from yaml import SafeLoader as Loader


class Copy:
    """A copy of deploy/, alerts/ and dashboards/ below `root`, with the secrets of every overlay."""

    def __init__(self, root):
        for name in ('alerts', 'dashboards', 'deploy'):
            untracked = shutil.ignore_patterns('secrets.env', 'tls', '__pycache__')
            shutil.copytree(ROOT / name, root / name, ignore=untracked)
        self.root = root
        self.kubernetes = root / 'deploy/kubernetes'
        for overlay in OVERLAYS:
            self.make_secrets(overlay)

    def overlay(self, name):
        return self.kubernetes / 'overlays' / name

    def make_secrets(self, overlay):
        subprocess.run([self.kubernetes / 'make-secrets', self.overlay(overlay)], check=True)

    def variant(self, overlay, components):
        """A copy of an overlay with just these components; its name."""
        name = '-'.join([overlay, *components, 'only'])
        shutil.copytree(self.overlay(overlay), self.overlay(name))
        file = self.overlay(name) / 'kustomization.yaml'
        kustomization = yaml.load(file.read_text(), Loader)
        kustomization['components'] = [f'../../components/{component}' for component in components]
        file.write_text(yaml.safe_dump(kustomization))
        return name

    def build(self, overlay):
        """The overlay's objects; AssertionError with what kubectl said if it does not build."""
        path = f'{os.environ["PATH"]}:{PACKAGES}'
        done = subprocess.run(['kubectl', 'kustomize', self.overlay(overlay)], env={**os.environ, 'PATH': path},
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return list(yaml.load_all(done.stdout, Loader))


def title(thing):
    return f"{thing['kind']} {thing['metadata']['name']}"


def of_kind(objects, *kinds):
    return [thing for thing in objects if thing['kind'] in kinds]


def named(objects, kind, name):
    found, = (thing for thing in of_kind(objects, kind) if thing['metadata']['name'] == name)
    return found


def template(workload):
    """A workload's pod template (of a Pod: itself)."""
    spec = workload['spec']
    if workload['kind'] == 'CronJob':
        spec = spec['jobTemplate']['spec']
    return workload if workload['kind'] == 'Pod' else spec['template']


def containers(pod):
    return pod['spec'].get('initContainers', []) + pod['spec']['containers']


def size(thing):
    """Bytes of the copy that `kubectl apply` keeps in an annotation."""
    return len(json.dumps(thing, separators=(',', ':')).encode())


UNITS = {'': 1, 'm': 1e-3, 'k': 1e3, 'M': 1e6, 'G': 1e9, 'T': 1e12, 'Ki': 2**10, 'Mi': 2**20, 'Gi': 2**30, 'Ti': 2**40}


def quantity(text):
    """'500m' is 0.5, '1Gi' 2**30."""
    digits = str(text).rstrip('mkMGTi')
    return float(digits) * UNITS[str(text)[len(digits):]]
